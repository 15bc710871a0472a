"""From a filed mention to its ruling: claimed once, ruled once, whatever runs beside it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from casebook.mention import Verdict
from casebook.store import Ruling, Surroundings, ToJudge
from tests.casebook.cast import ANGRY, DAY, HOUR, MINUTE, NOW, RECALL, Book, at_once, mention, raised, reply
from vaste.ruling import rule


def surroundings_of(book: Book, post_id: str) -> Surroundings:
    """Rule upon one waiting mention and give what stood around it."""
    seen: list[Surroundings] = []

    def look(around: Surroundings) -> Ruling:
        seen.append(around)
        return rule(around, ANGRY, book.desk, now=book.now)

    (waiting,) = [each for each in book.unjudged(limit=200) if each.post_id == post_id]
    book.store.rule(waiting, ANGRY, look, configuration="shop", now=book.now)
    return seen[0]


# claims


def test_the_oldest_mentions_are_judged_first_and_no_more_than_asked_for(book: Book) -> None:
    book.file(*(mention(str(number), at=NOW - number * MINUTE) for number in range(10)))
    assert [waiting.post_id for waiting in book.unjudged(limit=3)] == ["9", "8", "7"]
    assert [waiting.post_id for waiting in book.unjudged(limit=2)] == ["6", "5"]


def test_named_mentions_alone_are_taken_in_the_order_they_are_named_in(book: Book) -> None:
    book.file(*(mention(str(number), at=NOW + number * MINUTE) for number in range(5)))
    posts = {waiting.posted_at: waiting.post for waiting in book.store.waiting(now=NOW)}
    asked = [posts[NOW + number * MINUTE] for number in (3, 0, 4)]

    def claim(limit: int) -> list[str]:
        claimed = book.store.claim_unjudged(now=NOW, lease=MINUTE, limit=limit, posts=asked)
        return [each.post_id for each in claimed]

    assert (claim(2), claim(9), claim(9)) == (["3", "0"], ["4"], [])
    assert [each.post_id for each in book.unjudged()] == ["1", "2"]


def test_what_waits_is_seen_without_being_taken(book: Book) -> None:
    book.file(
        reply("ours"),
        mention("1", by="caro"),
        mention("2", by="otto", text="Hei @AinoKahvi, missä se on?", at=NOW + MINUTE),
        mention("3", by="liisa", in_reply_to="ours", at=NOW + 2 * MINUTE),
        mention("4", by="maija", quotes="ours", at=NOW + 3 * MINUTE),
        mention(
            "5", by="pekka", in_reply_to="1", text="@caro sama täällä, 100 %_ samaa", at=NOW + 4 * MINUTE
        ),
    )
    seen = sorted(book.store.waiting(now=NOW, handles=["ainokahvi", "%_"]), key=lambda each: each.posted_at)
    assert [each.addressed for each in seen] == [False, True, True, True, False]
    assert [each.followers for each in seen] == [None] * 5
    assert len({each.thread for each in seen}) == 5
    assert {(each.seen_at, each.backfilled) for each in seen} == {(NOW, False)}
    assert len(book.unjudged(limit=2)) == 2
    assert len(book.store.waiting(now=NOW)) == 3
    assert len(book.store.waiting(now=NOW + MINUTE)) == 5


def test_a_claimed_mention_is_nobody_elses_until_its_lease_ends(book: Book) -> None:
    book.file(mention("1"))
    (first,) = book.unjudged()
    book.advance(MINUTE - timedelta(microseconds=1))
    assert book.unjudged() == []
    book.advance(timedelta(microseconds=1))
    (second,) = book.unjudged()
    assert second.fence == first.fence + 1


def test_eight_threads_claim_every_mention_once(book: Book) -> None:
    book.file(*(mention(str(number)) for number in range(120)))

    def claim_all() -> list[ToJudge]:
        claimed = []
        while some := book.unjudged(limit=7):
            assert len(some) <= 7
            claimed += some
        return claimed

    outcomes = at_once(*[claim_all] * 8)
    assert raised(outcomes) == []
    claimed = [waiting.post for some in outcomes if isinstance(some, list) for waiting in some]
    assert len(claimed) == len(set(claimed)) == 120


def test_a_mention_put_off_comes_back_when_it_was_put_off_to(book: Book) -> None:
    book.file(mention("1"), mention("2"))
    first, second = book.unjudged()
    book.store.put_off(first, until=NOW + HOUR)
    book.rule(second)
    book.advance(HOUR - timedelta(microseconds=1))
    assert (book.unjudged(), book.store.waiting_mentions()) == ([], 1)
    book.advance(timedelta(microseconds=1))
    (again,) = book.unjudged()
    assert (again.post, again.attempts) == (first.post, 1)


def test_who_lost_a_mention_cannot_put_it_off(book: Book) -> None:
    book.file(mention("1"))
    (slow,) = book.unjudged()
    book.advance(2 * MINUTE)
    (quick,) = book.unjudged()
    book.store.put_off(slow, until=NOW + DAY)
    assert book.rule(quick) == 1


# rulings


def test_a_ruling_keeps_verdict_decision_case_and_what_is_owed_together(book: Book) -> None:
    book.open_case("1")
    ((playbook, grounds, configuration, model),) = book.rows(
        "SELECT playbook, grounds, configuration, model FROM verdict"
    )
    assert (playbook, configuration, model) == ("question", "shop", "named fake")
    assert grounds
    assert book.kinds(1) == ["opened", "joined"]
    assert book.store.deliveries() == {"due": 1}
    assert (book.unjudged(), book.store.waiting_mentions()) == ([], 0)


def test_a_ruling_that_fails_leaves_nothing_and_the_mention_waits(book: Book) -> None:
    book.file(mention("1"))
    (waiting,) = book.unjudged()

    def fail(_: Surroundings) -> Ruling:
        raise RuntimeError("a rule broke")

    with pytest.raises(RuntimeError):
        book.store.rule(waiting, ANGRY, fail, configuration="shop", now=NOW)
    assert book.rows("SELECT count(*) FROM verdict") == [(0,)]
    assert book.rule(waiting) == 1


def test_a_ruling_with_a_stale_fence_does_nothing(book: Book) -> None:
    book.file(mention("1"))
    (slow,) = book.unjudged()
    book.advance(2 * MINUTE)
    (quick,) = book.unjudged()
    assert book.rule(slow) is None
    assert book.rows("SELECT count(*) FROM cases") == [(0,)]
    assert book.rule(quick) == 1
    assert book.rule(quick) is None, "ruled upon already"
    assert book.kinds(1) == ["opened", "joined"]


def test_one_mention_ruled_upon_by_many_at_once_opens_one_case(book: Book) -> None:
    book.file(mention("1"))
    (waiting,) = book.unjudged()
    outcomes = at_once(*[lambda: book.rule(waiting)] * 6)
    assert raised(outcomes) == []
    assert sorted(outcomes, key=str) == [1, None, None, None, None, None]


@pytest.mark.parametrize("turn", range(5))
def test_posts_of_one_customer_ruled_upon_at_once_open_one_case(book: Book, turn: int) -> None:
    book.file(
        mention("1"), *(mention(f"1.{nth}", at=NOW + nth * MINUTE, in_reply_to="1") for nth in range(1, 5))
    )
    waiting = book.unjudged()
    outcomes = at_once(*(partial(book.rule, each) for each in waiting))
    assert outcomes == [1, 1, 1, 1, 1]
    assert [row["mentions"] for row in book.log()] == [5]
    assert book.kinds(1).count("opened") == 1


def test_a_reply_filed_while_its_case_opens_is_not_missed(book: Book) -> None:
    for number in range(8):
        book.file(mention(str(number), by=f"caro{number}"))
    waiting = book.unjudged()

    def answer_all() -> None:
        for number in range(8):
            book.file(reply(f"r{number}", str(number), at=NOW + MINUTE), source="timeline")

    def rule_all() -> None:
        for each in waiting:
            book.rule(each)

    assert raised(at_once(answer_all, rule_all)) == []
    book.match()
    assert [row["frt_s"] for row in book.log()] == [60] * 8


def test_a_late_root_filed_while_cases_open_leaves_one_case(book: Book) -> None:
    for turn in range(6):
        customer, net = f"caro{turn}", str(turn)
        book.file(
            mention(f"{net}p", by=customer, in_reply_to=f"{net}b"),
            mention(f"{net}q", by=customer, in_reply_to=f"{net}a", at=NOW + MINUTE),
        )
    waiting = book.unjudged()

    def file_roots() -> None:
        for turn in range(6):
            book.file(mention(f"{turn}b", by=f"caro{turn}", in_reply_to=f"{turn}a"), source="other")

    def rule_all() -> None:
        for each in waiting:
            book.rule(each)

    assert raised(at_once(file_roots, rule_all)) == []
    book.triage()
    book.match()
    assert [(row["author"], row["mentions"]) for row in book.log()] == [
        (f"caro{turn}", 3) for turn in range(6)
    ]


def test_a_case_pressed_while_a_follow_up_is_ruled_upon_keeps_both(book: Book) -> None:
    for turn in range(6):
        number = book.open_case(str(turn), by=f"caro{turn}")
        book.file(mention(f"{turn}b", by=f"caro{turn}", in_reply_to=str(turn), at=NOW + MINUTE))
        (follow_up,) = book.unjudged()
        acts: list[Callable[[], object]] = [
            partial(book.rule, follow_up),
            partial(book.press, number, "acknowledge"),
        ]
        assert at_once(*acts) == [number, "done"]
        assert (book.case(number).owner, len(book.case(number).posts)) == ("aino", 2)
        assert book.rows("SELECT status FROM cases WHERE number = :n", n=number) == [("acknowledged",)]


# surroundings


def test_surroundings_hold_the_customers_other_posts_the_answers_and_the_case(book: Book) -> None:
    book.desk = replace(book.desk, playbooks=(RECALL,))
    assert book.bring(mention("1", at=NOW - HOUR)) == [None]
    book.file(reply("2", "1", at=NOW - 30 * MINUTE), mention("3", in_reply_to="2"))
    around = surroundings_of(book, "3")
    assert [(post.at, post.sentiment) for post in around.posts] == [(NOW - HOUR, "negative")]
    assert [(answer.at, answer.account) for answer in around.answers] == [(NOW - 30 * MINUTE, "ainokahvi")]
    assert (around.case, around.bystander) == (None, False)


def test_an_automated_reply_and_one_of_a_customer_are_no_answers(book: Book) -> None:
    book.file(
        mention("1"),
        reply("2", "1", automated=True, at=NOW + MINUTE),
        mention("3", by="dana", in_reply_to="1", at=NOW + MINUTE),
    )
    assert surroundings_of(book, "1").answers == ()


def test_a_quote_by_us_is_an_answer(book: Book) -> None:
    book.file(mention("1"), reply("2", quotes="1", at=NOW + MINUTE))
    assert len(surroundings_of(book, "1").answers) == 1


BYSTANDERS = {
    "the customer who began it": (["caro"], False),
    "somebody else under it": (["caro", "dana"], True),
    "somebody else under our answer": (["caro", "us", "dana"], True),
    "the customer again under our answer": (["caro", "us", "caro"], False),
    "the customer under a bystander": (["caro", "dana", "caro"], False),
    "somebody under a post of ours": (["us", "dana"], False),
    "somebody else under that": (["us", "dana", "elle"], True),
    "deep under a post of ours": (["us", "dana", "us", "dana"], False),
}


@pytest.mark.parametrize(("authors", "expected"), BYSTANDERS.values(), ids=BYSTANDERS.keys())
def test_a_conversation_is_of_whoever_outside_began_it(
    book: Book,
    authors: list[str],
    expected: bool,  # noqa: FBT001 - a column of the table
) -> None:
    for depth, author in enumerate(authors):
        above = str(depth - 1) if depth else None
        at = NOW + depth * MINUTE
        said = (
            reply(str(depth), above, at=at)
            if author == "us"
            else mention(str(depth), by=author, in_reply_to=above, at=at)
        )
        book.file(said)
    assert surroundings_of(book, str(len(authors) - 1)).bystander is expected


def test_where_the_beginning_is_unknown_whoever_wrote_first_is_the_customer(book: Book) -> None:
    book.file(
        mention("3", in_reply_to="gone"),
        mention("4", by="dana", in_reply_to="gone", at=NOW + MINUTE),
    )
    assert surroundings_of(book, "4").bystander
    book.advance(2 * MINUTE)
    assert not surroundings_of(book, "3").bystander


def test_a_chain_of_replies_longer_than_we_walk_ends(book: Book) -> None:
    book.file(
        *(
            mention(str(n), by="caro", in_reply_to=str(n - 1) if n else None, at=NOW + n * MINUTE)
            for n in range(130)
        )
    )
    assert not surroundings_of(book, "129").bystander


def test_a_bystander_opens_no_case_on_a_playbook_that_names_nothing(book: Book) -> None:
    assert book.bring(mention("1"), mention("2", by="dana", in_reply_to="1", at=NOW + MINUTE)) == [1, None]
    assert book.rows("SELECT bystander FROM verdict ORDER BY post") == [(False,), (True,)]


def test_a_verdict_is_kept_as_it_was_given(book: Book) -> None:
    given = Verdict(
        0.2, 0.5, 0.3, 0.1, {"ä": 0.75, "b": 0.0}, ("ä",), "sv", abstained=True, model="m@1", cut=True
    )
    book.file(mention("1"))
    book.triage(given)
    assert book.store.find("1")[0].verdict == given
