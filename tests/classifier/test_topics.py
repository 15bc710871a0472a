import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.heads import LENGTH, Teachable, Vector
from classifier.topics import ALONE, Topic, TopicIndex, affirm, is_phrase, score_topics, topics_held

RECALL = Topic("recall", ("löysin lasinsirun pullosta", "sain tuotteesta allergisen reaktion"))
DELIVERY = Topic(
    "delivery",
    (
        "pakettini ei ole tullut",
        "my parcel never arrived",
        "paketet har inte kommit",
        "kuljetusliike",
        "toimitus myöhässä",
    ),
)
GLASS = Topic("glass", ("I found glass in the bottle",), words=("lasi", "vieras esine"))
TOPICS = (RECALL, DELIVERY, GLASS)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Löysin kahvipurkista lasinsirun!!", {"recall"}),
        ("lasinsiruja pullossa", {"recall"}),
        ("LÖYSIN LASINSIRUN PULLOSTA", {"recall"}),
        pytest.param("purkissa oli lasia", {"recall", "glass"}, id="a part of the compound, and a word"),
        pytest.param("löysin kahvin kaupasta", set(), id="a verb of every story"),
        pytest.param("ostin pullon", set(), id="one short word alone"),
        pytest.param("tuotteestanne tuli allerginen reaktio", {"recall"}, id="inflected"),
        pytest.param("paketti ei ole vieläkään tullut", {"delivery"}, id="denied as in the example"),
        pytest.param("paketti tuli tänään", set(), id="not denied: the opposite"),
        pytest.param("My parcel still hasn't arrived", {"delivery"}, id="another denial in English"),
        pytest.param("parcel arrived today, thanks", set(), id="the opposite in English"),
        pytest.param("Paketet kom inte", {"delivery"}, id="Swedish"),
        pytest.param("Kuljetusliikkeen kuski katosi", {"delivery"}, id="a one-word example, inflected"),
        pytest.param(
            "toimituksenne oli myöhässä", {"delivery"}, id="a phrase of two words, all of them there"
        ),
        pytest.param("toimitus myöhässä taas", {"delivery"}, id="two words that follow one another"),
        pytest.param("siellä oli vieraita esineitä", {"glass"}, id="a phrase of the words, inflected"),
        pytest.param("esine oli vieras", set(), id="the phrase's words in another order"),
        pytest.param("kotimatka liikkeessä", set(), id="what the example's compound is a kind of"),
        pytest.param("pikakuljetusliike hukkasi sen", {"delivery"}, id="a kind of what the example names"),
        pytest.param("lasinen pöytä", set(), id="words hold inflected, not derived"),
        pytest.param("nice bottle design", set(), id="one short word in English"),
        pytest.param("ja se on että ei", set(), id="only function words"),
        pytest.param("", set(), id="nothing"),
        pytest.param("😡 https://lasi.fi/lasi", set(), id="a link says nothing"),
    ],
)
def test_topics_hold(text: str, held: set[str]) -> None:
    assert set(topics_held(score_topics(text, TOPICS), TOPICS)) == held


def test_scores_name_every_topic_in_order_and_lie_between_0_and_1() -> None:
    scores = score_topics("Löysin lasinsirun pullosta", TOPICS)
    assert list(scores) == ["recall", "delivery", "glass"]
    assert scores["recall"] == 1.0
    assert scores["delivery"] == 0.0


def test_one_short_word_stays_below_one_half() -> None:
    assert 0 < score_topics("bottle", TOPICS)["glass"] <= ALONE


@pytest.mark.parametrize("text", ["soittakaa takaisin", "I want to go back"])
def test_words_of_every_story_say_little(text: str) -> None:
    refund = Topic("refund", ("haluan rahat takaisin", "I want my money back"))
    assert score_topics(text, [refund])["refund"] < 0.3


def test_no_topics_no_scores() -> None:
    assert score_topics("lasia", ()) == {}


@pytest.mark.parametrize(
    ("text", "held"),
    [
        pytest.param("mainoksessa on hauska kirjoitusvirhe", True, id="about it"),
        pytest.param(
            "laskussa on kirjoitusvirhe ja väärä summa", False, id="the counter-example fits as well"
        ),
        pytest.param("lasku tuli väärään osoitteeseen", False, id="only the counter-example fits"),
    ],
)
def test_counter_example_takes_the_score_down(*, text: str, held: bool) -> None:
    topic = Topic(
        "typo", ("mainoksessa kirjoitusvirhe",), counter_examples=("laskussa kirjoitusvirhe, väärä summa",)
    )
    assert (score_topics(text, [topic])["typo"] >= topic.threshold) is held


def test_topic_holds_exactly_at_its_threshold_best_first() -> None:
    topics = [
        Topic("a", ("x",), threshold=0.4),
        Topic("b", ("x",), threshold=0.9),
        Topic("c", ("x",), threshold=0.6),
    ]
    assert topics_held({"a": 0.4, "b": 0.89, "c": 0.6}, topics) == ("c", "a")
    assert topics_held({"a": 0.7, "b": 0.9, "c": 0.7}, topics) == ("b", "a", "c")


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=120))
def test_any_text_is_scored_the_same_twice(text: str) -> None:
    scores = score_topics(text, TOPICS)
    assert all(0 <= score <= 1 for score in scores.values())
    assert scores == score_topics(text, TOPICS)


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(), max_size=60))
def test_any_text_may_be_an_example(text: str) -> None:
    topic = Topic("odd", (text,), words=(text,), counter_examples=("lasi",))
    assert 0 <= score_topics(f"kahvi {text}", [topic])["odd"] <= 1


def test_a_megabyte_costs_no_more_than_what_is_looked_at() -> None:
    score_topics("lasi", TOPICS)
    start = time.perf_counter()
    score_topics("lasinsirunpullo" * 70_000, TOPICS)
    score_topics("a b " * 250_000, TOPICS)
    assert time.perf_counter() - start < 20  # a hang is what fails, not a busy machine


# --- by meaning -------------------------------------------------------------------------------------

SUBJECTS = ("lasi sirpale sirpaleita shard", "paketti pakettini lähetys parcel", "kahvi kahvikuppi")
DRAWN = np.random.default_rng(3).normal(size=(len(SUBJECTS) + 1, LENGTH))


@dataclass
class Meanings:
    """A stand-in for the network: texts with words of one subject mean nearly the same, denied or not."""

    calls: list[list[str]] = field(default_factory=list)

    def __call__(self, texts: Sequence[str]) -> list[Vector]:
        self.calls.append(list(texts))
        return [self.of(text) for text in texts]

    def of(self, text: str) -> Vector:
        words = set(text.casefold().split())
        noise = np.random.default_rng(zlib.crc32(text.encode())).normal(size=LENGTH)
        said = [DRAWN[at] for at, subject in enumerate(SUBJECTS) if words & set(subject.split())]
        vector: Vector = (DRAWN[-1] * 3 + noise + 0.8 * np.sum([np.zeros(LENGTH), *said], axis=0)) / 40
        return vector.astype(np.float32)


@pytest.fixture(scope="module")
def school() -> Teachable:
    """Posts about anything, among them some of each subject."""
    meanings = Meanings()
    return Teachable(np.stack([meanings.of(f"arkea {at}") for at in range(300)]))


SHARDS = Topic(
    "shards", ("suussa rouskui sirpale heti", "löysin sirpaleita taas purkista", "there was one shard inside")
)
LATE = Topic("late", ("pakettini ei ole tullut", "my parcel never arrived", "en saanut lähetys kunnossa"))


def test_meaning_finds_what_shares_no_word_with_an_example(school: Teachable) -> None:
    meanings = Meanings()
    index = TopicIndex([SHARDS, LATE], meanings, teach=school)
    text = "hampaisiin osui lasi"
    assert index.score(text)["shards"] < 0.5
    assert index.score(text, meanings.of(text))["shards"] >= 0.5
    assert max(index.score("ihana sää", meanings.of("ihana sää")).values()) < 0.5


def test_examples_are_embedded_once_all_in_one_call_and_only_when_needed(school: Teachable) -> None:
    meanings = Meanings()
    index = TopicIndex([SHARDS, LATE, Topic("words", ("kaksi sanaa",), ("sana",))], meanings, teach=school)
    index.score("lasi")
    assert meanings.calls == []
    for _ in range(2):
        index.score("lasi", meanings.of("lasi"))
    [texts] = meanings.calls
    assert set(texts) >= {*SHARDS.examples, *LATE.examples}
    assert len(texts) == len(set(texts))
    assert "kaksi sanaa" not in texts


def test_words_hold_whatever_the_meaning_says(school: Teachable) -> None:
    meanings = Meanings()
    topic = Topic("mixed", SHARDS.examples, words=("takaisinveto",))
    index = TopicIndex([topic], meanings, teach=school)
    assert index.score("takaisinvedosta", meanings.of("ihana sää"))["mixed"] == 1.0


def test_the_opposite_of_an_example_does_not_hold_however_like_it_is_meant(school: Teachable) -> None:
    meanings = Meanings()
    index = TopicIndex([LATE], meanings, teach=school)
    assert index.score("pakettini ei ole tullut", meanings.of("pakettini ei ole tullut"))["late"] == 1.0
    for text in ("pakettini tuli", "my parcel arrived", "pakettini on tullut"):
        assert index.score(text, meanings.of(text))["late"] < 0.5


def test_counter_examples_push_down_words_and_meaning(school: Teachable) -> None:
    meanings = Meanings()
    counter = "kaunis lasi ja kahvikuppi pöydällä"
    index = TopicIndex([SHARDS, Topic("warned", SHARDS.examples, (), (counter,))], meanings, teach=school)
    for text in (counter, "pöydällä kaunis lasi kahvi"):
        scores = index.score(text, meanings.of(text))
        assert scores["warned"] < 0.5
        assert scores["warned"] <= scores["shards"]


def test_a_topic_that_comes_with_the_model_has_the_larger_score_of_the_two(school: Teachable) -> None:
    meanings = Meanings()
    topics = [Topic("safety", SHARDS.examples), Topic("praise"), Topic("late", ("pakettini ei ole tullut",))]
    index = TopicIndex(topics, meanings, teach=school)
    text = "hampaisiin osui lasi"
    vector = meanings.of(text)
    learnt = index.score(text, vector)["safety"]
    assert index.score(text, vector, known={"safety": 0.01, "praise": 0.7, "spam": 1.0}) == pytest.approx(
        {"safety": learnt, "praise": 0.7, "late": index.score(text, vector)["late"]}
    )
    assert index.score(text, vector, known={"safety": 0.99999})["safety"] == pytest.approx(0.99999)
    assert index.score(text, known={"safety": 0.8})["safety"] == pytest.approx(0.8)


def test_heads_that_corrections_taught_stand_in_for_the_examples_own(school: Teachable) -> None:
    meanings = Meanings()
    index = TopicIndex([SHARDS], meanings, teach=school)
    text = "kahvi läikkyi"
    taught = school.fit("shards", [meanings.of(f"kahvi {at}") for at in range(5)], ())
    assert index.score(text, meanings.of(text))["shards"] < 0.5
    assert index.score(text, meanings.of(text), heads={"shards": taught})["shards"] >= 0.5


def test_without_anything_to_embed_with_the_words_speak_alone(school: Teachable) -> None:
    meanings = Meanings()
    text = "hampaisiin osui lasi"
    for index in (TopicIndex([SHARDS]), TopicIndex([SHARDS], meanings), TopicIndex([SHARDS], teach=school)):
        assert index.score(text, meanings.of(text)) == index.score(text) == score_topics(text, [SHARDS])
    assert index.heads == {}


@settings(max_examples=30, deadline=None)
@given(text=st.text(st.characters(), max_size=60), known=st.floats(0, 1))
def test_any_text_with_any_meaning_is_scored_between_0_and_1(text: str, known: float) -> None:
    scores = JOINED.score(text, Meanings().of(text), known={"late": known})
    assert list(scores) == ["shards", "late"]
    assert all(0 <= score <= 1 for score in scores.values())
    assert scores["late"] >= round(known, 6) - 1e-6
    assert scores == JOINED.score(text, Meanings().of(text), known={"late": known})


JOINED = TopicIndex(
    [SHARDS, LATE],
    Meanings(),
    teach=Teachable(np.stack([Meanings().of(f"arkea {at}") for at in range(150)])),
)


@pytest.mark.parametrize(
    ("text", "affirmed"),
    [
        ("Paketti ei ole tullut", "Paketti on tullut"),
        ("En ole saanut mitään", "olen saanut mitään"),
        ("verkkokauppa ei toimi", "verkkokauppa toimi"),
        ("It hasn't arrived, and I can’t wait", "It has arrived, and I can wait"),
        ("my parcel never arrived", "my parcel arrived"),
        ("paketet har inte kommit", "paketet har kommit"),
        ("ei.", ""),
        ("kiitos", "kiitos"),
    ],
)
def test_an_example_is_turned_into_its_opposite(text: str, affirmed: str) -> None:
    assert affirm(text) == affirmed


@pytest.mark.parametrize(
    ("text", "phrase"),
    [("kuljetusliike", True), ("toimitus myöhässä!!", True), ("toimitus on myöhässä", False)],
)
def test_one_or_two_words_are_a_phrase(*, text: str, phrase: bool) -> None:
    assert is_phrase(text) is phrase
