"""From what people wrote to the rooms' own values; nothing is judged here."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from classifier.defaults import DEFAULT_TOPICS
from classifier.topics import Topic
from notifier.channel import Person
from playbooks.escalate import Team
from playbooks.playbook import AuthorCases, Match, Playbook, Repeat, Step
from playbooks.rota import Rota
from vaste.desk import LOUD
from vaste.settings import MatchSettings, PlaybookSettings, RotaSettings, Settings, StepSettings

_NEVER = timedelta(0)
ASK_AFTER = timedelta(minutes=30)
"""So long may the owner of a critical or high case be silent, where the playbook does not say."""


def topics_of(settings: Settings) -> tuple[Topic, ...]:
    """Give the topics in their order, then the default ones that only a playbook names, in theirs."""
    written = tuple(
        Topic(name, topic.examples, topic.words, topic.counter_examples, topic.threshold)
        for name, topic in settings.topics.items()
    )
    named = {name for playbook in settings.playbooks for name in _topics_in(playbook.match)}
    wanted = named.difference(settings.topics)
    return written + tuple(Topic(name) for name in DEFAULT_TOPICS if name in wanted)


def _topics_in(match: MatchSettings) -> Iterator[str]:
    yield from match.topics
    for inner in (*match.any, *([match.none] if match.none else [])):
        yield from _topics_in(inner)


def people_of(settings: Settings) -> dict[str, Person]:
    """Give the people by key; one without a name is called by the key."""
    return {
        key: Person(key=key, name=person.name or key, slack=person.slack)
        for key, person in settings.people.items()
    }


def handles_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Give our people's handles by kind of source, without @."""
    found: dict[str, list[str]] = {}
    for person in settings.people.values():
        for kind, handle in person.handles.items():
            found.setdefault(kind, []).append(handle.strip().removeprefix("@"))
    return {kind: tuple(handles) for kind, handles in found.items()}


def teams_of(settings: Settings) -> dict[str, Team]:
    """Give the teams by name."""
    return {
        name: Team(
            name=name,
            channel=team.channel,
            rota=_rota(team.rota, settings.timezone) if team.rota else None,
            people=team.people,
            max_open=team.max_open,
            max_night_pages=team.max_night_pages,
        )
        for name, team in settings.teams.items()
    }


def playbooks_of(settings: Settings) -> tuple[Playbook, ...]:
    """Give the playbooks in their order, with the file's defaults where they say nothing."""
    return tuple(_playbook(playbook, settings) for playbook in settings.playbooks)


def _rota(rota: RotaSettings, zone: ZoneInfo) -> Rota:
    weekday, at = rota.handoff
    return Rota(rota.people, weekday, at, rota.zone or zone, rota.every, rota.start)


def _playbook(playbook: PlaybookSettings, settings: Settings) -> Playbook:
    return Playbook(
        name=playbook.name,
        match=_match(playbook.match),
        team=playbook.team,
        severity=playbook.severity,
        acknowledge_within=playbook.acknowledge_within,
        respond_within=playbook.respond_within,
        resolve_within=playbook.resolve_within,
        clock=playbook.clock,
        escalate=tuple(step_of(step) for step in playbook.escalate or ()),
        repeat=Repeat(playbook.repeat.every, playbook.repeat.times) if playbook.repeat else None,
        notify=playbook.notify or settings.notify.get(playbook.severity),
        ask_after=_ask_after(playbook),
        checklist=playbook.checklist,
        mandate=playbook.mandate,
        drafts=playbook.drafts,
        close_after=_own_or_default("close_after", playbook, settings),
        # reopening off: every later post is a new, linked case
        reopen_within=_own_or_default("reopen_within", playbook, settings) or _NEVER,
    )


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
    feelings = match.sentiment
    return Match(
        sentiment=() if isinstance(feelings, dict) else feelings,
        sentiment_at_least={str(word): least for word, least in feelings.items()}
        if isinstance(feelings, dict)
        else {},
        attention=match.attention,
        topics=match.topics,
        words=match.words,
        regex=match.regex,
        language=match.language,
        source=match.source,
        followers=match.followers,
        author_cases=AuthorCases(match.author_cases.at_least, match.author_cases.within)
        if match.author_cases
        else None,
        any=tuple(_match(inner) for inner in match.any),
        none=(_match(match.none),) if match.none else (),
    )
