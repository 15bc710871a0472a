"""From what people wrote to the rooms' own values; nothing is judged here."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from casebook.draft import Draft
from casebook.quiet_hours import QuietHours
from casebook.versions import version_of
from classifier.defaults import DEFAULT_TOPICS
from classifier.topics import Topic
from notifier.channel import Person
from playbooks.escalate import Team
from playbooks.playbook import AtMost, AuthorCases, Match, Playbook, Rated, Reached, Repeat, Step
from playbooks.reading import QUESTION
from vaste.desk import LOUD
from vaste.digests import Hot, Telling
from vaste.people_figures import PeopleFigures
from vaste.rotas import rota_of
from vaste.settings import (
    DigestSettings,
    LayersSettings,
    MatchSettings,
    PlaybookSettings,
    RotaSettings,
    Settings,
    StepSettings,
)
from vaste.written import minute_of, span_of, weekdays_of

_NEVER = timedelta(0)
ASK_AFTER = timedelta(minutes=30)
"""So long may the owner of a critical or high case be silent, where the playbook does not say."""


def topics_of(settings: Settings) -> tuple[Topic, ...]:
    """Give the topics in their order, then the default ones that only a playbook or a digest names."""
    written = tuple(
        Topic(name, topic.examples, topic.words, topic.counter_examples, topic.threshold)
        for name, topic in settings.topics.items()
    )
    named = {name for playbook in settings.playbooks for name in _topics_in(playbook.match)}
    named |= set(settings.digest.hot.topics if settings.digest and settings.digest.hot else ())
    wanted = named.difference(settings.topics)
    return written + tuple(Topic(name) for name in DEFAULT_TOPICS if name in wanted)


def _topics_in(match: MatchSettings) -> Iterator[str]:
    yield from match.topics
    if match.question is not None:
        yield QUESTION
    for inner in (*match.all, *match.any, *([match.none] if match.none else [])):
        yield from _topics_in(inner)


def people_of(settings: Settings) -> dict[str, Person]:
    """Give the people by key; one without a name is called by the key."""
    return {
        key: Person(key=key, name=person.name or key, slack=person.slack, email=person.email)
        for key, person in settings.people.items()
    }


def handles_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Give our people's handles by kind of source, without @."""
    found: dict[str, list[str]] = {}
    for person in settings.people.values():
        for kind, handle in person.handles.items():
            found.setdefault(kind, []).append(handle.strip().removeprefix("@"))
    return {kind: tuple(handles) for kind, handles in found.items()}


def people_by_handle(settings: Settings) -> dict[tuple[str, str], str]:
    """Give the key of each of our people by kind of source and handle, casefolded and without @."""
    return {
        (kind, handle.strip().removeprefix("@").casefold()): key
        for key, person in settings.people.items()
        for kind, handle in person.handles.items()
    }


def teams_of(settings: Settings) -> dict[str, Team]:
    """Give the teams by name."""
    return {
        name: Team(
            name=name,
            channel=team.channel,
            rota=rota_of(name, settings),
            people=team.people,
            max_open=team.max_open,
            max_night_pages=team.max_night_pages,
        )
        for name, team in settings.teams.items()
    }


def playbooks_of(settings: Settings) -> tuple[Playbook, ...]:
    """Give the playbooks in their order, with the file's defaults where they say nothing."""
    return tuple(_playbook(playbook, settings) for playbook in settings.playbooks)


def telling_of(settings: Settings) -> Telling:
    """Give who is told what belongs to no case: the team named, else the one of the gravest playbook."""
    digest = settings.digest or DigestSettings(morning=None, weekly=None, handoff=False)
    hot = digest.hot
    gravest = max(settings.playbooks, key=lambda playbook: playbook.severity.rank, default=None)
    team = settings.tell if "tell" in settings.model_fields_set else gravest and gravest.team
    return Telling(
        team=team or None,
        zone=settings.timezone,
        morning=digest.morning,
        weekly=digest.weekly,
        handoff=digest.handoff,
        hot=Hot(hot.team, *hot.at, hot.topics, hot.quotes) if hot else None,
    )


def _playbook(playbook: PlaybookSettings, settings: Settings) -> Playbook:
    return Playbook(
        name=playbook.name,
        match=_match(playbook.match),
        team=playbook.team,
        severity=playbook.severity,
        acknowledge_within=playbook.acknowledge_within,
        respond_within=playbook.respond_within,
        resolve_within=playbook.resolve_within,
        update_within=playbook.update_within,
        clock=playbook.clock,
        escalate=tuple(step_of(step) for step in playbook.escalate or ()),
        repeat=Repeat(playbook.repeat.every, playbook.repeat.times) if playbook.repeat else None,
        notify=playbook.notify or settings.notify.get(playbook.severity),
        ask_after=_ask_after(playbook),
        checklist=playbook.checklist,
        mandate=playbook.mandate,
        drafts=tuple(
            Draft(language, draft.text, draft.tone)
            for language, drafts in playbook.drafts.items()
            for draft in drafts
        ),
        together=playbook.together,
        sample=playbook.sample,
        at_most=AtMost(playbook.at_most.per_author, playbook.at_most.within) if playbook.at_most else None,
        digest=playbook.digest,
        also=tuple(dict.fromkeys(told.to for told in playbook.also or ())),
        continues=playbook.continues,
        quiet_hours=_quiet_hours(playbook, settings),
        close_after=_own_or_default("close_after", playbook, settings),
        # reopening off: every later post is a new, linked case
        reopen_within=_own_or_default("reopen_within", playbook, settings) or _NEVER,
        version=version_of(playbook.model_dump(mode="json", by_alias=True)),
    )


def _quiet_hours(playbook: PlaybookSettings, settings: Settings) -> QuietHours | None:
    """Give the quiet hours on the clocks of the team's people."""
    if playbook.quiet_hours is None:
        return None
    team = settings.teams.get(playbook.team)
    begin, end = (minute_of(half) for half in playbook.quiet_hours.split("-"))
    return QuietHours(begin, end, _zone_of(team.rota if team else None) or settings.timezone)


def _zone_of(rota: RotaSettings | None) -> ZoneInfo | None:
    """Give where a team's people are; of several layers, where the first one's are."""
    if isinstance(rota, LayersSettings):
        return rota.layers[0].zone
    return rota.zone if rota else None


def step_of(step: StepSettings) -> Step:
    """Give a step: the first whom it names, and the others beside them."""
    return Step(step.after, step.to[0], tuple(step.to[1:]), step.notify)


def _ask_after(playbook: PlaybookSettings) -> timedelta | None:
    if "ask_after" in playbook.model_fields_set:
        return playbook.ask_after
    return ASK_AFTER if playbook.severity.value in LOUD else None


def _own_or_default(key: str, playbook: PlaybookSettings, settings: Settings) -> timedelta | None:
    """Give the playbook's own value, `off` (None) included, else the file's."""
    owner: Any = playbook if key in playbook.model_fields_set else settings
    value: timedelta | None = getattr(owner, key)
    return value


def _match(match: MatchSettings) -> Match:
    feelings, topics, person = match.sentiment, match.topics, match.to_person
    return Match(
        sentiment=() if isinstance(feelings, dict) else feelings,
        sentiment_at_least={str(word): least for word, least in feelings.items()}
        if isinstance(feelings, dict)
        else {},
        attention=match.attention,
        topics=() if isinstance(topics, dict) else topics,
        topics_at_least=dict(topics) if isinstance(topics, dict) else {},
        words=match.words,
        regex=match.regex,
        language=match.language,
        source=match.source,
        followers=match.followers,
        author_cases=AuthorCases(match.author_cases.at_least, match.author_cases.within)
        if match.author_cases
        else None,
        kind=match.kind,
        rating=Rated(match.rating.at_least, match.rating.at_most) if match.rating else None,
        reach=Reached(match.reach.at_least, match.reach.growing) if match.reach else None,
        author=match.author,
        question=match.question,
        to_person=person if isinstance(person, bool) else None,
        to_people=person if isinstance(person, tuple) else (),
        time=tuple(map(span_of, match.time)),
        weekday=tuple(sorted({day for days in match.weekday for day in weekdays_of(days)})),
        open=match.open,
        crisis=match.crisis,
        blind=match.blind,
        all=tuple(_match(inner) for inner in match.all),
        any=tuple(_match(inner) for inner in match.any),
        none=(_match(match.none),) if match.none else (),
    )


def people_figures_of(settings: Settings) -> PeopleFigures | None:
    """Give how figures by person are turned on; None where they are off."""
    written = settings.people_figures
    return None if written is None else PeopleFigures(written.purpose, written.at_least)
