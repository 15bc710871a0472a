"""A crisis on record: opened once, its children folded, told, acknowledged and released with it."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from casebook.act import Act
from casebook.case import Status
from casebook.event import Event, EventKind, TimeSource
from casebook.mention import Verdict
from casebook.record import Change
from tests.casebook.cast import ANGRY, DESK, HOUR, MINUTE, NOW, Book, at_once, mention, raised, reply
from tests.crowd import about, crisis_rule
from vaste.chain import carry_out
from vaste.ruling import rule
from vaste.tending import release, take_with, tend

RULE = crisis_rule(4)
SECOND = timedelta(seconds=1)
CRISIS = 5
"""The fourth post opens case 4, and the crisis after it."""


def in_crises(book: Book) -> Book:
    book.desk = replace(DESK, crisis=RULE)
    return book


def say(
    book: Book,
    number: int,
    *,
    thing: int = 1,
    at: datetime | None = None,
    verdict: Verdict = ANGRY,
    **more: Any,
) -> int | None:
    """Somebody of their own posts about a thing; gives the case."""
    text = more.pop("text", "Missä paketti?")
    book.file(mention(f"p{number}", by=f"joku{number}", at=at or book.now, text=text, **more))
    (waiting,) = book.unjudged()
    return book.rule(waiting, about(verdict, thing, number))


def storm(book: Book, count: int, *, first: int = 1, thing: int = 1) -> list[int | None]:
    """So many people, a second apart."""
    numbers = []
    for number in range(first, first + count):
        numbers.append(say(book, number, thing=thing))
        book.advance(SECOND)
    return numbers


def look_after(book: Book, number: int = CRISIS) -> None:
    """What the tend job does, to its end."""
    assert book.desk.crisis is not None
    due = partial(tend, rule=book.desk.crisis, desk=book.desk, now=book.now)
    crisis = book.store.tend_crisis(number, due, now=book.now, refresh=10 * SECOND)
    assert crisis is not None
    if crisis.owner and not crisis.must_take and not crisis.dismissed:
        for child in book.store.children(number, untaken=True, limit=1000):
            book.store.change(
                child, partial(take_with, crisis=crisis, desk=book.desk, now=book.now), now=book.now
            )
    if crisis.summed_up:
        for child in book.store.children(number, folded=True, limit=1000):
            book.store.change(
                child, partial(release, crisis=crisis, desk=book.desk, now=book.now), now=book.now
            )
            if crisis.dismissed:
                book.store.owe_cards_again(child, now=book.now)
        book.store.settle_crisis(number, now=book.now)


def row(book: Book, number: int) -> dict[str, Any]:
    return next(row for row in book.log() if row["case"] == number)


# ---- opening and joining


def test_the_fourth_post_opens_one_crisis_and_folds_the_four_cases(book: Book) -> None:
    in_crises(book)
    assert storm(book, 4) == [1, 2, 3, 4]
    crisis = book.case(CRISIS)
    assert (crisis.living, crisis.status, crisis.policy.playbook) == (True, Status.OPEN, "crisis")
    assert [book.case(number).crisis for number in (1, 2, 3, 4)] == [CRISIS] * 4
    assert [row["crisis"] for row in book.log() if row["case"] != CRISIS] == [CRISIS] * 4
    assert book.store.crises() == [CRISIS]


def test_the_row_of_a_crisis_is_nobodys_and_counts_its_children(book: Book) -> None:
    in_crises(book)
    storm(book, 6)
    found = row(book, CRISIS)
    empty = (
        "crisis",
        "source",
        "url",
        "author",
        "language",
        "sentiment",
        "responded_at",
        "frt_s",
        "respond_by",
    )
    assert {name: found[name] for name in empty} == dict.fromkeys(empty)
    assert (found["mentions"], found["topics"], found["posted_at"]) == (6, [], NOW)
    assert (found["team"], found["severity"], found["acknowledge_by"]) == (
        "care",
        "critical",
        NOW + 3 * SECOND + 5 * MINUTE,
    )


def test_what_nobody_has_got_yet_is_taken_back_and_what_is_sent_says_so(book: Book) -> None:
    in_crises(book)
    say(book, 1)
    [sent] = book.send_all()
    storm(book, 3, first=2)
    owed = [(claimed.case, claimed.kind, claimed.addressee) for claimed in book.send_all()]
    assert owed == [(CRISIS, "card", "team:care"), (CRISIS, "page", "person:aino"), (1, "card", "team:care")]
    assert sent.case == 1
    states = dict(book.rows("SELECT \"case\", state FROM delivery WHERE kind = 'card'"))
    assert states == {1: "sent", 2: "withdrawn", 3: "withdrawn", 4: "withdrawn", CRISIS: "sent"}


def test_later_posts_join_it_and_owe_nobody_a_message(book: Book) -> None:
    in_crises(book)
    storm(book, 4)
    book.send_all()
    assert say(book, 5) == 6
    assert book.case(6).crisis == CRISIS
    assert book.send_all() == []
    assert row(book, 6)["respond_by"] is not None


def test_other_matters_get_through_as_ever(book: Book) -> None:
    in_crises(book)
    storm(book, 4)
    book.send_all()
    number = say(book, 5, thing=2, text="Pullossa oli lasia")
    assert number is not None
    assert book.case(number).crisis is None
    assert {claimed.addressee for claimed in book.send_all()} == {"team:care", "person:aino"}


def test_a_post_without_a_case_counts_too(book: Book) -> None:
    in_crises(book)
    book.desk = replace(book.desk, playbooks=book.desk.playbooks[:2])  # nothing takes a plain complaint
    assert storm(book, 4) == [None] * 4
    (crisis,) = book.store.crises()
    assert row(book, crisis)["mentions"] == 4


def test_without_the_rule_nothing_is_kept_and_nothing_folds(book: Book) -> None:
    storm(book, 6)
    assert book.rows("SELECT count(*) FROM trace") == [(0,)]
    assert book.store.crises() == []


def test_a_post_from_before_the_first_start_makes_no_crisis(book: Book) -> None:
    in_crises(book)
    book.first_start = NOW
    book.file(
        *(mention(f"b{n}", by=f"joku{n}", at=NOW - HOUR + n * SECOND) for n in range(6)), backfill=2 * HOUR
    )
    for waiting in book.unjudged():
        book.rule(waiting, about(ANGRY, 1, waiting.post))
    assert book.store.crises() == []


def test_after_a_restart_the_record_alone_knows_the_storm(book: Book) -> None:
    in_crises(book)
    storm(book, 3)
    again = in_crises(Book.open(book.url, holder="two"))
    again.now = book.now
    assert storm(again, 1, first=4) == [4]
    assert again.store.crises() == [CRISIS]
    again.close()


def test_two_machines_at_once_open_one(book: Book) -> None:
    in_crises(book)
    storm(book, 2)
    other = in_crises(Book.open(book.url, holder="two"))
    other.now = book.now
    posts = [mention(f"x{n}", by=f"x{n}", at=book.now, network=f"net{n}") for n in range(6)]
    book.file(*posts)
    waiting = book.unjudged()
    books = (book, other)

    def judge(at: int) -> int | None:
        one = books[at % 2]
        return one.rule(waiting[at], about(ANGRY, 1, 50 + at))

    outcomes = at_once(*(partial(judge, at) for at in range(6)))
    other.close()
    assert raised(outcomes) == []
    (crisis,) = book.store.crises()
    assert row(book, crisis)["mentions"] == 8


# ---- its children


def test_taking_the_crisis_takes_its_children_and_those_that_come_later(book: Book) -> None:
    in_crises(book)
    storm(book, 5)
    book.advance(MINUTE)
    book.press(CRISIS, "acknowledge")
    taken_at = book.now
    book.advance(2 * SECOND)
    look_after(book)
    rows = [one for one in book.log() if one["crisis"] == CRISIS]
    assert {(one["status"], one["acknowledged_by"], one["acknowledged_at"]) for one in rows} == {
        ("acknowledged", "aino", taken_at)
    }
    late = say(book, 9)
    look_after(book)
    assert late is not None
    assert row(book, late)["acknowledged_at"] == book.now


def test_a_child_takes_no_step_and_its_clocks_run(book: Book) -> None:
    in_crises(book)
    storm(book, 4)
    book.send_all()
    book.advance(2 * HOUR)
    book.watch()
    assert "escalated" not in book.kinds(1)
    assert row(book, 1)["breaches"] == ["acknowledge", "respond"]
    assert "escalated" in book.kinds(CRISIS)
    assert {claimed.case for claimed in book.send_all()} <= {1, 2, 3, 4, CRISIS} - {1, 2, 3, 4}


def test_an_answer_to_a_child_is_its_own_and_not_the_crisis(book: Book) -> None:
    in_crises(book)
    storm(book, 4)
    book.advance(MINUTE)
    book.bring(reply("r1", "p1", at=book.now))
    assert row(book, 1)["frt_s"] == 64
    assert row(book, CRISIS)["responded_at"] is None
    view = book.store.view(CRISIS)
    assert view is not None
    assert view.crowd is not None
    assert (view.crowd.mentions, view.crowd.authors, view.crowd.deserving, view.crowd.answered) == (
        4,
        4,
        4,
        1,
    )
    assert view.crowd.median_frt_s == 64


def test_replied_on_the_crisis_answers_nobody(book: Book) -> None:
    in_crises(book)
    storm(book, 4)
    assert book.press(CRISIS, "replied") == "crisis"
    assert "replied" not in book.kinds(CRISIS)


def test_a_child_that_writes_again_calls_nobody_while_the_crisis_lives(book: Book) -> None:
    in_crises(book)
    storm(book, 4)
    book.send_all()
    book.bring(reply("r1", "p1", at=book.now))
    book.advance(MINUTE)
    book.file(mention("again", by="joku1", at=book.now, in_reply_to="p1"))
    (waiting,) = book.unjudged()
    book.rule(waiting, about(ANGRY, 1, 77))
    assert [claimed.case for claimed in book.send_all() if claimed.kind == "page"] == []
    assert row(book, 1)["mentions"] == 2


def test_an_announcement_answers_no_child_and_counts_those_it_covers(book: Book) -> None:
    in_crises(book)
    storm(book, 4)
    said = Event(
        EventKind.ANNOUNCED, book.now, TimeSource.OURS, "ben", facts={"url": "https://x.example/ainokahvi/1"}
    )
    book.store.change(CRISIS, lambda _: Change((said,)), now=book.now)
    book.advance(SECOND)
    say(book, 5)
    view = book.store.view(CRISIS)
    assert view is not None
    assert view.crowd is not None
    assert (view.crowd.deserving, view.crowd.answered, view.crowd.covered) == (5, 0, 4)
    assert {one["responded_at"] for one in book.log()} == {None}


# ---- its upkeep


def test_its_card_says_how_it_has_grown_every_ten_seconds_at_most(book: Book) -> None:
    in_crises(book)
    storm(book, 4)
    book.send_all()
    storm(book, 3, first=5)
    look_after(book)
    assert book.send_all() == []
    book.advance(10 * SECOND)
    look_after(book)
    [card] = book.send_all()
    assert (card.case, card.kind) == (CRISIS, "card")
    look_after(book)
    assert book.send_all() == []


def test_its_owner_is_asked_every_hour_where_it_stands(book: Book) -> None:
    in_crises(book)
    storm(book, 4)
    book.press(CRISIS, "acknowledge")
    look_after(book)
    book.send_all()
    for minutes in range(0, 60, 10):  # it goes on
        storm(book, 3, first=100 + minutes)
        book.advance(10 * MINUTE)
    look_after(book)
    book.advance(10 * SECOND)  # a reminder waits a little for what else may remind them
    pages = [claimed for claimed in book.send_all() if claimed.kind == "page"]
    assert [(page.addressee, page.content["why"]) for page in pages] == [("person:aino", "update_due")]
    look_after(book)
    assert book.kinds(CRISIS).count("update_asked") == 1


def test_it_stands_down_by_itself_leaves_a_summary_and_lets_its_children_go(book: Book) -> None:
    in_crises(book)
    storm(book, 6)
    book.press(CRISIS, "acknowledge")
    look_after(book)
    book.send_all()
    book.advance(31 * MINUTE)
    look_after(book)
    crisis = book.case(CRISIS)
    assert (crisis.status, crisis.summed_up) == (Status.CLOSED, True)
    summed = book.store.events(CRISIS)[-1]
    assert summed.kind is EventKind.SUMMED_UP
    assert {key: summed.facts[key] for key in ("mentions", "authors", "answered", "deserving", "tta_s")} == {
        "mentions": 6,
        "authors": 6,
        "answered": 0,
        "deserving": 6,
        "tta_s": 3,
    }
    assert [claimed.content.get("why") for claimed in book.send_all() if claimed.kind == "page"] == [
        "summed_up"
    ]
    assert [book.case(number).is_folded for number in (1, 2, 3, 4)] == [False] * 4
    assert {one["crisis"] for one in book.log()} == {CRISIS, None}
    assert book.store.unsettled_crises() == []


def test_a_false_alarm_gives_its_children_back_to_whoever_is_on_call(book: Book) -> None:
    in_crises(book)
    storm(book, 4)
    book.send_all()
    book.press(CRISIS, "dismiss")
    look_after(book)
    cards = {claimed.case for claimed in book.send_all() if claimed.kind == "card"}
    assert cards == {1, 2, 3, 4, CRISIS}
    assert book.case(1).chain_from == book.now


def test_what_posts_were_about_is_forgotten_but_not_while_the_crisis_lives(book: Book) -> None:
    in_crises(book)
    storm(book, 5)
    say(book, 9, thing=3, text="Kahvi maistui palaneelta")
    assert book.store.forget_traces(before=book.now + HOUR) == 0
    assert book.rows("SELECT count(*) FROM trace") == [(6,)]
    book.store.settle_crisis(CRISIS, now=book.now)
    assert book.store.forget_traces(before=book.now + HOUR) == 5
    assert book.rows("SELECT count(*) FROM trace") == [(1,)]  # it says what is usual


def test_an_erased_post_leaves_no_trace_and_the_card_of_the_crisis_is_owed_anew(book: Book) -> None:
    in_crises(book)
    storm(book, 4)
    book.send_all()
    held = book.store.held("feed", now=book.now + HOUR, within=HOUR * 24, rarely=MINUTE, often=MINUTE)
    first = [post for post in held if post.name == "p1"]
    book.store.looked_up("feed", first, gone={"p1"}, edited=(), now=book.now)
    assert book.rows("SELECT count(*) FROM trace") == [(3,)]
    assert CRISIS in {claimed.case for claimed in book.send_all() if claimed.kind == "card"}
    view = book.store.view(CRISIS)
    assert view is not None
    assert (view.text, view.missing) == ("", "deleted")
    assert row(book, CRISIS)["mentions"] == 4


def test_rulings_of_a_storm_are_the_rooms_own(book: Book) -> None:
    """The store alone folds nothing: what a ruling does not say does not happen."""
    in_crises(book)
    storm(book, 3)
    book.file(mention("p9", by="joku9", at=book.now))
    (waiting,) = book.unjudged()
    plain = replace(book.desk, crisis=None)
    done = book.store.rule(
        waiting,
        ANGRY,
        lambda around: rule(around, ANGRY, plain, now=book.now),
        configuration="shop",
        now=book.now,
        window=RULE.within,
    )
    assert done is not None
    assert book.store.crises() == []


def promise(book: Book, number: int) -> None:
    """Aino promises an answer within the hour."""
    act = Act(number, "promise", "aino", book.now, due_at=book.now + HOUR, what="answer")
    book.store.change(number, lambda case: carry_out(case, act, book.desk, now=book.now)[1], now=book.now)


def reminders(book: Book, number: int) -> list[str]:
    sql = "SELECT addressee FROM delivery WHERE \"case\" = :number AND kind = 'page' AND CAST(content AS TEXT) LIKE '%promise%'"
    return sorted(addressee for (addressee,) in book.rows(sql, number=number))


def test_what_was_promised_to_one_customer_is_reminded_of_though_the_crisis_lives(book: Book) -> None:
    storm(in_crises(book), 4)
    promise(book, 1)
    book.advance(HOUR)
    book.watch()
    assert "promise_due" in book.kinds(1)
    assert reminders(book, 1) == ["team:care"]


def test_what_was_promised_on_a_crisis_is_reminded_of_once_it_is_over_too(book: Book) -> None:
    storm(in_crises(book), 4)
    promise(book, CRISIS)
    book.advance(40 * MINUTE)
    look_after(book)
    assert book.case(CRISIS).summed_up
    book.advance(20 * MINUTE)
    book.watch()
    assert reminders(book, CRISIS) == ["person:aino"]
