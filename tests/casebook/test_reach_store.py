"""A post's reach in the record: read again, kept with the decision, and a reason to decide anew."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from casebook.mention import Blindness, Watch
from casebook.reach import Marks
from casebook.record import Circumstances, Growth, Latest, Ruling, Stretch, Surroundings
from playbooks.marks import marks_of
from playbooks.playbook import Match, Playbook, Reached, Severity
from tests.casebook.cast import ANGRY, DESK, HOUR, MINUTE, NOW, Book, batch, mention, reply
from tests.in_english import said

LOUD = Playbook("loud", Match(reach=Reached(1_000)), "care", Severity.HIGH, respond_within=HOUR)
QUIET = Playbook("quiet", Match(regex=("paketti",)), "care", respond_within=4 * HOUR)
SPREADING = Playbook("spreading", Match(reach=Reached(growing=500)), "care", Severity.CRITICAL)


def desk(*playbooks: Playbook) -> Any:
    return replace(DESK, playbooks=playbooks)


def show(book: Book, *posts: Any, marks: Marks | None = None) -> None:
    """File posts, as a look that heeds the marks of the desk's playbooks does."""
    state = book.claim()
    heeded = marks_of(book.desk.playbooks) if marks is None else marks
    book.store.file(state, batch(*posts), now=book.now, backfill=None, marks=heeded)
    book.store.finish_look(state, now=book.now, failures=0, retry_at=None)


def spread(book: Book, reach: int, *, after: timedelta = 10 * MINUTE, **more: Any) -> list[int | None]:
    """The post 1 is shown again with this reach; gives what was ruled because of it."""
    book.advance(after)
    show(book, mention("1", reach=reach, **more))
    return book.triage()


def test_the_reach_of_a_post_is_read_again_whenever_it_is_shown(book: Book) -> None:
    book.desk = desk()
    show(book, mention("1", reach=10))
    assert book.triage() == [None]
    for reach in (10, 40, 40, 90):
        assert spread(book, reach) == []
    ((reach, readings),) = book.rows("SELECT reach, reached FROM post")
    assert reach == 90
    assert 2 <= len(readings if isinstance(readings, list) else json.loads(readings)) <= 5


def test_a_network_that_tells_no_reach_takes_none_away(book: Book) -> None:
    show(book, mention("1", reach=10))
    show(book, mention("1"))
    assert book.rows("SELECT reach FROM post") == [(10,)]
    show(book, mention("2"))
    assert book.rows("SELECT reach FROM post WHERE post_id = '2'") == [(None,)]


def test_a_post_that_comes_to_a_mark_is_decided_upon_again_and_opens_its_case(book: Book) -> None:
    book.desk = desk(LOUD)
    show(book, mention("1", reach=999))
    assert book.triage() == [None]
    assert spread(book, 999) == []
    (number,) = spread(book, 1_000)
    assert number is not None
    case = book.case(number)
    assert (case.policy.playbook, case.posted_at) == ("loud", NOW)
    assert spread(book, 5_000) == []  # it is over it already


def test_the_decision_keeps_the_reach_that_it_saw(book: Book) -> None:
    book.desk = desk(LOUD)
    book.open_case("1", reach=1_200)
    spread(book, 9_000)
    (kept,) = book.store.find("1")
    assert kept.circumstances == Circumstances(reach=1_200, growth=1_200)
    assert said(kept.reason) == "playbook loud: 1,200 reached"


def test_a_case_is_raised_when_its_post_spreads_and_once_only(book: Book) -> None:
    book.desk = desk(SPREADING, QUIET)
    show(book, mention("1", reach=10))
    (number,) = book.triage()
    assert number is not None
    assert book.case(number).policy.playbook == "quiet"
    assert spread(book, 400) == []
    assert spread(book, 700) == [number]
    assert book.case(number).policy.playbook == "spreading"
    before = book.kinds(number)
    assert spread(book, 900) == []
    assert book.kinds(number) == before


def test_a_post_that_grew_without_becoming_graver_is_no_further_post(book: Book) -> None:
    book.desk = desk(LOUD, QUIET)
    number = book.open_case("1", reach=2_000)
    book.press(number, "dismiss")
    before = book.kinds(number)
    spread(book, 900)
    assert spread(book, 1_500) == [None]  # down and up again: ruled upon, and nothing comes of it
    assert book.kinds(number) == before
    assert book.case(number).status.value == "dismissed"


def test_an_answered_post_stays_answered_however_far_it_spreads(book: Book) -> None:
    book.desk = desk(LOUD, QUIET)
    number = book.open_case("1", reach=10)
    book.advance(MINUTE)
    book.file(reply("90", "1", at=book.now))
    book.match()
    spread(book, 2_000)
    assert book.case(number).status.value == "responded"
    assert book.case(number).policy.playbook == "quiet"


def test_an_edit_is_judged_as_a_further_post_though_it_grew_too(book: Book) -> None:
    book.desk = desk(LOUD, QUIET)
    number = book.open_case("1", reach=10)
    book.advance(MINUTE)
    show(book, mention("1", reach=20, text="Missä paketti? Siinä oli lasia!"))
    assert book.triage() == [number]
    assert book.kinds(number).count("joined") == 2


@pytest.mark.parametrize("table", ["gone_at", "expired_at"])
def test_what_was_erased_is_decided_upon_no_more(book: Book, table: str) -> None:
    book.desk = desk(LOUD)
    show(book, mention("1", reach=10))
    book.triage()
    book.run(f"UPDATE post SET text = '', {table} = posted_at")
    assert spread(book, 5_000) == []


def test_what_is_context_only_is_not_decided_upon_because_it_spreads(book: Book) -> None:
    book.desk = desk(LOUD)
    show(book, mention("1", reach=10, at=NOW - 48 * HOUR))
    assert spread(book, 5_000, at=NOW - 48 * HOUR) == []


def test_whoever_judges_it_while_it_grows_has_lost_it(book: Book) -> None:
    book.desk = desk(LOUD)
    show(book, mention("1", reach=10))
    book.triage()
    book.advance(MINUTE)
    show(book, mention("1", reach=1_000))
    (waiting,) = book.unjudged()
    book.advance(MINUTE)
    show(book, mention("1", reach=1_500))  # no mark between: it stays theirs
    assert book.rule(waiting) is not None


def test_a_look_up_reads_the_reach_of_posts_that_stand(book: Book) -> None:
    book.desk = desk(LOUD)
    show(book, mention("1", reach=10))
    book.triage()
    book.advance(HOUR)
    held = book.store.held("feed", now=book.now, within=HOUR * 48, rarely=MINUTE, often=MINUTE)
    seen = [mention("1", reach=3_000), mention("unknown", reach=5)]
    marks = marks_of(book.desk.playbooks)
    book.store.looked_up("feed", held, gone=(), edited=(), seen=seen, marks=marks, now=book.now)
    assert len(book.triage()) == 1
    assert book.case(1).policy.playbook == "loud"


# ---- whom it turns to, and whether anybody looked ----------------------------------------------------


def test_a_mention_tells_whom_it_turns_to_as_far_as_that_is_held(book: Book) -> None:
    book.file(reply("80", account="ainov", at=NOW - MINUTE), mention("81", by="dana"))
    book.file(mention("1", in_reply_to="80", quotes="81", author_id="7"), mention("2", in_reply_to="nowhere"))
    found = {kept.mention.post_id: kept.mention for one in ("1", "2") for kept in book.store.find(one)}
    assert (found["1"].turned_to, found["1"].author) == (("ainov", "dana"), "caro")
    assert found["2"].turned_to == ()
    told: dict[str, tuple[str, ...]] = {}

    def note(around: Surroundings) -> Ruling:
        told[around.mention.post_id] = around.mention.turned_to
        return Ruling(None, ())

    for waiting in book.unjudged():
        book.store.rule(waiting, ANGRY, note, configuration="shop", now=book.now)
    assert told == {"1": ("ainov", "dana"), "2": (), "81": ()}


WATCHED, DOWN = Watch.WATCHED, Blindness.NETWORK
LOOKS = [
    # (stretches from and to in minutes after NOW, the last one's outcome, due within) and the post seen at 10
    ([(-60, 10, WATCHED)], WATCHED, False, "watched all the while"),
    ([(-60, 2, WATCHED), (2, 5, DOWN), (5, 10, WATCHED)], WATCHED, True, "blind for three minutes"),
    ([(-60, -1, DOWN), (-1, 10, WATCHED)], WATCHED, False, "blind before it was posted"),
    ([(-60, 0, DOWN), (0, 10, WATCHED)], WATCHED, False, "blind until the instant of its posting"),
    ([(-60, 10, WATCHED), (10, 20, DOWN)], DOWN, False, "blind after it was seen"),
    ([(-60, 9, WATCHED)], WATCHED, False, "the look that brought it is not written down yet"),
    ([(-60, 1, WATCHED)], WATCHED, True, "nobody looked although a look was due"),
    ([(-60, 9, WATCHED)], DOWN, True, "the last look failed"),
    ([], WATCHED, False, "nothing is known of the time"),
]


@pytest.mark.parametrize(("stretches", "outcome", "blind", "why"), LOOKS)
def test_a_post_is_seen_late_where_nobody_could_look_for_some_of_the_time(
    book: Book, stretches: list[tuple[int, int, Any]], outcome: Any, *, blind: bool, why: str
) -> None:  # fmt: skip
    book.desk = desk(QUIET)
    keep(book, "feed", stretches, outcome)
    book.advance(10 * MINUTE)
    show(book, mention("1"))
    book.triage()
    (kept,) = book.store.find("1")
    assert kept.circumstances.blind is blind, why


def test_a_source_that_watched_all_the_while_is_enough(book: Book) -> None:
    book.desk = desk(QUIET)
    keep(book, "feed", [(-60, 2, WATCHED), (2, 9, DOWN), (9, 10, WATCHED)], WATCHED)
    keep(book, "other", [(-60, 10, WATCHED)], WATCHED)
    book.advance(10 * MINUTE)
    show(book, mention("1"))
    book.file(mention("1"), source="other")
    book.triage()
    (kept,) = book.store.find("1")
    assert kept.circumstances.blind is False


def keep(book: Book, source: str, stretches: list[tuple[int, int, Any]], outcome: Any) -> None:
    """Write a ledger of these stretches for one lane of a source."""
    if not stretches:
        return
    told = tuple(Stretch(NOW + a * MINUTE, NOW + b * MINUTE, sight) for a, b, sight in stretches)

    def grow(ends: Mapping[str, Latest]) -> dict[str, Growth]:
        assert not ends
        return {"all": Growth(told, outcome, due_within=2 * MINUTE)}

    state = book.claim(source)
    book.store.finish_look(state, now=book.now, failures=0, retry_at=None, grow=grow)
