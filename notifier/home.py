"""A person's home in words: their cases, turns and promises, and who is on call. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.channel import Notice, Sent, Tongue
from notifier.front import CaseAtHand, Home, Owing, TeamNow
from notifier.saying import word_duration
from notifier.teller import Teller
from notifier.worded import Line, Span

CASES_SHOWN = 15
UNTAKEN_SHOWN = 10
OWING_SHOWN = 15
TEAMS_SHOWN = 20
_SIGNS = {"critical": "🔴", "high": "🟠", "normal": "🔵", "low": "⚪"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a section, and what it leads to."""

    line: Line
    below: str = ""
    """A second line, quieter."""
    card: Sent | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A title and what stands under it."""

    title: str
    entries: tuple[Entry, ...]
    takes_over: bool = False
    """The button to take over stands beside its title."""


@dataclass(frozen=True, slots=True)
class WordedHome:
    """A home in words, before any medium."""

    sections: tuple[Section, ...]
    open: str
    """Label of what leads to a card."""
    take: str
    """Label of what takes over a turn."""
    foot: str


@dataclass(frozen=True, slots=True)
class TakeOver:
    """The words of the question until when somebody takes over."""

    title: str
    team: str
    until: str
    submit: str
    close: str
    past: str
    """Told where the time that was chosen is over."""


def word_home(home: Home, tongue: Tongue) -> WordedHome:
    """Put a home into words; what is urgent stands first."""
    teller = _teller(home, tongue)
    if home.name is None:
        how = teller.say("home.stranger.do", user=teller.name(home.user))
        sections = [Section(teller.say("home.stranger"), (Entry(_plain(how)),))]
    else:
        sections = [
            _cases(home, teller),
            *_untaken(home, teller),
            *_owing(home, teller),
            _turns(home, teller),
        ]
    if home.teams:
        sections.append(_teams(home.teams, teller))
    return WordedHome(
        tuple(sections),
        open=teller.say("home.open"),
        take=teller.say("home.take"),
        foot=teller.say(
            "home.foot", time=teller.moment(home.at.isoformat()), command=teller.name(home.command)
        ),
    )


def word_mine(home: Home, tongue: Tongue) -> WordedHome:
    """Put somebody's cases and promises into words, as the answer to a question."""
    whole = word_home(home, tongue)
    teller = _teller(home, tongue)
    kept = {teller.say(f"home.{name}") for name in ("cases", "untaken", "owing")}
    return WordedHome(
        tuple(section for section in whole.sections if section.title in kept or home.name is None),
        open=whole.open,
        take=whole.take,
        foot="",
    )


def word_take_over(tongue: Tongue) -> TakeOver:
    """Give the words of the question until when somebody takes over."""
    teller = Teller(Notice("home", datetime.fromtimestamp(0, tongue.zone), {}), tongue, 1.0)
    names = ("title", "team", "until", "submit", "close", "past")
    return TakeOver(**{name: teller.say(f"take.{name}") for name in names})


def _teller(home: Home, tongue: Tongue) -> Teller:
    return Teller(Notice("home", home.at, {}), tongue, 1.0)


def _cases(home: Home, teller: Teller) -> Section:
    entries = _listed(home.cases, CASES_SHOWN, home, teller)
    nothing = (Entry(_plain(teller.say("home.cases.none"))),)
    return Section(teller.say("home.cases"), entries or nothing)


def _untaken(home: Home, teller: Teller) -> Iterable[Section]:
    if home.untaken:
        yield Section(teller.say("home.untaken"), _listed(home.untaken, UNTAKEN_SHOWN, home, teller))


def _listed(cases: Sequence[CaseAtHand], most: int, home: Home, teller: Teller) -> tuple[Entry, ...]:
    entries = [_case(case, home.at, teller) for case in cases[:most]]
    if len(cases) > most:
        more = teller.say("home.more", n=teller.number(len(cases) - most), command=teller.name(home.command))
        entries.append(Entry(_plain(more)))
    return tuple(entries)


def _case(case: CaseAtHand, now: datetime, teller: Teller) -> Entry:
    sign = _SIGNS.get(case.severity, "🔵")
    number = teller.say("case", case=str(case.case))
    line = (Span(f"{sign} "), Span(teller.name(case.playbook), strong=True), Span(f" · {number}"))
    below = [_due(case, now, teller)]
    if case.snoozed_until is not None:
        below.append(teller.say("snoozed", moment=teller.moment(case.snoozed_until.isoformat())))
    if case.source:
        below.append(teller.name(case.source))
    return Entry(line, " · ".join(below), case.card)


def _due(case: CaseAtHand, now: datetime, teller: Teller) -> str:
    if case.due_by is None or case.due is None:
        return teller.say("due.none", length=_minutes(now - case.waits_since, teller))
    when = teller.say(f"due.{case.due}", moment=teller.moment(case.due_by.isoformat()))
    return f"{when} ({_left(case.due_by, now, teller)})"


def _left(due_at: datetime, now: datetime, teller: Teller) -> str:
    if due_at >= now:
        return teller.say("due.left", length=_minutes(due_at - now, teller))
    return f"⚠️ {teller.say('due.past', length=_minutes(now - due_at, teller))}"


def _minutes(length: timedelta, teller: Teller) -> str:
    """Give a length to the minute: seconds would be wrong before they are read."""
    return word_duration(timedelta(minutes=max(1, int(length.total_seconds() // 60))), teller.tongue)


def _owing(home: Home, teller: Teller) -> Iterable[Section]:
    if home.owing:
        entries = [_owed(one, home.at, teller) for one in home.owing[:OWING_SHOWN]]
        yield Section(teller.say("home.owing"), tuple(entries))


def _owed(one: Owing, now: datetime, teller: Teller) -> Entry:
    told = teller.say(
        "owing.line",
        case=str(one.case),
        what=teller.named("owed", one.what),
        moment=teller.moment(one.due_at.isoformat()),
    )
    return Entry(_plain(f"{told} ({_left(one.due_at, now, teller)})"), card=one.card)


def _turns(home: Home, teller: Teller) -> Section:
    lines = [
        teller.say(
            "home.shift.now", team=teller.name(turn.team), until=teller.moment(turn.ends_at.isoformat())
        )
        if turn.ends_at
        else teller.say("home.shift.now_always", team=teller.name(turn.team))
        for turn in home.now
    ] or [teller.say("home.shift.off")]
    following = home.following
    if following is None:
        lines += [] if home.now else [teller.say("home.shift.none")]
    else:
        values = {
            "team": teller.name(following.team),
            "since": teller.moment(following.begins_at.isoformat()),
        }
        if following.ends_at is None:
            lines.append(teller.say("home.shift.next_open", **values))
        else:
            until = teller.moment(following.ends_at.isoformat())
            lines.append(teller.say("home.shift.next", **values, until=until))
    return Section(teller.say("home.shift"), tuple(Entry(_plain(line)) for line in lines), takes_over=True)


def _teams(teams: Sequence[TeamNow], teller: Teller) -> Section:
    return Section(
        teller.say("home.teams"),
        tuple(Entry(_plain(word_turn(one, teller))) for one in teams[:TEAMS_SHOWN]),
    )


def word_turn(one: TeamNow, teller: Teller) -> str:
    """Say who is on call in a team, until when, and who comes then."""
    team = teller.name(one.team)
    until = teller.moment(one.until.isoformat()) if one.until else ""
    if one.person is None:
        told = teller.say("on_call.nobody_until" if until else "on_call.nobody", team=team, until=until)
    else:
        word = "on_call.turn" if until else "on_call.always"
        told = teller.say(word, team=team, person=teller.name(one.person), until=until)
    if one.following is None:
        return told
    return f"{told}; {teller.say('on_call.then', person=teller.name(one.following))}"


def _plain(text: str) -> Line:
    return (Span(text),)
