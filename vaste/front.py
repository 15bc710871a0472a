"""What people ask besides pressing buttons, answered from the record: the shell around `at_hand`, `agreeing`, `weekly`.

An answer is a notice: facts that the channel puts into words. What somebody typed never raises: what can't be
understood is a notice of kind `mistake` that says what to type.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from casebook.agreed import Agreement
from casebook.case import Case
from notifier.channel import Notice, Sent
from notifier.command import Command, named, read_command
from notifier.front import Home
from notifier.moments import NotUnderstood
from playbooks.roster import on_call
from vaste.agreeing import flaw_of, flaws_after, had_by, standing_like, swapped
from vaste.at_hand import at_hand, in_order, is_at_hand, owing_of, team_now, teams_of, turns_of
from vaste.coverage import SHOWN, told
from vaste.digests import Period
from vaste.jobs import Jobs
from vaste.weekly import facts_of

_WEEK = timedelta(days=7)
_STRANGERS_MAY = frozenset({"help", "on_call", "coverage", "stats"})
TEAMS_TOLD = 5


@dataclass(frozen=True, slots=True)
class _Asked:
    """A command that was read, and who wants it."""

    command: Command
    user: str
    person: str | None
    people: tuple[str, ...]
    teams: tuple[str, ...]
    name: str
    """Of the command itself, as it is typed here."""
    now: datetime


@dataclass(frozen=True, slots=True)
class _Kind:
    """How an agreement is answered."""

    name: str
    command: str


@dataclass(slots=True)
class FrontDesk:
    """Answers by the jobs' own record, desk and clock. Safe to call from several threads."""

    jobs: Jobs
    channel: int = 0
    """Which channel of the configuration asks: links lead to the cards there."""
    _live: tuple[object, tuple[Case, ...], dict[int, str], dict[int, Sent]] | None = field(default=None)

    # ---- commands ----------------------------------------------------------------------------------

    def ask(self, user: str, words: str, *, command: str) -> Notice | Home:
        """Answer what somebody typed: facts to be worded, or their cases."""
        now = self.jobs.clock.now()
        try:
            asked = self._read(user, words, command, now)
            if asked.command.verb == "mine":
                return self.home(user, command=command)
            answer: Callable[[_Asked], Notice] = {
                "help": self._help,
                "on_call": self._on_call,
                "stats": self._stats,
                "coverage": self._coverage,
                "take": self._take,
                "swap": self._swap,
                "cancel": self._cancel,
            }[asked.command.verb]
            return answer(asked)
        except NotUnderstood as mistake:
            facts = {"reason": mistake.reason, "word": mistake.word, "command": command, "user": user}
            return Notice("mistake", now, facts | self._known())

    def _read(self, user: str, words: str, name: str, now: datetime) -> _Asked:
        command = read_command(words, zone=self.jobs.tongue.zone, now=now)
        desk = self.jobs.desk
        person = self._person(user)
        if person is None and command.verb not in _STRANGERS_MAY:
            raise NotUnderstood("stranger", user)
        whom = named(command.names, desk.people, desk.teams)
        return _Asked(command, user, person, whom.people, whom.teams, name, now)

    def _known(self) -> dict[str, Any]:
        desk = self.jobs.desk
        return {"people": sorted(desk.people), "teams": sorted(desk.teams)}

    def _person(self, user: str) -> str | None:
        return next((key for key, person in self.jobs.desk.people.items() if person.slack == user), None)

    def _help(self, asked: _Asked) -> Notice:
        teams = self.jobs.desk.teams
        example = next((key for key in self.jobs.desk.people if key != asked.person), "ben")
        facts = {"command": asked.name, "several": len(teams) > 1, "person": example}
        return Notice("help", asked.now, facts)

    def _on_call(self, asked: _Asked) -> Notice:
        desk = self.jobs.desk
        names = asked.teams or (self._teams_of(asked.people[0]) if asked.people else tuple(desk.teams))
        teams = [team_now(desk.teams[name], desk, asked.now, viewer=asked.person) for name in names]
        told_teams = [
            {
                "team": one.team,
                "person": one.person,
                "until": one.until.isoformat() if one.until else None,
                "following": one.following,
                "is_mine": one.is_mine,
            }
            for one in teams
        ]
        return Notice("on_call", asked.now, {"teams": told_teams, "command": asked.name})

    def _stats(self, asked: _Asked) -> Notice:
        desk = self.jobs.desk
        mine = teams_of(asked.person, desk.teams, asked.now) if asked.person else ()
        teams = (asked.teams or mine or tuple(desk.teams))[:TEAMS_TOLD]
        return Notice("stats", asked.now, {"teams": [self._week(team, asked.now) for team in teams]})

    def _week(self, team: str, now: datetime) -> dict[str, Any]:
        zone, store = self.jobs.tongue.zone, self.jobs.store
        week, before = Period("", now - _WEEK, now), Period("", now - 2 * _WEEK, now - _WEEK)
        told_weeks = {
            name: facts_of(list(store.log(now=now, since=one.since, until=one.until, team=team)), one, zone)
            for name, one in (("week", week), ("before", before))
        }
        return {"team": team, **told_weeks}

    def _coverage(self, asked: _Asked) -> Notice:
        since = asked.now - SHOWN
        records = self.jobs.store.coverage(since=since)
        lanes = told(records, sources=set(self.jobs.sources), since=since, until=asked.now, now=asked.now)
        found: dict[str, dict[str, Any]] = {}
        for lane in lanes:
            known = found.setdefault(lane.source, {"source": lane.source, "share": None, "blind": None})
            shares = [share for share in (known["share"], lane.share) if share is not None]
            known["share"] = min(shares, default=None)
            known["blind"] = lane.now.value if lane.now and lane.is_blind_now else known["blind"]
        unseen = sorted(set(self.jobs.sources) - found.keys())
        return Notice("coverage", asked.now, {"sources": list(found.values()), "unseen": unseen})

    # ---- turns -------------------------------------------------------------------------------------

    def take_over(self, user: str, team: str, until: datetime, *, command: str) -> Notice:
        """Let somebody stand in from now on; the notice says what came of it (`mistake` where nothing did)."""
        now = self.jobs.clock.now()
        person = self._person(user)
        try:
            if person is None:
                raise NotUnderstood("stranger", user)  # noqa: TRY301  # told like everything else
            if team not in self.jobs.desk.teams:
                raise NotUnderstood("nobody", team)  # noqa: TRY301  # the same
            return self._agree(
                [_agreement(team, person, now, until, by=person)], _Kind("taken", command), now
            )
        except NotUnderstood as mistake:
            facts = {"reason": mistake.reason, "word": mistake.word, "command": command, "user": user}
            return Notice("mistake", now, facts | self._known())

    def _take(self, asked: _Asked) -> Notice:
        person = _known(asked.person)
        if asked.command.ends_at is None:
            raise NotUnderstood("until_when")
        begins_at = asked.command.begins_at or asked.now
        others = tuple(key for key in asked.people if key != person)
        team = self._team(asked, others or (person,), begins_at)
        one = _agreement(team, person, begins_at, asked.command.ends_at, by=person)
        return self._agree([one], _Kind("taken", asked.name), asked.now)

    def _swap(self, asked: _Asked) -> Notice:
        person = _known(asked.person)
        pair = asked.people if len(asked.people) > 1 else (person, *asked.people)
        if len(set(pair)) != 2:  # noqa: PLR2004  # it takes two
            raise NotUnderstood("with_whom")
        if asked.command.ends_at is None:
            raise NotUnderstood("until_when")
        begins_at, ends_at = asked.command.begins_at or asked.now, asked.command.ends_at
        _check(begins_at, ends_at)
        team = self.jobs.desk.teams[self._team(asked, pair, begins_at)]
        said = swapped(team, (pair[0], pair[1]), begins_at.replace(microsecond=0), ends_at, by=person)
        if not said:
            raise NotUnderstood("no_turns", team.name)
        return self._agree(said, _Kind("swapped", asked.name), asked.now)

    def _team(self, asked: _Asked, people: tuple[str, ...], at: datetime) -> str:
        """Say in which team: the one that was named, else the only one that can be meant."""
        desk = self.jobs.desk
        if asked.teams:
            return asked.teams[0]
        if len(desk.teams) == 1:
            return next(iter(desk.teams))
        theirs = [teams_of(person, desk.teams, asked.now) for person in people]
        shared = [name for name in desk.teams if all(name in some for some in theirs)]
        if len(shared) > 1:
            # nobody takes over a turn that is theirs
            mine = people == (asked.person,)
            fitting = [
                name for name in shared if (on_call(desk.teams[name].rota, at).person in people) is not mine
            ]
            shared = fitting or shared
        if len(shared) != 1:
            raise NotUnderstood("which_team")
        return shared[0]

    def _agree(self, said: list[Agreement], kind: _Kind, now: datetime) -> Notice:
        """File statements and say what they mean, and where they do not do what they say."""
        store, before = self.jobs.store, self.jobs.desk.teams
        known = [standing_like(one, store.agreements(since=now)) for one in said]
        numbers = [one.number for one in known if one is not None]
        if len(numbers) == len(said):
            turns = [self._turn(one, number, ()) for one, number in zip(said, numbers, strict=True)]
            return Notice(
                kind.name, now, {"turns": turns, "again": True, "flaws": [], "command": kind.command}
            )
        numbers = store.file_agreements(said, at=now)
        self.jobs.heed()
        after = self.jobs.desk.teams
        turns = [
            self._turn(one, number, had_by(one, before)) for one, number in zip(said, numbers, strict=True)
        ]
        flaws = [
            {"since": flaw.since.isoformat(), "team": flaw.team, "gap": flaw.why is not None}
            for one in said
            for flaw in flaws_after(one, after)
        ]
        return Notice(
            kind.name, now, {"turns": turns, "again": False, "flaws": flaws, "command": kind.command}
        )

    def _turn(self, one: Agreement, number: int, had: tuple[str | None, ...]) -> dict[str, Any]:
        return {
            "number": number,
            "team": one.team,
            "person": self._name(one.person),
            "since": one.begins_at.isoformat(),
            "until": one.ends_at.isoformat(),
            "instead": [self._name(key) for key in had if key],
        }

    def _cancel(self, asked: _Asked) -> Notice:
        number, person = asked.command.number or 0, _known(asked.person)
        if not self.jobs.store.cancel_agreement(number, by=person, at=asked.now):
            raise NotUnderstood("nothing_stands", str(number))
        self.jobs.heed()
        return Notice("cancelled", asked.now, {"number": number})

    def _name(self, key: str) -> str:
        return self.jobs.desk.person(key).name

    # ---- homes -------------------------------------------------------------------------------------

    def home(self, user: str, *, command: str) -> Home:
        """Give what somebody's home shows now."""
        now, desk = self.jobs.clock.now(), self.jobs.desk
        person = self._person(user)
        if person is None:
            teams = tuple(team_now(team, desk, now) for team in desk.teams.values())
            return Home(now, None, user, command, teams=teams)
        cases, sources, cards = self._live_cases()
        mine = teams_of(person, desk.teams, now)
        shown = {
            case.number: at_hand(case, sources.get(case.number, ""), cards.get(case.number))
            for case in cases
            if is_at_hand(case)
        }
        turns, following = turns_of(person, desk.teams, now)
        first = [*mine, *(name for name in desk.teams if name not in mine)]
        return Home(
            at=now,
            name=desk.person(person).name,
            user=user,
            command=command,
            cases=in_order(
                shown[case.number]
                for case in cases
                if case.number in shown and case.owner == person and not case.is_untaken
            ),
            untaken=in_order(
                shown[case.number]
                for case in cases
                if case.number in shown and case.is_untaken and case.policy.team in mine
            ),
            owing=owing_of(person, cases, cards),
            now=turns,
            following=following,
            teams=tuple(team_now(desk.teams[name], desk, now, viewer=person) for name in first),
            may_take=mine or tuple(desk.teams),
        )

    def mark(self) -> object:
        """Give something that changes whenever a home may show something else, cheaply."""
        return self.jobs.store.mark(), id(self.jobs.desk.teams)

    def _live_cases(self) -> tuple[tuple[Case, ...], dict[int, str], dict[int, Sent]]:
        """Read the live cases; once for all homes that are drawn between two events."""
        store, mark = self.jobs.store, self.jobs.store.mark()
        if self._live is None or self._live[0] != mark:
            cards = {case: Sent(*there) for case, there in store.cards(channel=self.channel).items()}
            self._live = mark, tuple(store.live_cases()), store.sources_of(), cards
        return self._live[1:]

    def _teams_of(self, person: str) -> tuple[str, ...]:
        return teams_of(person, self.jobs.desk.teams, self.jobs.clock.now())


def _known(person: str | None) -> str:
    if person is None:
        raise NotUnderstood("stranger")
    return person


def _check(begins_at: datetime, ends_at: datetime) -> None:
    flaw = flaw_of(begins_at, ends_at)
    if flaw is not None:
        raise NotUnderstood(flaw)


def _agreement(team: str, person: str, begins_at: datetime, ends_at: datetime, *, by: str) -> Agreement:
    _check(begins_at, ends_at)
    return Agreement(team, person, begins_at.replace(microsecond=0), ends_at, by)
