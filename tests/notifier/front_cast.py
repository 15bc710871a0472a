"""A front that answers as it is told, and homes to draw: for the channel's side of commands and homes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from notifier.channel import Notice, Sent
from notifier.front import CaseAtHand, Home, Owing, TeamNow, Turn

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CARD = Sent("C00000001", "1795521600.000100")
URGENT = CaseAtHand(
    12, "recall", "critical", "acknowledged", "x", NOW - 5 * MINUTE, NOW + 25 * MINUTE, "respond", card=CARD
)
LATE = CaseAtHand(
    9, "delivery", "normal", "acknowledged", "masto", NOW - 5 * HOUR, NOW - HOUR, "respond", card=CARD
)
CALM = CaseAtHand(7, "praise", "low", "acknowledged", "feed", NOW - 3 * HOUR, snoozed_until=NOW + HOUR)
UNTAKEN = CaseAtHand(
    14, "billing", "high", "open", "x", NOW - MINUTE, NOW + 14 * MINUTE, "acknowledge", card=CARD
)
HOME = Home(
    at=NOW,
    name="Aino Virtanen",
    user="U0123",
    command="/vaste",
    cases=(LATE, URGENT, CALM),
    untaken=(UNTAKEN,),
    owing=(Owing(12, "refund", NOW + 26 * HOUR, CARD), Owing(9, "update", NOW - 10 * MINUTE, CARD)),
    now=(Turn("care", NOW - HOUR, NOW + 4 * HOUR),),
    following=Turn("care", NOW + 7 * 24 * HOUR, NOW + 14 * 24 * HOUR),
    teams=(
        TeamNow("care", "Aino Virtanen", NOW + 4 * HOUR, "Ben Lindqvist", is_mine=True),
        TeamNow("tech", None, NOW + 19 * HOUR, "Caro Nieminen"),
    ),
    may_take=("care", "tech"),
)
EMPTY = replace(HOME, cases=(), untaken=(), owing=(), now=(), following=None)
STRANGER = Home(NOW, None, "U0999", "/vaste", teams=HOME.teams)
HOMES = {"busy": HOME, "empty": EMPTY, "stranger": STRANGER}

_KNOWN = {"people": ["aino", "ben"], "teams": ["care", "tech"], "command": "/vaste", "user": "U0123"}
_TURN = {
    "number": 3,
    "team": "care",
    "person": "Aino Virtanen",
    "since": NOW.isoformat(),
    "until": (NOW + 4 * HOUR).isoformat(),
    "instead": ["Ben Lindqvist"],
}
_WEEK = {
    "cases": 41,
    "answered": 38,
    "in_time": 35,
    "late": 3,
    "unanswered": 1,
    "waiting": 2,
    "median_s": 2460,
    "p90_s": 13_380,
    "share": 35 / 39,
}
_NO_WEEK = dict.fromkeys(_WEEK, 0) | {"median_s": None, "p90_s": None, "share": None}
ANSWERS: dict[str, Notice] = {
    "help": Notice("help", NOW, {"command": "/vaste", "several": True, "person": "ben"}),
    "on_call": Notice(
        "on_call",
        NOW,
        {
            "teams": [
                {
                    "team": one.team,
                    "person": one.person,
                    "until": one.until.isoformat() if one.until else None,
                    "following": one.following,
                }
                for one in (*HOME.teams, TeamNow("legal", "Ben Lindqvist", None))
            ]
        },
    ),
    "taken": Notice("taken", NOW, {"turns": [_TURN], "again": False, "flaws": [], "command": "/vaste"}),
    "taken-again": Notice("taken", NOW, {"turns": [_TURN], "again": True, "flaws": [], "command": "/vaste"}),
    "taken-in-vain": Notice(
        "taken",
        NOW,
        {
            "turns": [_TURN],
            "again": False,
            "flaws": [
                {"since": (NOW + HOUR).isoformat(), "team": "care", "gap": False},
                {"since": (NOW + 2 * HOUR).isoformat(), "team": "care", "gap": True},
            ],
            "command": "/vaste",
        },
    ),
    "swapped": Notice(
        "swapped",
        NOW,
        {
            "turns": [_TURN, _TURN | {"number": 4, "person": "Ben Lindqvist", "instead": ["Aino Virtanen"]}],
            "again": False,
            "flaws": [],
            "command": "/vaste",
        },
    ),
    "cancelled": Notice("cancelled", NOW, {"number": 3}),
    "stats": Notice(
        "stats",
        NOW,
        {
            "teams": [
                {"team": "care", "week": _WEEK, "before": _WEEK | {"cases": 55}},
                {"team": "tech", "week": _NO_WEEK, "before": _NO_WEEK},
            ]
        },
    ),
    "coverage": Notice(
        "coverage",
        NOW,
        {
            "sources": [
                {"source": "x", "share": 0.9987, "blind": None},
                {"source": "masto", "share": 0.5, "blind": "network"},
                {"source": "feed", "share": None, "blind": None},
            ],
            "unseen": ["reddit"],
        },
    ),
}
REASONS = (
    "unknown",
    "until_when",
    "with_whom",
    "day_without_time",
    "no_time",
    "too_many_times",
    "nobody",
    "ambiguous",
    "which_team",
    "backwards",
    "too_long",
    "no_turns",
    "no_number",
    "nothing_stands",
    "stranger",
    "failed",
)
ANSWERS |= {
    f"mistake-{reason}": Notice("mistake", NOW, {**_KNOWN, "reason": reason, "word": "frtiday"})
    for reason in REASONS
}


class ToldFront:
    """Answers what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.taken: list[tuple[str, str, datetime]] = []
        self.answer: Notice | Home | Exception = ANSWERS["on_call"]
        self.taking: Notice = ANSWERS["taken"]
        self.homes: dict[str, Home] = {"U0123": HOME}
        self.marked: object = 0

    def ask(self, user: str, words: str, *, command: str) -> Notice | Home:
        self.asked.append((user, words, command))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def home(self, user: str, *, command: str) -> Home:
        return self.homes.get(user, STRANGER)

    def take_over(self, user: str, team: str, until: datetime, *, command: str) -> Notice:
        self.taken.append((user, team, until))
        return self.taking

    def mark(self) -> object:
        return self.marked
