import random

import pytest

torch = pytest.importorskip("torch", reason="training needs torch, which Vaste itself does not")

from classifier.training import corpus, learn  # noqa: E402 - after the skip


def sample(sentiment: int, *, pair: str | None = None, source: str = "care") -> learn.Sample:
    return learn.Sample("teksti", source, sentiment=sentiment, pair=pair)


def test_posts_of_a_pair_stay_in_one_batch_and_none_is_lost() -> None:
    dice = random.Random(3)
    encoded = [[0] * dice.randrange(3, 60) for _ in range(200)]
    pairs = [f"p{at // 2}" if at < 80 else None for at in range(200)]
    made = learn.batches(encoded, pairs, tokens=500, dice=dice)
    assert sorted(at for batch in made for at in batch) == list(range(200))
    where = {at: number for number, batch in enumerate(made) for at in batch}
    assert all(where[at] == where[at + 1] for at in range(0, 80, 2))
    assert max(len(batch) * max(len(encoded[at]) for at in batch) for batch in made) <= 500


def test_prior_of_a_set_is_taken_off_the_logits() -> None:
    many = [sample(1, source="forum")] * 97 + [sample(0, source="forum")]
    priors = learn.priors_of(many)
    answers = {"sentiment": priors["forum"].repeat(1, 1) * 0}
    plan = learn.Plan("x", tuple(many), 1, 1e-4)
    # logits that know nothing lose exactly the set's own surprise
    lost = learn.losses(answers, [many[0]], priors, plan=plan)["sentiment"]
    assert float(lost) == pytest.approx(-float(priors["forum"][1]))


def test_label_that_nobody_gave_teaches_nothing() -> None:
    unlabelled = learn.Sample("teksti", "care")
    plan = learn.Plan("x", (unlabelled,), 1, 1e-4)
    answers = {
        name: torch.zeros(1, size) for name, size in (("sentiment", 3), ("kind", 16), ("attention", 1))
    }
    assert learn.losses(answers, [unlabelled], learn.priors_of([unlabelled]), plan=plan) == {}


def lost_by_pair(logits: list[list[float]]) -> float:
    pair = [sample(0, pair="a"), sample(2, pair="a")]
    plan = learn.Plan("x", tuple(pair), 1, 1e-4)
    return float(
        learn.losses({"sentiment": torch.tensor(logits)}, pair, learn.priors_of(pair), plan=plan)["pair"]
    )


def test_pair_whose_posts_look_alike_costs_more_than_one_told_apart() -> None:
    assert lost_by_pair([[2.0, 0, 0], [2.0, 0, 0]]) > 1 > lost_by_pair([[2.0, 0, 0], [0, 0, 2.0]])


def test_damage_leaves_something_and_is_the_same_for_the_same_dice() -> None:
    texts = ["Paketti EI tullut! 😡", "ä", "!!!", "😡", ""]
    once = [learn.rough(text, random.Random(at)) for at in range(300) for text in texts]
    assert once == [learn.rough(text, random.Random(at)) for at in range(300) for text in texts]
    assert "😡" in once  # emoji alone are never taken away whole


def test_what_the_readers_doubted_weighs_less() -> None:
    labels = corpus.Labels("negative", True, "billing", "problem", 1, "none")
    sure = corpus.CarePost("Lasku.", "fi", "fi-k1-01", 1, None, labels)
    doubted = corpus.CarePost("Lasku.", "fi", "fi-k1-01", 1, None, labels, frozenset({"sentiment", "kind"}))
    assert (learn.care_sample(sure).weight, learn.care_sample(doubted).weight) == (1.0, 0.5)
    assert learn.care_sample(doubted).kind == learn.UNKNOWN
