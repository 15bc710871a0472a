"""From figures to a document in the reader's language. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vaste.report.advice import advice
from vaste.report.analysis import Analysis, Rules, analyse
from vaste.report.document import Block, Document, Opened, Section, Text, Tile
from vaste.report.gathered import Gathered, watched_share
from vaste.report.rows import Became
from vaste.report.section_experience import experience_section
from vaste.report.section_what_if import what_if_section
from vaste.report.sections_answers import (
    answers_section,
    breaches_section,
    feelings_section,
    promises_section,
    stages_section,
    taken_section,
    waits_section,
    week_section,
)
from vaste.report.sections_around import (
    change_section,
    classifier_section,
    crises_section,
    hot_section,
    load_section,
    watched_section,
)
from vaste.report.sentences import FEW, sentences
from vaste.report.speech import NONE, WORDS, Speech

_OWN = (
    "cases",
    "cases.title",
    "cases.more",
    "no_picture",
    "open_post",
    "open_cases",
    "advice.cases",
    "unquoted",
)


@dataclass(frozen=True, slots=True)
class About:
    """What a report says of itself."""

    brand: str
    version: str
    fingerprint: str
    """Of the configuration."""
    names: Mapping[str, str]
    """Of our people, by key."""
    persons: bool
    """Figures of persons are asked for."""
    as_it_stood: bool = False
    """It is told as it stood at an earlier instant."""


def write(found: Gathered, rules: Rules, speech: Speech, about: About) -> Document:
    """Write a report."""
    analysis = analyse(found, rules)
    cases, now = found.cases, found.scope.now
    if not analysis.now.is_known:
        around = (watched_section(found, speech), classifier_section(found, analysis, speech))
        return _document(found, analysis, around, speech, about)
    sections = (
        _advice(analysis, speech),
        answers_section(analysis, speech),
        waits_section(analysis, speech),
        promises_section(analysis, speech),
        stages_section(analysis, speech),
        week_section(analysis, speech),
        taken_section(analysis, speech),
        breaches_section(cases, now, speech),
        feelings_section(analysis, speech),
        experience_section(analysis, speech),
        hot_section(found, speech),
        crises_section(found, speech),
        watched_section(found, speech),
        classifier_section(found, analysis, speech),
        load_section(found, about.names, speech, persons=about.persons),
        change_section(analysis, speech),
        what_if_section(found, analysis, about.names, speech),
    )
    return _document(found, analysis, sections, speech, about)


def _document(
    found: Gathered, analysis: Analysis, sections: tuple[Section, ...], speech: Speech, about: About
) -> Document:
    period = found.scope.period
    told_by = speech.say("footer.versions", version=about.version, fingerprint=about.fingerprint)
    return Document(
        language=speech.language,
        title=f"{about.brand}: {speech.say('title').lower()}",
        subtitle=_subtitle(found, speech),
        about=tuple(_about(found, speech, about)),
        sentences=sentences(analysis, watched_share(found.lanes), speech),
        tiles=tuple(_tiles(analysis, speech)) if analysis.now.is_known else (),
        sections=sections,
        footer=(speech.say("footer"), told_by),
        words={name: WORDS[speech.language][name] for name in _OWN}
        | {"period": period.name, "days": speech.dates(period)},
    )


def _subtitle(found: Gathered, speech: Speech) -> str:
    period = found.scope.period
    name, dates = speech.period(period), speech.dates(period)
    told = name if name == dates else f"{name}, {dates}"
    return told[:1].upper() + told[1:]


def _about(found: Gathered, speech: Speech, about: About) -> Iterator[str]:
    scope = found.scope
    if scope.team is not None:
        yield speech.say("team", team=scope.team)
    if scope.playbook is not None:
        yield speech.say("playbook", playbook=scope.playbook)
    yield speech.say("as_it_stood" if about.as_it_stood else "as_of", at=speech.moment(scope.now))


def _tiles(found: Analysis, speech: Speech) -> Iterator[Tile]:
    now, before = found.now, found.before
    yield _rate_tile(found, speech)
    for name in ("median", "p90"):
        one, other = getattr(now.waits, name), getattr(before.waits, name)
        few = now.waits.n < FEW
        yield Tile(
            name=speech.say(f"tile.{name}"),
            value=NONE if one is None or few else speech.span(one.value),
            before=_before(speech.span(other.value) if other and before.waits.n >= FEW else None, speech),
            opened=Opened("waits.all", now.waits.cases),
        )
    due, was_due = (len(whole.in_time) + len(whole.late) for whole in (now, before))
    yield Tile(
        name=speech.say("tile.in_time"),
        value=speech.percent(len(now.in_time) / due) if due >= FEW else _of(len(now.in_time), due, speech),
        beside=_of(len(now.in_time), due, speech) if due >= FEW else "",
        before=_before(speech.percent(len(before.in_time) / was_due) if was_due >= FEW else None, speech),
        opened=Opened("in_time", now.in_time),
    )
    yield Tile(
        name=speech.say("tile.late"),
        value=speech.number(len(now.late)),
        before=_before(speech.number(len(before.late)) if before.is_known else None, speech),
        opened=Opened("late", now.late),
    )
    yield Tile(
        name=speech.say("tile.nobody"),
        value=speech.number(len(found.taken.nobody)),
        opened=Opened("taken.nobody", found.taken.nobody),
    )


def _rate_tile(found: Analysis, speech: Speech) -> Tile:
    now, before = found.now.answers, found.before.answers
    count = _of(now.count(Became.ANSWERED), now.due, speech)
    enough = now.rate is not None and now.due >= FEW
    beside = [count] if enough else []
    if now.unseen and now.worst is not None and now.due + now.unseen >= FEW:
        beside.append(speech.say("tile.least", worst=speech.percent(now.worst)))
    return Tile(
        name=speech.say("tile.rate"),
        value=speech.percent(now.rate.value)
        if now.rate is not None and enough
        else count
        if now.due
        else NONE,
        beside=", ".join(beside),
        before=_before(
            speech.percent(before.rate.value) if before.rate and before.due >= FEW else None, speech
        ),
        opened=Opened("answers.answered", now.by[Became.ANSWERED]),
    )


def _of(count: int, whole: int, speech: Speech) -> str:
    return speech.say("tile.of", n=speech.number(count), whole=speech.number(whole))


def _before(value: str | None, speech: Speech) -> str:
    return "" if value is None else speech.say("tile.before", value=value)


def _advice(found: Analysis, speech: Speech) -> Section:
    blocks: list[Block] = [Text(speech.say("advice.about"), is_quiet=True)]
    if found.proposals:
        blocks += [advice(one, speech) for one in found.proposals]
    else:
        blocks.append(Text(speech.say("advice.none")))
    return Section("advice", speech.say("advice"), tuple(blocks))
