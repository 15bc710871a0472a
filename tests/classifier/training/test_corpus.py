from collections import Counter
from pathlib import Path

import pytest

from classifier.training import corpus
from classifier.training.corpus import CorpusMistake, agreement, read_care

FIRST = "n\t1\tdelivery\tp\t1\timplicit\t-\tKolmas viikko, paketti Vantaalla."
OTHER = "p\t0\tpraise\t-\t0\tnone\t-\tNopea toimitus."


def written(
    folder: Path, *, second: str | None = None, settled: str | None = None, first: str = FIRST
) -> Path:
    (folder / "fi-k1-01.tsv").write_text(f"{first}\n{OTHER}\n", encoding="utf-8")
    if second is not None:
        (folder / "fi-k1-01.second.tsv").write_text(f"{second}\np\t0\tpraise\t-\t0\tnone\n", encoding="utf-8")
    if settled is not None:
        (folder / "settled.tsv").write_text(f"{settled}\n", encoding="utf-8")
    return folder


def test_post_is_read_with_its_labels_in_words(tmp_path: Path) -> None:
    post = read_care(written(tmp_path))[0]
    assert (post.language, post.batch, post.line, post.pair) == ("fi", "fi-k1-01", 1, None)
    assert (post.labels.sentiment, post.labels.attention, post.labels.hot) == ("negative", True, "problem")
    assert post.text == "Kolmas viikko, paketti Vantaalla."


def test_columns_on_which_the_readers_differ_are_doubted(tmp_path: Path) -> None:
    post = read_care(written(tmp_path, second="n\t0\tdelivery\tp\t1\tirony"))[0]
    assert post.doubted == {"attention", "hard"}


def test_urgency_of_two_readings_is_the_higher_one(tmp_path: Path) -> None:
    assert read_care(written(tmp_path, second="n\t1\tdelivery\tp\t2\timplicit"))[0].labels.urgency == 2


def test_third_reading_decides(tmp_path: Path) -> None:
    folder = written(
        tmp_path, second="o\t1\tother\tp\t1\tnone", settled="fi-k1-01\t1\to\t1\tdelivery\tp\t1\tnone"
    )
    assert (read_care(folder)[0].labels.sentiment, read_care(folder)[0].labels.kind) == (
        "neutral",
        "delivery",
    )


def test_dropped_post_is_gone_and_the_others_keep_their_lines(tmp_path: Path) -> None:
    posts = read_care(written(tmp_path, second="o\t1\tother\tp\t1\tnone", settled="fi-k1-01\t1\tdrop"))
    assert [(post.line, post.text) for post in posts] == [(2, "Nopea toimitus.")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (FIRST.replace("n\t1", "x\t1", 1), "fi-k1-01.tsv:1: sentiment is 'x'; write one of n o p"),
        (FIRST.replace("delivery", "post"), "fi-k1-01.tsv:1: kind is 'post'; write one of safety outage"),
        (FIRST.replace("\t-\t", "\t"), "fi-k1-01.tsv:1: 7 columns; there must be 8"),
    ],
)
def test_mistake_is_told_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(CorpusMistake) as told:
        read_care(written(tmp_path, first=line))
    assert str(told.value).startswith(said)


def test_second_reading_of_another_length_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "fi-k1-01.second.tsv").write_text("n\t1\tdelivery\tp\t1\tnone\n", encoding="utf-8")
    with pytest.raises(CorpusMistake, match=r"has 1 lines and fi-k1-01\.tsv 2"):
        read_care(folder)


@pytest.mark.parametrize(
    ("pairs", "observed", "kappa"),
    [
        ([("n", "n"), ("p", "p")], 1.0, 1.0),
        ([("n", "p"), ("p", "n")], 0.0, -1.0),
        ([("n", "n"), ("n", "p"), ("p", "n"), ("p", "p")], 0.5, 0.0),
        ([("n", "n")], 1.0, 1.0),
    ],
)
def test_agreement_is_freed_of_chance(pairs: list[tuple[str, str]], observed: float, kappa: float) -> None:
    assert agreement(pairs) == (observed, kappa)


# --- the corpus itself ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def posts() -> list[corpus.CarePost]:
    return read_care()


def test_corpus_holds_twelve_thousand_posts_most_of_them_finnish(posts: list[corpus.CarePost]) -> None:
    languages = Counter(post.language for post in posts)
    assert len(posts) >= 12_000
    assert languages["fi"] >= 0.55 * len(posts)
    assert min(languages["sv"], languages["en"]) >= 1_900


def test_no_text_stands_twice_in_the_corpus(posts: list[corpus.CarePost]) -> None:
    assert [text for text, count in Counter(post.text for post in posts).items() if count > 1] == []


def test_tenth_of_the_corpus_is_for_testing_alone(posts: list[corpus.CarePost]) -> None:
    parts = Counter(post.part for post in posts)
    assert parts["test"] >= 0.08 * len(posts)
    assert parts["dev"] >= 0.06 * len(posts)


def test_no_contrast_pair_stands_on_both_sides_of_the_fence(posts: list[corpus.CarePost]) -> None:
    parts: dict[str, set[str]] = {}
    for post in posts:
        if post.pair:
            parts.setdefault(post.pair, set()).add(post.part)
    assert [pair for pair, found in parts.items() if len(found) > 1] == []


def test_half_of_the_corpus_is_hard_and_a_third_stands_in_pairs(posts: list[corpus.CarePost]) -> None:
    assert sum(post.labels.hard != "none" for post in posts) >= len(posts) / 2
    assert sum(post.pair is not None for post in posts) >= len(posts) / 3


def test_every_batch_was_read_a_second_time() -> None:
    batches = list(corpus.CARE.glob("*-??.tsv"))
    assert [file.name for file in batches if not file.with_suffix(".second.tsv").exists()] == []
