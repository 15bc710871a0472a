"""A team teaches its classifier: twelve dismissals, a bad batch, and somebody who takes a word back.

Everything is real but the model: it reads the mood of a post from its first word. The last stories, of what
posts mean, are judged by the bundled model itself.
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from casebook.correction import Said, correct
from casebook.mention import Verdict
from classifier.language import Hint
from classifier.learning import Standing
from classifier.model import BUNDLED, Classifier
from classifier.understanding import Seen
from tests.vaste.shelf import Shelf, open_shelf
from vaste.lessons import ground_of, heads_of, learn_from, standing, take

CONFIG = """
brand: Aino Kahvi
sources:
  - {name: feed, kind: file, path: posts.jsonl, every: 1s}
topics:
  delivery: {examples: ["paketti myöhässä kuukauden", "paketti myöhässä viikon", "paketti myöhässä vuorokauden"]}
people:
  aino: {name: Aino Virtanen, slack: U0AINO}
  ben: {name: Ben Lindqvist, slack: U0BEN}
teams:
  care: {rota: {people: [aino, ben]}}
playbooks:
  - {name: late, match: {topics: [delivery]}, team: care}
  - {name: look, match: {attention: 0.6}, team: care, respond_within: 4h}
web: off
crisis: off  # twelve who chat alike would be one
"""
ATTENTION = {"juttelu": 0.65, "hätä": 0.95}
DELIVERY = {"paketti": 0.76, "rasia": 0.41}


class FirstWord(Classifier):
    """Judges a post by its first word."""

    has_vectors = False

    def judge(self, texts: Sequence[str], hints: Sequence[Hint] | None = None) -> list[Verdict]:
        return [self._of(text.split()[0]) for text in texts]

    def _of(self, word: str) -> Verdict:
        score = DELIVERY.get(word, 0.0)
        held = ("delivery",) if score >= 0.5 else ()
        attention = ATTENTION.get(word, 0.2)
        return Verdict(
            0.1, 0.8, 0.1, attention, {"delivery": score}, held, "fi", abstained=False, model=self.model_id
        )


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = open_shelf(tmp_path, config=CONFIG)
    shelf.jobs.classifier = FirstWord()
    yield shelf
    shelf.close()


def posted(shelf: Shelf, *texts: str) -> list[int]:
    """Let customers post, one each; gives the cases that opened."""
    before = {row["case"] for row in shelf.jobs.store.log(now=shelf.clock.now())}
    for text in texts:
        name = text.replace(" ", "-")
        shelf.post(id=name, author=name, text=text)
    shelf.turn(seconds=5)
    shelf.jobs.poll("feed")
    shelf.jobs.triage()
    return sorted({row["case"] for row in shelf.jobs.store.log(now=shelf.clock.now())} - before)


def learnt(shelf: Shelf) -> tuple[bool, tuple[str, ...]]:
    """Do what `vaste learn` does; gives whether something was taken, and the reasons."""
    learning = learn_from(shelf.jobs.store, shelf.config, shelf.jobs.classifier)
    if learning.lesson.taken:
        assert take(shelf.jobs.store, learning, now=shelf.clock.now())
    return learning.lesson.taken, learning.lesson.reasons


def holds(shelf: Shelf) -> Standing:
    return standing(shelf.jobs.store, ground_of(shelf.config, shelf.jobs.classifier.model_id))


def about_delivery(shelf: Shelf, name: str, *, is_about: bool = True) -> tuple[Said, ...]:
    """What Ben says of a post."""
    [kept] = shelf.jobs.store.find(name)
    topics = {"delivery": is_about}
    return correct(kept.mention.post, by="ben", at=shelf.clock.now(), cause="command", topics=topics)


def dismissed_all(shelf: Shelf) -> None:
    """Twelve people chat, twelve cases open, Aino dismisses them."""
    for case in posted(shelf, *(f"juttelu {number}" for number in range(12))):
        shelf.press(case, "dismiss")


def test_twelve_dismissals_teach_that_chatter_needs_nobody(shelf: Shelf) -> None:
    dismissed_all(shelf)
    assert len(shelf.jobs.store.corrections()) == 12
    assert len(posted(shelf, "juttelu ennen oppia")) == 1  # nothing is learnt behind anybody's back
    taken, reasons = learnt(shelf)
    assert taken
    assert reasons == (
        "attention: odds times 0.74, times 1.00 today; 0 of 4 kept posts would be wrong, 4 today",
    )
    assert posted(shelf, "juttelu opin jälkeen") == []  # at the very next tick
    assert len(posted(shelf, "hätä ei lue lakia")) == 1
    assert learnt(shelf) == (False, ())


def test_a_bad_batch_is_refused_and_what_was_learnt_before_stays(shelf: Shelf) -> None:
    dismissed_all(shelf)
    learnt(shelf)
    before = holds(shelf)
    posted(shelf, *(f"paketti {number}" for number in range(5)))
    for number in range(5):
        shelf.jobs.store.file_correction(*about_delivery(shelf, f"paketti-{number}", is_about=False))
    taken, reasons = learnt(shelf)
    assert not taken
    assert reasons == ("topic delivery: 3 of 4 kept posts would be wrong, 1 today; not taken",)
    assert holds(shelf) == before
    assert len(posted(shelf, "paketti yhä teillä")) == 1


def test_taking_back_returns_to_before_at_the_next_tick(shelf: Shelf) -> None:
    dismissed_all(shelf)
    learnt(shelf)
    shelf.jobs.store.undo_correction(5, by="ben", at=shelf.clock.now())
    assert holds(shelf) == Standing()
    assert len(posted(shelf, "juttelu taas")) == 1
    taken, _ = learnt(shelf)  # of the eleven that stand
    assert taken
    assert sorted(holds(shelf).corrections["attention"]) == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12]


def test_a_later_lesson_falls_and_the_one_before_it_holds_again_bit_for_bit(shelf: Shelf) -> None:
    dismissed_all(shelf)
    learnt(shelf)
    first = holds(shelf)
    posted(shelf, *(f"rasia {number}" for number in range(9)))
    for number in range(9):
        shelf.jobs.store.file_correction(*about_delivery(shelf, f"rasia-{number}"))
    taken, _ = learnt(shelf)
    assert taken
    assert holds(shelf).thresholds.topics == {"delivery": 0.4}
    shelf.jobs.store.undo_correction(13, by="ben", at=shelf.clock.now())
    assert holds(shelf) == first


def test_an_erased_post_takes_what_it_taught_with_it(shelf: Shelf) -> None:
    dismissed_all(shelf)
    learnt(shelf)
    with shelf.jobs.store.writing() as session:
        session.execute(sql("UPDATE post SET text = '' WHERE id = 3"))
    assert holds(shelf) == Standing()


def test_reopening_a_dismissed_case_takes_its_lesson_back(shelf: Shelf) -> None:
    dismissed_all(shelf)
    learnt(shelf)
    shelf.press(1, "reopen", user="U0BEN")
    assert holds(shelf) == Standing()


def test_what_the_team_answers_keeps_it_from_dismissing_too_much(shelf: Shelf) -> None:
    for case in posted(shelf, *(f"juttelu tärkeä {number}" for number in range(30))):
        shelf.press(case, "replied")
    dismissed_all(shelf)
    taken, reasons = learnt(shelf)
    assert not taken
    assert "to learn from stay wrong, and no shift mends that; as today" in reasons[0]


def test_another_model_or_topic_starts_with_nothing_learnt(shelf: Shelf) -> None:
    dismissed_all(shelf)
    learnt(shelf)
    assert standing(shelf.jobs.store, ground_of(shelf.config, "another@2")) == Standing()


# --- what posts mean ----------------------------------------------------------------------------------

MEANT = """
brand: Aino Kahvi
sources:
  - {name: feed, kind: file, path: posts.jsonl, every: 1s}
people:
  aino: {name: Aino Virtanen, slack: U0AINO}
teams:
  care: {rota: {people: [aino]}}
playbooks:
  - {name: late, match: {topics: [delivery]}, team: care}
web: off
"""
LOCKER = (
    "Automaatin koodi ei käynyt, luukku pysyi kiinni",
    "Luukku 14 ei auennut vaikka näppäilin koodin",
    "Koodi ei kelpaa automaattiin ja luukku on kiinni",
    "Näppäilin koodin kolmesti, luukku ei aukea",
)
"""Deliveries, to this team; the model takes them for troubles with a machine. The third is kept apart."""
LIKE = "Miksi automaatin luukku jää kiinni, koodi on oikein?"
UNLIKE = "Ihana kahvi, kiitos teille"

of_meanings = pytest.mark.skipif(
    json.loads((BUNDLED / "labels.json").read_bytes())["kind"] != "care-onnx-1",
    reason="the bundled model is of the old kind, which has no vectors",
)


@pytest.fixture
def meant(tmp_path: Path) -> Iterator[Shelf]:
    shelf = open_shelf(tmp_path, config=MEANT)
    yield shelf
    shelf.close()


def told_of_lockers(shelf: Shelf, texts: Sequence[str] = LOCKER) -> None:
    """Posts about lockers open no case; Ben says that they are about deliveries."""
    assert posted(shelf, *texts) == []
    for text in texts:
        shelf.jobs.store.file_correction(*about_delivery(shelf, text.replace(" ", "-")))


def heads(shelf: Shelf) -> set[str]:
    """Topics whose heads are fitted for what holds now."""
    ground = ground_of(shelf.config, shelf.jobs.classifier.model_id)
    return set(heads_of(shelf.jobs.store, ground, holds(shelf), shelf.jobs.classifier))


@of_meanings
def test_three_posts_teach_what_a_topic_means_and_their_like_is_found(meant: Shelf) -> None:
    told_of_lockers(meant)
    assert posted(meant, LIKE) == []
    taken, reasons = learnt(meant)
    assert taken
    assert reasons == (
        (
            "topic delivery: a head from 3 posts, holds from 0.50 on, from 0.50 today; "
            "0 of 1 kept posts would be wrong, 1 today"
        ),
    )
    assert len(posted(meant, f"Hei! {LIKE}")) == 1
    assert posted(meant, UNLIKE) == []
    assert learnt(meant) == (False, ())


@of_meanings
def test_taking_one_of_them_back_forgets_what_they_meant(meant: Shelf) -> None:
    told_of_lockers(meant)
    before = meant.jobs.as_taught(meant.jobs.classifier, [LIKE])
    learnt(meant)
    after = meant.jobs.as_taught(meant.jobs.classifier, [LIKE])
    assert before[0].topics["delivery"] < 0.5 <= after[0].topics["delivery"]
    assert heads(meant) == {"delivery"}
    meant.jobs.store.undo_correction(1, by="ben", at=meant.clock.now())
    assert heads(meant) == set()
    assert meant.jobs.as_taught(meant.jobs.classifier, [LIKE]) == before
    assert posted(meant, LIKE) == []


@of_meanings
def test_an_erased_post_takes_the_head_it_taught_with_it(meant: Shelf) -> None:
    told_of_lockers(meant)
    learnt(meant)
    with meant.jobs.store.writing() as session:
        session.execute(sql("UPDATE post SET text = '' WHERE id = 2"))
    assert heads(meant) == set()
    assert posted(meant, LIKE) == []


@of_meanings
def test_a_lesson_is_judged_by_what_the_model_says_itself_also_where_one_holds(meant: Shelf) -> None:
    told_of_lockers(meant)
    first = learn_from(meant.jobs.store, meant.config, meant.jobs.classifier).lesson
    learnt(meant)
    meant.jobs.as_taught(meant.jobs.classifier, [LIKE])  # its heads are fitted
    again = learn_from(meant.jobs.store, meant.config, meant.jobs.classifier).lesson
    assert (again.taken, again.thresholds, again.corrections) == (
        False,
        first.thresholds,
        first.corrections,
    )
    assert set(again.heads) == set(first.heads) == {"delivery"}


@of_meanings
def test_heads_are_fitted_once_a_lesson_by_however_many_threads(
    meant: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_of_lockers(meant)
    learnt(meant)
    classifier, looked = meant.jobs.classifier, list[str]()
    look = classifier.look

    def watched(texts: Sequence[str]) -> list[Seen]:
        looked.extend(texts)
        return look(texts)

    monkeypatch.setattr(classifier, "look", watched)
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: meant.jobs.as_taught(classifier, [LIKE]), range(8)))
    assert all(one == said[0] for one in said)
    assert sorted(looked) == sorted(LOCKER)


@of_meanings
def test_posts_that_may_not_move_a_weight_teach_no_head(tmp_path: Path) -> None:
    shelf = open_shelf(tmp_path, config=MEANT.replace("every: 1s", "every: 1s, learn: thresholds"))
    told_of_lockers(shelf)
    learning = learn_from(shelf.jobs.store, shelf.config, shelf.jobs.classifier)
    assert learning.lesson.heads == {}
    shelf.close()


def test_a_classifier_without_vectors_learns_by_thresholds_alone(shelf: Shelf) -> None:
    posted(shelf, *(f"rasia {number}" for number in range(9)))
    for number in range(9):
        shelf.jobs.store.file_correction(*about_delivery(shelf, f"rasia-{number}"))
    taken, _ = learnt(shelf)
    assert taken
    assert heads(shelf) == set()
    assert len(posted(shelf, "rasia opin jälkeen")) == 1
