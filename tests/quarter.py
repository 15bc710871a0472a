"""A made-up quarter of cases, written straight into the tables: as many as wanted, always the same ones."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert

from casebook.store import Store
from casebook.store.session import table_of
from casebook.tables import (
    AuthorRow,
    CallRow,
    CasePostRow,
    CaseRow,
    CoverageRow,
    PostRow,
    ShownRow,
    SourceRow,
    VerdictRow,
)

BEGINS = datetime(2026, 6, 30, 21, tzinfo=UTC)
"""The first of July in Helsinki."""
DAYS = 92
PLAYBOOKS = {"recall": 1_800, "complaint": 14_400, "question": 28_800, "praise": None}
CONFIG = """
timezone: Europe/Helsinki
database: sqlite:///vaste.db
sources: [{name: feed, kind: file, path: posts.jsonl}]
people: {aino: {}, ben: {}}
teams: {care: {rota: {people: [aino, ben], hours: "07:00-22:00"}}}
playbooks:
  - {name: recall, match: {words: lasi}, team: care, severity: critical, respond_within: 30m}
  - {name: complaint, match: {sentiment: negative}, team: care, respond_within: 4h}
  - {name: question, match: {question: true}, team: care, respond_within: 8h}
  - {name: praise, match: {}, team: care, severity: low}
report: {targets: [{share: 0.8}]}
"""
ENDINGS = ("content", "discontent", "neutral", "unjudged", "silent", "waiting", "left_waiting", "broken_word")
_CHUNK = 5_000


def fill(store: Store, count: int, *, begins: datetime = BEGINS, days: int = DAYS, seed: int = 7) -> None:
    """Fill an empty record with so many cases, spread over the days, and watched all the time."""
    dice, made = Random(seed), _Rows()
    ends = begins + timedelta(days=days)
    for number in range(1, count + 1):
        made.add(number, begins + timedelta(seconds=dice.randrange(days * 86_400)), dice)
    with store.writing() as session:
        for model, rows in made.rows.items():
            for start in range(0, len(rows), _CHUNK):
                session.execute(insert(table_of(model)), rows[start : start + _CHUNK])
        session.execute(
            insert(table_of(SourceRow)),
            [{"name": "feed", "kind": "file", "network": "file", "first_started_at": begins, "cursor": {},
              "failures": 0, "fence": 0}],
        )  # fmt: skip
        session.execute(
            insert(table_of(CoverageRow)),
            [{"source": "feed", "lane": "all", "begins_at": begins, "ends_at": ends + timedelta(days=9),
              "sight": "watched", "is_last": True, "outcome": "watched", "due_within_s": 86_400.0}],
        )  # fmt: skip


class _Rows:
    """The rows of every table, as they are written."""

    def __init__(self) -> None:
        names = (AuthorRow, PostRow, ShownRow, VerdictRow, CaseRow, CasePostRow, CallRow)
        self.rows: dict[type[Any], list[dict[str, Any]]] = {model: [] for model in names}
        self._of_liking = Random(11)

    def add(self, number: int, posted_at: datetime, dice: Random) -> None:
        """Add one case with its post, its author and what became of it."""
        playbook = dice.choices(list(PLAYBOOKS), (3, 5, 3, 2))[0]
        seen_at = posted_at + timedelta(seconds=dice.randrange(5, 120))
        opened_at = seen_at + timedelta(seconds=dice.randrange(3))
        taken_at = opened_at + timedelta(seconds=dice.randrange(30, 9_000))
        # nights are long
        slow = 6 if posted_at.hour in {19, 20, 21, 22, 23, 0, 1, 2, 3} else 1
        wait = timedelta(seconds=int(dice.lognormvariate(7.2, 1.1)) * slow)
        fate = dice.random()
        within = PLAYBOOKS[playbook]
        respond_by = posted_at + timedelta(seconds=within) if within else None
        answered_at = posted_at + wait if fate < 0.8 and wait > seen_at - posted_at else None
        dismissed = fate > 0.9
        status = (
            "dismissed"
            if dismissed
            else "responded"
            if answered_at
            else "acknowledged"
            if fate < 0.88
            else "open"
        )
        taken = None if status == "open" else min(taken_at, answered_at) if answered_at else taken_at
        end = answered_at or (taken if dismissed else None)
        broken = 2 if end is not None and respond_by is not None and end > respond_by else 0
        running = 2 if end is None and respond_by is not None else 0
        texts = {"id": number, "network": "file", "known_by": f"a{number}", "handle": f"a{number}"}
        self.rows[AuthorRow].append(texts)
        self.rows[PostRow].append(
            {"id": number, "network": "file", "post_id": f"p{number}", "own": False, "author_id": number,
             "text": "x", "posted_at": posted_at, "seen_at": seen_at, "root": f"p{number}", "salt": "s",
             "url": f"https://social.example/p{number}", "reached": [], "automated": False, "context": False,
             "backfilled": False, "attempts": 0, "fence": 0}
        )  # fmt: skip
        self.rows[ShownRow].append({"post": number, "source": "feed"})
        negative = dice.random()
        self.rows[VerdictRow].append(
            {"post": number, "judged_at": opened_at, "negative": negative, "neutral": (1 - negative) / 2,
             "positive": (1 - negative) / 2, "attention": 0.5, "topics": {}, "topics_held": [], "language": "fi",
             "abstained": False, "cut": False, "model": "m", "playbook": playbook, "reason": "", "grounds": [],
             "bystander": False, "circumstances": {}, "configuration": "f"}
        )  # fmt: skip
        frt = int((answered_at - posted_at).total_seconds()) if answered_at else None
        self.rows[CaseRow].append(
            {"number": number, "network": "file", "root": f"p{number}", "author_id": number, "is_folded": False,
             "source": "feed", "opening_post": number, "first_post": number, "playbook": playbook, "team": "care",
             "severity": "normal", "clock": "always", "status": status, "quiet": False, "posted_at": posted_at,
             "opened_at": opened_at, "alerted_at": opened_at + timedelta(seconds=1), "acknowledged_at": taken,
             "acknowledged_by": "aino" if taken else None, "responded_at": answered_at,
             "responded_by": "ainokahvi" if answered_at else None,
             "response_found": dice.choice(["platform", "manual"]) if answered_at else None,
             "closed_at": None, "acknowledge_by": None, "respond_by": respond_by, "broken": broken, "running": running, "frt_s": frt, "tta_s": _seconds(opened_at, taken), "team_frt_s": _seconds(opened_at, answered_at), "lines": 0, "seal": "",
             "frt_business_s": frt, "escalations": dice.randrange(3), "reopened": 0, "mentions": 1,
             "sentiment_after": dice.choice([None, None, "negative", "positive"]), "touched": False,
             "revision": 1, "gone_at": seen_at if fate > 0.895 and not dismissed else None}
        )  # fmt: skip
        self.rows[CaseRow][-1] |= self._liked(playbook, is_answered=answered_at is not None)
        self.rows[CasePostRow].append({"case": number, "post": number})
        self.rows[CallRow].append({"person": "aino", "case": number, "called_at": opened_at, "step": 0})

    def _liked(self, playbook: str, *, is_answered: bool) -> dict[str, Any]:
        """Say what it was like for the customer; better for some playbooks than for others."""
        if not is_answered:
            return {
                "ending": "unanswered",
                "posts_written": self._of_liking.choice((1, 1, 2)),
                "feeling_left": None,
            }
        ending = self._of_liking.choices(
            ENDINGS, (12, 9 if playbook == "complaint" else 3, 8, 4, 60, 5, 3, 1)
        )[0]
        felt = {"content": "positive", "discontent": "negative", "neutral": "neutral"}.get(ending)
        written = self._of_liking.choices((1, 2, 3, 4, 7), (60, 25, 9, 4, 2))[0]
        return {"ending": ending, "posts_written": written, "feeling_left": felt}


def _seconds(begin: datetime, end: datetime | None) -> int | None:
    return None if end is None else max(0, int((end - begin).total_seconds()))
