"""What digests ask of the record, on both databases."""

from dataclasses import replace

from casebook.record import TopicPost, WaitingCase
from tests.casebook.cast import ANGRY, DAY, HOUR, MINUTE, NOW, Book, mention


def test_the_first_start_of_the_oldest_source_is_the_beginning(book: Book) -> None:
    assert book.store.began_at() is None
    book.store.source("feed", kind="file", network="n", now=NOW)
    book.store.source("later", kind="file", network="n", now=NOW + HOUR)
    assert book.store.began_at() == NOW


def test_a_night_counts_what_opened_in_it_and_lists_all_that_wait(book: Book) -> None:
    before = book.open_case("1", by="anna")
    book.advance(HOUR)
    answered, taken = book.open_case("2", by="bea"), book.open_case("3", by="carl")
    book.press(answered, "replied")
    book.press(taken, "acknowledge")
    book.advance(HOUR)
    dismissed = book.open_case("4", by="dora")
    book.press(dismissed, "dismiss")
    after = book.open_case("5", by="eve", at=book.now)
    night = book.store.night("care", since=NOW + HOUR, until=NOW + 2 * HOUR)
    assert (night.opened, night.answered) == (2, 1)
    case = book.case(before)
    assert night.waiting[0] == WaitingCase(
        before, case.policy.playbook, case.policy.severity, NOW + (case.policy.respond_within or HOUR), None
    )
    assert [(one.number, one.owner) for one in night.waiting] == [
        (before, None),
        (taken, "aino"),
        (after, None),
    ]
    elsewhere = book.store.night("nobody", since=NOW, until=NOW + DAY)
    assert (elsewhere.opened, elsewhere.waiting) == (0, ())


def test_posts_are_found_by_the_topics_that_hold_in_the_period(book: Book) -> None:
    said = {
        "1": ({"dream": 0.9, "need": 0.2}, ("dream",), NOW),
        "2": ({"dream": 0.6, "need": 0.7}, ("dream", "need"), NOW + HOUR - MINUTE),
        "3": ({"dream": 0.9}, ("dream",), NOW + HOUR),  # the first instant after the period
        "4": ({"dream": 0.9}, ("dream",), NOW - MINUTE),
        "5": ({"dream": 0.1}, (), NOW),
        "6": ({"safety": 0.9}, ("safety",), NOW),
    }
    book.first_start = NOW - DAY
    book.advance(2 * HOUR)
    book.file(*(mention(name, by=f"by{name}", at=posted) for name, (_, _, posted) in said.items()))
    for waiting in book.unjudged():
        topics, held, _ = said[waiting.post_id]
        book.rule(waiting, replace(ANGRY, topics=topics, topics_held=held))
    numbers = dict(book.rows("SELECT post_id, id FROM post"))
    authors = dict(book.rows("SELECT post_id, author_id FROM post"))
    found = book.store.topic_posts(("dream", "need"), since=NOW, until=NOW + HOUR)
    assert sorted(found, key=lambda one: (one.post, one.topic)) == sorted(
        (
            TopicPost(numbers[name], authors[name], topic, score, has_words=True)
            for name, topic, score in (("1", "dream", 0.9), ("2", "dream", 0.6), ("2", "need", 0.7))
        ),
        key=lambda one: (one.post, one.topic),
    )


def test_a_post_without_words_says_so(book: Book) -> None:
    book.file(mention("1"))
    for waiting in book.unjudged():
        book.rule(waiting, replace(ANGRY, topics={"dream": 0.9}, topics_held=("dream",)))
    book.advance(DAY)
    book.store.expire_texts("feed", now=book.now, keep=HOUR)
    (found,) = book.store.topic_posts(("dream",), since=NOW, until=NOW + HOUR)
    assert not found.has_words


def test_what_was_posted_in_a_period_and_seen_after_it_was_found_late(book: Book) -> None:
    book.file(mention("in time", by="a", at=NOW - MINUTE))
    book.advance(HOUR)
    late = [
        mention("late", by="b", at=NOW),
        mention("too", by="c", at=NOW + HOUR - MINUTE),
        mention("after", by="d", at=NOW + HOUR),
    ]
    book.file(*late)
    assert book.store.found_late("feed", since=NOW - 2 * MINUTE, until=NOW + HOUR) == 2
    assert book.store.found_late("other", since=NOW - 2 * MINUTE, until=NOW + HOUR) == 0
