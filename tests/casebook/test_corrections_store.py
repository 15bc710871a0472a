"""What people correct: filed once, taken back by a line of its own, gone with the post's words."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from casebook.correction import Correction, Learnt, Said, correct
from tests.casebook.cast import ANGRY, DAY, HOUR, MINUTE, NOW, Book, at_once, mention, raised, reply

LEARNT = Learnt("k1", "g1", {"topics": {"delivery": 0.6}}, (), {"attention": (1,)}, ("attention",), NOW)


def said(book: Book, **more: object) -> Said:
    """What Aino says of the first post, unless told otherwise."""
    one = Said(1, "attention", "no", "aino", book.now, "command")
    return replace(one, **more)  # type: ignore[arg-type]  # the test names its fields


def labels(corrections: list[Correction]) -> list[tuple[int, str, str, str, bool]]:
    return [(c.number, c.said.label, c.said.value, c.said.by, c.stands) for c in corrections]


# filing


def test_corrections_come_in_the_order_of_their_numbers_with_the_post_they_speak_of(book: Book) -> None:
    book.file(mention("1", text="Kiitos kahvista"), mention("2", text="Missä paketti?", language="fi"))
    book.store.file_correction(*correct(2, by="aino", at=NOW, cause="command", attention=True))
    numbers = book.store.file_correction(
        *correct(
            1, by="ben", at=NOW + MINUTE, cause="review", sentiment="positive", topics={"delivery": False}
        )
    )
    first, second, third = book.store.corrections()
    assert numbers == [second.number, third.number] == [2, 3]
    assert (first.post_id, first.text, first.language_hint) == ("2", "Missä paketti?", "fi")
    assert second.shown == (("feed", "file"),)
    assert second.said == Said(1, "sentiment", "positive", "ben", NOW + MINUTE, "review")
    assert third.said.label == "topic:delivery"


def test_a_button_pressed_twice_says_it_once(book: Book) -> None:
    book.file(mention("1"))
    assert [book.store.file_correction(said(book)) for _ in range(3)] == [[1], [1], [1]]
    assert len(book.store.corrections()) == 1


@pytest.mark.parametrize(
    "other", [{"by": "ben"}, {"cause": "review"}, {"value": "yes"}, {"label": "topic:delivery"}]
)
def test_another_person_cause_value_or_label_is_another_correction(
    book: Book, other: dict[str, object]
) -> None:
    book.file(mention("1"))
    assert book.store.file_correction(said(book), said(book, **other)) == [1, 2]


def test_who_changes_her_mind_twice_is_heard_three_times(book: Book) -> None:
    book.file(mention("1"))
    values = ["no", "yes", "no", "no"]
    numbers = [book.store.file_correction(said(book, value=value))[0] for value in values]
    assert numbers == [1, 2, 3, 3]


def test_the_same_press_on_eight_threads_is_one_correction(book: Book) -> None:
    book.file(mention("1"))
    outcomes = at_once(*[partial(book.store.file_correction, said(book))] * 8)
    assert raised(outcomes) == []
    assert [correction.number for correction in book.store.corrections()] == [1]


@pytest.mark.parametrize(
    ("label", "value", "cause"),
    [
        ("sentiment", "yes", "command"),
        ("attention", "negative", "command"),
        ("topic:", "yes", "command"),
        ("mood", "yes", "command"),
        ("attention", "yes", "guess"),
    ],
)
def test_what_has_no_meaning_is_said_by_nobody(label: str, value: str, cause: str) -> None:
    with pytest.raises(ValueError, match="nobody can say"):
        Said(1, label, value, "aino", NOW, cause)


# taking back


def test_taking_back_adds_a_line_and_changes_none(book: Book) -> None:
    book.file(mention("1"))
    book.store.file_correction(said(book))
    before = book.rows('SELECT * FROM "correction"')
    assert book.store.undo_correction(1, by="ben", at=NOW + HOUR)
    assert book.rows('SELECT * FROM "correction"') == before
    (undone,) = book.store.corrections()
    assert (undone.undone_by, undone.undone_at, undone.stands) == ("ben", NOW + HOUR, False)


def test_only_what_stands_is_taken_back_and_only_once(book: Book) -> None:
    book.file(mention("1"))
    book.store.file_correction(said(book))
    outcomes = at_once(*[partial(book.store.undo_correction, 1, by="ben", at=NOW)] * 4)
    assert sorted(map(bool, outcomes)) == [False, False, False, True]
    assert not book.store.undo_correction(99, by="ben", at=NOW)


def test_what_was_taken_back_may_be_said_again(book: Book) -> None:
    book.file(mention("1"))
    book.store.file_correction(said(book))
    book.store.undo_correction(1, by="aino", at=NOW)
    assert book.store.file_correction(said(book)) == [2]
    assert [correction.stands for correction in book.store.corrections()] == [False, True]


# dismissals


def test_a_dismissal_says_that_nobody_needed_to_look(book: Book) -> None:
    number = book.open_case("1")
    assert [book.press(number, "dismiss") for _ in range(2)] == ["done", "ended"]
    (correction,) = book.store.corrections()
    assert correction.said == Said(1, "attention", "no", "aino", NOW, "dismiss", case=number)


def test_two_dismissals_at_once_are_one_correction(book: Book) -> None:
    number = book.open_case("1")
    at_once(*(partial(book.press, number, "dismiss", actor) for actor in ("aino", "ben") * 2))
    assert len(book.store.corrections()) == 1


def test_a_dismissal_speaks_of_the_first_post_of_the_customer(book: Book) -> None:
    number = book.open_case("2", at=NOW)
    book.bring(mention("1", at=NOW - MINUTE, text="lasia", conversation=None), mention("0", by="maija"))
    first = book.case(number).first_post.post
    book.press(number, "dismiss")
    assert [correction.said.post for correction in book.store.corrections()] == [first]


def test_reopening_a_dismissed_case_takes_it_back_and_dismissing_again_says_it_anew(book: Book) -> None:
    number = book.open_case("1")
    book.press(number, "dismiss")
    book.advance(MINUTE)
    book.press(number, "reopen", "ben")
    (undone,) = book.store.corrections()
    assert (undone.undone_by, undone.undone_at) == ("ben", NOW + MINUTE)
    book.press(number, "dismiss", "ben")
    assert labels(book.store.corrections()) == [
        (1, "attention", "no", "aino", False),
        (2, "attention", "no", "ben", True),
    ]


@pytest.mark.parametrize("verb", ["acknowledge", "replied", "close"])
def test_other_presses_say_nothing_of_the_classifier(book: Book, verb: str) -> None:
    number = book.open_case("1")
    book.press(number, verb)
    book.press(number, "reopen")
    assert book.store.corrections() == []


def test_a_reopened_case_that_had_been_closed_takes_nothing_back(book: Book) -> None:
    number = book.open_case("1")
    book.store.file_correction(said(book))
    book.press(number, "close")
    book.press(number, "reopen")
    assert [correction.stands for correction in book.store.corrections()] == [True]


def test_a_customer_who_writes_again_does_not_take_a_dismissal_back(book: Book) -> None:
    number = book.open_case("1")
    book.press(number, "dismiss")
    book.advance(MINUTE)
    book.bring(mention("2", in_reply_to="1", at=book.now, text="lasia purkissa"))
    assert "reopened" in book.kinds(number)
    assert [correction.stands for correction in book.store.corrections()] == [True]


def test_a_dismissal_that_fails_leaves_neither_event_nor_correction(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = book.open_case("1")

    def die(*_: object) -> None:
        raise RuntimeError("the process dies here")

    monkeypatch.setattr(book.store, "_file_correction", die)
    with pytest.raises(RuntimeError):
        book.press(number, "dismiss")
    assert (book.kinds(number).count("dismissed"), book.store.corrections()) == (0, [])


# erasure


def test_a_correction_holds_no_words_and_falls_with_those_it_speaks_of(book: Book) -> None:
    book.file(mention("1", text="salainen huoli"))
    book.store.file_correction(said(book))
    assert "salainen" not in str(book.rows('SELECT * FROM "correction"'))
    assert "salainen" not in repr(book.store.corrections())
    book.run("UPDATE post SET text = ''")
    (correction,) = book.store.corrections()
    assert (correction.text, correction.stands) == ("", False)


# lessons


def test_the_newest_lesson_all_of_whose_corrections_stand_is_the_one_that_holds(book: Book) -> None:
    book.file(mention("1"), mention("2"))
    book.store.file_correction(said(book), said(book, post=2))
    assert book.store.lesson("g1") is None
    assert book.store.keep_lesson(LEARNT)
    assert book.store.keep_lesson(
        replace(LEARNT, key="k2", corrections={"attention": (1,), "topic:delivery": (2,)})
    )
    assert book.store.keep_lesson(replace(LEARNT, key="k3", ground="g2"))
    newest = book.store.lesson("g1")
    assert newest is not None
    assert newest.key == "k2"
    book.store.undo_correction(2, by="aino", at=NOW)
    assert book.store.lesson("g1") == LEARNT
    book.run("UPDATE post SET text = '' WHERE id = 1")
    assert book.store.lesson("g1") is None
    assert book.store.lesson("g2") is None


def test_a_lesson_kept_twice_is_kept_once(book: Book) -> None:
    assert at_once(*[partial(book.store.keep_lesson, replace(LEARNT, corrections={}))] * 4).count(True) == 1
    assert book.store.lesson("g1") == replace(LEARNT, corrections={})


# what to look at


def test_the_review_lane_holds_what_abstained_and_matched_nothing_the_oldest_first(book: Book) -> None:
    book.desk = replace(book.desk, playbooks=book.desk.playbooks[:1])  # only glass opens a case
    unsure = replace(ANGRY, abstained=True)
    book.file(mention("new", text="hm"), mention("old", at=NOW - HOUR, text="hmm"))
    book.triage(unsure)
    book.file(mention("taken", text="lasia"))
    book.triage(unsure)
    book.file(mention("sure", text="jaa"))
    book.triage()
    assert [one.post_id for one in book.store.review_lane()] == ["old", "new"]
    assert [one.post_id for one in book.store.review_lane(since=NOW - MINUTE)] == ["new"]
    assert [one.post_id for one in book.store.review_lane(since=NOW - HOUR)] == ["old", "new"]
    assert [one.post_id for one in book.store.review_lane(since=NOW - HOUR + timedelta(microseconds=1))] == [
        "new"
    ]


def test_a_corrected_mention_leaves_the_review_lane_until_that_is_taken_back(book: Book) -> None:
    book.desk = replace(book.desk, playbooks=book.desk.playbooks[:1])
    book.file(mention("1", text="hm"))
    book.triage(replace(ANGRY, abstained=True))
    book.store.file_correction(said(book))
    assert book.store.review_lane() == []
    book.store.undo_correction(1, by="aino", at=NOW)
    assert [one.post_id for one in book.store.review_lane()] == ["1"]


def test_answered_posts_are_those_of_cases_that_were_taken_and_answered(book: Book) -> None:
    answered = book.open_case("1")
    book.press(answered, "acknowledge")
    book.advance(MINUTE)
    book.bring(reply("r", "1", at=book.now))
    dismissed = book.open_case("2", by="maija")
    book.press(dismissed, "replied")
    book.press(dismissed, "dismiss")
    book.open_case("3", by="liisa")
    assert [one.post for one in book.store.answered_posts()] == [1]
    assert book.now < NOW + DAY
