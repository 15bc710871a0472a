"""The sections about what surrounds the answers: wishes, crises, coverage, alerts, load, change. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from casebook.correction import TOPIC
from classifier.scoring import Estimate, wilson
from vaste.coverage import percent
from vaste.report.analysis import Analysis, Whole
from vaste.report.change import quantile_change, share_change
from vaste.report.document import Block, Line, Opened, Quotes, Said, Section, Table, Text
from vaste.report.gathered import Gathered, lasts
from vaste.report.rows import GOT_ANSWER, Became
from vaste.report.sentences import FEW
from vaste.report.speech import NONE, Speech


def hot_section(found: Gathered, speech: Speech) -> Section:
    """Say what people dream of, suffer from and need, in their own words."""
    wishes = found.wishes
    if not any(wish.posts for wish in wishes):
        return Section("hot", speech.say("hot"), (Text(speech.say("hot.none")),))
    head = tuple(map(speech.say, ("hot.topic", "hot.posts", "before")))
    lines = tuple(
        Line((speech.named("topic", wish.topic), speech.number(wish.posts), speech.number(wish.before)))
        for wish in wishes
    )
    blocks: list[Block] = [Table(head, lines)]
    for wish in wishes:
        if wish.quotes:
            blocks.append(Text(speech.named("topic", wish.topic).capitalize()))
            said = tuple(Said(words, by, url) for words, by, url in wish.quotes)
            blocks.append(Quotes(said, speech.say("open_post")))
    return Section("hot", speech.say("hot"), tuple(blocks))


def crises_section(found: Gathered, speech: Speech) -> Section:
    """Tell of the crises that began in the period."""
    if not found.crises:
        return Section("crises", speech.say("crises"), (Text(speech.say("crises.none")),))
    lines = []
    for crisis in found.crises:
        children = [case for case in found.cases if case.crisis == crisis.number]
        answered = sum(case.became in GOT_ANSWER for case in children)
        due = answered + sum(case.became in {Became.UNANSWERED, Became.PENDING} for case in children)
        cells = (
            speech.say("crises.row", case=crisis.number, playbook=crisis.playbook),
            speech.moment(crisis.posted_at),
            speech.number(crisis.mentions),
            speech.say("tile.of", n=speech.number(answered), whole=speech.number(due)),
            speech.span(crisis.tta_s),
        )
        numbers = tuple(case.number for case in children)
        lines.append(Line(cells, Opened(f"crisis.{crisis.number}", (crisis.number, *numbers))))
    head = ("crises.name", "crises.began", "crises.mentions", "crises.answered", "crises.taken")
    return Section(
        "crises", speech.say("crises"), (Table(tuple(map(speech.say, head)), tuple(lines), texts=2),)
    )


def watched_section(found: Gathered, speech: Speech) -> Section:
    """Say what could be seen of the world, and what looking has cost."""
    blocks: list[Block] = [Text(speech.say("watched.about"), is_quiet=True)]
    told: set[str] = set()
    lines = []
    for lane in found.lanes:
        spent = found.spent.get(lane.source, 0) if lane.source not in told else 0
        told.add(lane.source)
        name = lane.source if lane.lane == "all" else f"{lane.source} · {lane.lane}"
        blind = speech.span(lasts(lane).total_seconds()) if lane.blind_seconds else NONE
        cost = speech.dollars(spent) if spent else NONE
        cells = (name, percent(lane.share, speech.locale).replace(" ", "\u00a0"), blind, cost)
        lines.append(Line(cells, is_bad=bool(lane.blind_seconds)))
    if lines:
        head = ("watched.source", "watched.share", "watched.blind", "watched.spent")
        blocks.append(Table(tuple(map(speech.say, head)), tuple(lines)))
    else:
        blocks.append(Text(speech.say("watched.none")))
    return Section("watched", speech.say("watched"), tuple(blocks))


def classifier_section(found: Gathered, analysis: Analysis, speech: Speech) -> Section:
    """Say how often an alert was right, from what people decided afterwards."""
    judged = found.judged
    seen = {name: speech.number(getattr(judged, name)) for name in ("seen", "judged", "review")}
    blocks: list[Block] = [Text(speech.say("classifier.seen", **seen))]
    if analysis.alarms:
        lines = tuple(
            Line(
                (
                    one.name,
                    speech.number(len(one.right)),
                    speech.number(len(one.false)),
                    f"{speech.percent(one.precision.value)} ({speech.between(one.precision)})"
                    if one.precision
                    else NONE,
                ),
                Opened(f"false.{one.name}", one.false),
            )
            for one in analysis.alarms
        )
        head = ("playbook.name", "classifier.right", "classifier.false", "classifier.precision")
        blocks += [
            Text(speech.say("classifier.about"), is_quiet=True),
            Table(tuple(map(speech.say, head)), lines),
        ]
    if found.corrected:
        count = speech.number(sum(one.count for one in found.corrected))
        blocks.append(
            Text(speech.say("classifier.corrected", n=count, told=", ".join(_corrected(found, speech))))
        )
    return Section("classifier", speech.say("classifier"), tuple(blocks))


def _corrected(found: Gathered, speech: Speech) -> Iterator[str]:
    counted: dict[tuple[str, str], int] = {}
    for one in found.corrected:
        key = (one.label, one.value)
        counted[key] = counted.get(key, 0) + one.count
    for (label, value), count in sorted(counted.items(), key=lambda told: -told[1]):
        n = speech.number(count)
        if label.startswith(TOPIC):
            yield speech.say(f"correction.topic.{value}", topic=label.removeprefix(TOPIC), n=n)
        elif label == "sentiment":
            yield speech.say("correction.sentiment", value=speech.named("sentiment", value), n=n)
        else:
            yield speech.say(f"correction.attention.{value}", n=n)


def load_section(found: Gathered, names: Mapping[str, str], speech: Speech, *, persons: bool) -> Section:
    """Say what being on call asked of the teams; of persons only where the configuration asks for it."""
    head = (
        "load.team",
        "load.people",
        "load.calls",
        "load.night",
        "load.nights",
        "load.weekend",
        "load.uneven",
    )
    lines = tuple(
        Line(
            (
                one.team,
                *map(
                    speech.number,
                    (one.people, one.calls, one.night_calls, one.nights_woken, one.weekend_calls),
                ),
                f"{_coefficient(one.uneven_hours, speech)} / {_coefficient(one.uneven_calls, speech)}",
            ),
            Opened(f"load.{one.team}", one.cases),
        )
        for one in found.loads
    )
    blocks: list[Block] = [
        Text(speech.say("load.about"), is_quiet=True),
        Table(tuple(map(speech.say, head)), lines),
    ]
    burdens = [burden for one in found.loads for burden in one.persons]
    if persons and burdens:
        of = ("load.person", "load.hours", "load.nights_on_call", "load.calls", "load.night")
        rows = tuple(
            Line((names.get(one.person, one.person),
                  *map(speech.number, (one.hours, one.nights, one.calls, one.night_calls))))
            for one in burdens
        )  # fmt: skip
        blocks.append(Table(tuple(map(speech.say, of)), rows))
    elif not persons:
        blocks.append(Text(speech.say("load.persons_off"), is_quiet=True))
    return Section("load", speech.say("load"), tuple(blocks))


def _coefficient(value: float | None, speech: Speech) -> str:
    return NONE if value is None else speech.decimal(value)


def change_section(found: Analysis, speech: Speech) -> Section:
    """Set the headline beside that of the period before, and say which differences chance does not explain."""
    if not found.before.is_known:
        return Section("change", speech.say("change"), (Text(speech.say("change.none")),))
    now, before = found.now, found.before
    lines = [_counted(found, speech)]
    for name, one, other, good in (
        ("rate", now.answers.rate, before.answers.rate, 1),
        ("in_time", _in_time(now), _in_time(before), 1),
    ):
        moved = share_change(one, other)
        shares = [speech.percent(of.value) if of else NONE for of in (other, one)]
        lines.append(_moved(name, shares, moved, good, speech))
    for name in ("median", "p90"):
        one, other = getattr(now.waits, name), getattr(before.waits, name)
        spans = [speech.span(of.value if of else None) for of in (other, one)]
        few = now.waits.n < FEW or before.waits.n < FEW
        moved = 0 if few and one and other else quantile_change(one, other)
        lines.append(_moved(name, spans, moved, -1, speech))
    head = tuple(map(speech.say, ("change.figure", "before", "now", "change.told")))
    about = Text(speech.say("change.about"), is_quiet=True)
    return Section("change", speech.say("change"), (about, Table(head, tuple(lines))))


def _counted(found: Analysis, speech: Speech) -> Line:
    counts = [sum(map(len, whole.answers.by.values())) for whole in (found.before, found.now)]
    more = counts[1] - counts[0]
    told = f"{'+' if more > 0 else '−' if more < 0 else '±'}{speech.number(abs(more))}"
    return Line((speech.say("change.cases"), *map(speech.number, counts), told))


def _in_time(whole: Whole) -> Estimate | None:
    return wilson(len(whole.in_time), len(whole.in_time) + len(whole.late))


def _moved(name: str, told: Sequence[str], moved: int | None, good: int, speech: Speech) -> Line:
    word = NONE
    if moved is not None:
        word = speech.say(
            "change.unclear" if moved == 0 else "change.better" if moved == good else "change.worse"
        )
    return Line((speech.say(f"change.{name}"), *told, word), is_bad=moved is not None and moved == -good)
