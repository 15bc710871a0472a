"""The log as it stood at an instant: each row worked out from the events that had been recorded by then.

1. Which cases may have a row is asked of the tables; what a row says, and whether it is wanted, of the events alone,
   for a case may have had another team, playbook or first post then.
2. Whatever was erased since stays erased: links and words are those of today.
3. Rows are sorted by what they said then. Those of a long log are not held for it: their places are, and they are
   worked out again in their order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlmodel import Session, col

from casebook.adds_up import instants_of
from casebook.case import Case
from casebook.counted import TOLD
from casebook.event import Event, EventKind
from casebook.experience import ending, feeling_left, posts_written
from casebook.fold import fold
from casebook.log import COLUMNS, Wanted
from casebook.measures import Seen, seen_of
from casebook.store.crises import CRISIS
from casebook.store.log_rows import Values, says, who
from casebook.store.measured import AT_ONCE, Measuring, histories, seen_posts
from casebook.store.triage import most_probable
from casebook.tables import (
    AuthorRow,
    CasePostRow,
    CaseRow,
    CrisisChildRow,
    PostRow,
    ShownRow,
    VerdictRow,
)
from casebook.timing import breaches, business_figures, deadlines, figures

MOST_HELD = 50_000
"""Rows that are held while the log is sorted."""
_RANKS = ("critical", "high", "normal", "low")
_OF_NOBODY = (
    "source",
    "url",
    "author",
    "language",
    "sentiment",
    "attention",
    "topics",
    "ending",
    "posts_written",
    "feeling_left",
)
"""What a crisis is not of: it has many sources, authors and feelings."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Around:
    """What the tables say of some cases besides their events."""

    authors: Mapping[int, str]
    """By case."""
    crises: Mapping[int, int]
    """Of those that are one: how many mentions it had."""
    posts: Mapping[int, Any]
    sources: Mapping[int, str]
    """By post."""
    verdicts: Mapping[int, Any]
    seen: Mapping[int, Seen]


class AsOf(Measuring):
    """The part of the store that gives the log as it stood."""

    def log_values_as_of(self, wanted: Wanted, *, as_of: datetime) -> Iterator[Values]:
        """Give the log's rows as they stood at an instant, as tuples in the order of `COLUMNS`."""
        yield from self._values_as_of(wanted, COLUMNS, as_of=as_of)

    def case_values_as_of(self, wanted: Wanted, *, as_of: datetime) -> Iterator[Values]:
        """Give the cases of a report as they stood at an instant, as tuples in the order of `TOLD`."""
        yield from self._values_as_of(wanted, TOLD, as_of=as_of)

    def _values_as_of(self, wanted: Wanted, names: Sequence[str], *, as_of: datetime) -> Iterator[Values]:
        held: dict[int, Row] = {}
        places: list[tuple[Any, int]] = []
        for row in self._rows_as_of(self._numbers_as_of(wanted, as_of), as_of):
            if _is_wanted(row, wanted):
                places.append((_place(row, wanted.sort), row["case"]))
                if len(held) < MOST_HELD:
                    held[row["case"]] = row
        numbers = _ordered(places, wanted)
        for start in range(0, len(numbers), AT_ONCE):
            chunk = numbers[start : start + AT_ONCE]
            anew = [number for number in chunk if number not in held]
            found = held | {row["case"]: row for row in self._rows_as_of(sorted(anew), as_of)}
            yield from (tuple(found[number][name] for name in names) for number in chunk)

    def log_as_of(self, wanted: Wanted | None = None, *, as_of: datetime) -> Iterator[Row]:
        """Give the same rows as `log` does, as they stood at an instant."""
        for values in self.log_values_as_of(wanted or Wanted(), as_of=as_of):
            yield dict(zip(COLUMNS, values, strict=True))

    def _numbers_as_of(self, wanted: Wanted, as_of: datetime) -> list[int]:
        """Give the cases that may have a row: those with a post in the period, and all crises."""
        asked: list[ColumnElement[bool]] = [col(CaseRow.opened_at) <= as_of]
        if wanted.since is not None or wanted.until is not None:
            asked.append(or_(_has_post_in(wanted), col(CaseRow.network) == CRISIS))
        if wanted.text:
            asked.append(says(wanted.text, is_sqlite=self.engine.dialect.name == "sqlite"))
        with self.reading() as session:
            numbers = select(col(CaseRow.number)).where(*asked).order_by(col(CaseRow.number))
            return [int(number or 0) for number in session.execute(numbers).scalars()]

    def _rows_as_of(self, numbers: Sequence[int], as_of: datetime) -> Iterator[Row]:
        for start in range(0, len(numbers), AT_ONCE):
            chunk = numbers[start : start + AT_ONCE]
            with self.reading() as session:
                told = dict(histories(session, chunk, as_of=as_of))
                cases = {number: fold(number, events) for number, events in told.items()}
                cases = {number: case for number, case in cases.items() if case.merged_into is None}
                around = _around(session, cases, as_of)
            for number, case in cases.items():
                yield _row(case, told[number], around, as_of=as_of)


def _has_post_in(wanted: Wanted) -> ColumnElement[bool]:
    posted = and_(col(CasePostRow.case) == col(CaseRow.number), col(CasePostRow.post) == col(PostRow.id))
    within = exists(select(1).select_from(CasePostRow).join(PostRow, posted))
    if wanted.since is not None:
        within = within.where(col(PostRow.posted_at) >= wanted.since)
    if wanted.until is not None:
        within = within.where(col(PostRow.posted_at) < wanted.until)
    return within.correlate(CaseRow)


def _around(session: Session, cases: Mapping[int, Case], as_of: datetime) -> _Around:
    numbers = list(cases)
    firsts = {case.first_post.post for case in cases.values()}
    openings = {case.opening_post for case in cases.values()}
    authors = select(col(CaseRow.number), col(AuthorRow.handle), col(CaseRow.network)).join(
        AuthorRow, col(AuthorRow.id) == col(CaseRow.author_id)
    )
    named = session.execute(authors.where(col(CaseRow.number).in_(numbers))).all()
    posts = select(col(PostRow.id), col(PostRow.url), col(PostRow.language), col(PostRow.language_hint))
    shown = select(col(ShownRow.post), func.min(col(ShownRow.source))).group_by(col(ShownRow.post))
    verdicts = select(
        col(VerdictRow.post),
        col(VerdictRow.language),
        col(VerdictRow.abstained),
        col(VerdictRow.negative),
        col(VerdictRow.neutral),
        col(VerdictRow.positive),
        col(VerdictRow.attention),
        col(VerdictRow.topics_held),
    )
    crises = [int(number or 0) for number, _, network in named if network == CRISIS]
    return _Around(
        authors={int(number or 0): handle for number, handle, _ in named},
        crises=_mentions_of(session, crises, as_of),
        posts={row.id: row for row in session.execute(posts.where(col(PostRow.id).in_(firsts)))},
        sources={
            int(post): source for post, source in session.execute(shown.where(col(ShownRow.post).in_(firsts)))
        },
        verdicts={
            row.post: row for row in session.execute(verdicts.where(col(VerdictRow.post).in_(openings)))
        },
        seen=seen_posts(session, list(firsts)),
    )


def _mentions_of(session: Session, crises: Sequence[int], as_of: datetime) -> dict[int, int]:
    joined = select(col(CrisisChildRow.crisis), func.count()).where(
        col(CrisisChildRow.crisis).in_(crises), col(CrisisChildRow.joined_at) <= as_of
    )
    counted = session.execute(joined.group_by(col(CrisisChildRow.crisis)))
    return dict.fromkeys(crises, 0) | {int(number): int(count) for number, count in counted}


def _row(case: Case, events: Sequence[Event], around: _Around, *, as_of: datetime) -> Row:
    first = case.first_post.post
    post, seen = around.posts[first], seen_of(events, first) or around.seen[first]
    due, response = deadlines(case), case.response
    instants = instants_of(case, seen)
    row: Row = {
        "case": case.number,
        "crisis": case.crisis,
        "status": case.status.value,
        "severity": case.policy.severity,
        "team": case.policy.team,
        "playbook": case.policy.playbook,
        "source": around.sources.get(first, ""),
        "url": post.url,
        "author": around.authors[case.number],
        **_judged(case, events, around.verdicts.get(case.opening_post), post),
        **instants,
        "acknowledged_by": who(case.acknowledged_by),
        "responded_by": who(response.by if response else None),
        "response_found": response.found if response else None,
        **figures(instants, clock_offset=seen.ahead),
        **business_figures(case),
        "acknowledge_by": due.get("acknowledge"),
        "respond_by": due.get("respond"),
        "breaches": list(breaches(case, now=as_of)),
        "escalations": case.escalations,
        "reopened": case.reopened,
        "mentions": around.crises.get(case.number, len(case.posts)),
        "sentiment_after": case.sentiment_after,
        "ending": ending(case),
        "posts_written": posts_written(case),
        "feeling_left": feeling_left(case),
        "gone_at": case.gone_at,
    }
    if case.number in around.crises:
        row |= {**dict.fromkeys(_OF_NOBODY), "topics": []}
    return row


def _judged(case: Case, events: Sequence[Event], verdict: Any, post: Any) -> Row:
    """Give what the classifier said of the post that opened the case, as of then where the events tell it."""
    told: Mapping[str, Any] | None = None
    for event in events:
        if event.kind is EventKind.JOINED and event.post == case.opening_post and "attention" in event.facts:
            told = event.facts
    if told is not None:
        return {
            "language": told["language"],
            "sentiment": told["sentiment"],
            "attention": told["attention"],
            "topics": list(told["topics"]),
        }
    if verdict is None:
        return {
            "language": post.language or post.language_hint,
            "sentiment": None,
            "attention": None,
            "topics": [],
        }
    return {
        "language": verdict.language,
        "sentiment": None
        if verdict.abstained
        else most_probable(verdict.negative, verdict.neutral, verdict.positive),
        "attention": verdict.attention,
        "topics": list(verdict.topics_held),
    }


def _is_wanted(row: Row, wanted: Wanted) -> bool:
    if wanted.since is not None and row["posted_at"] < wanted.since:
        return False
    if wanted.until is not None and row["posted_at"] >= wanted.until:
        return False
    asked = (
        ("team", wanted.teams),
        ("acknowledged_by", tuple(name.removeprefix("slack:") for name in wanted.people)),
        ("playbook", wanted.playbooks),
        ("severity", wanted.severities),
        ("source", wanted.sources),
        ("language", wanted.languages),
        ("status", wanted.statuses),
    )
    if any(words and row[name] not in words for name, words in asked):
        return False
    lists = (("breaches", wanted.breached), ("topics", wanted.topics))
    return all(not words or set(words) & set(row[name]) for name, words in lists)


def _place(row: Row, sort: str) -> Any:
    value = row[sort]
    return _RANKS.index(value) if sort == "severity" else value


def _ordered(places: Sequence[tuple[Any, int]], wanted: Wanted) -> list[int]:
    """Give the cases in the wanted order: what is absent last, and of equals the lowest number first."""
    known = sorted((place for place in places if place[0] is not None), key=lambda place: place[1])
    # oldest and newest first are each other's reverse, numbers included, as the log itself has it
    if wanted.sort == "posted_at":
        known.sort(reverse=wanted.descending)
    else:
        known.sort(key=lambda place: place[0], reverse=wanted.descending)
    absent = sorted(number for value, number in places if value is None)
    numbers = [*(number for _, number in known), *absent]
    if wanted.beyond in numbers:
        numbers = numbers[numbers.index(wanted.beyond) + 1 :]
    return numbers[: wanted.limit]
