"""How right and how quick the classifier is beside what else can be had, on the same posts in the same run.

    python -m bench.compare [--rows 6000] [--posts 128]

The posts: our test batches (their number ends in 0) and the parts of FinnSentiment and XED-fi that were kept
apart, read from ../shared/data where they are. What is not installed (the extra `bench`), or does not know
the language, is skipped by name. `--rows` is how many posts of each foreign set the linear model learns from.
"""

import argparse
import json
import random
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.classifier import SHARED, many_posts, tell_alone, tell_together
from bench.pipeline import torch_pipeline_ratio
from classifier.model import Classifier
from classifier.scoring import Estimate, sentiment_figures
from classifier.training.corpus import CarePost, read_care

FOREIGN = {"FinnSentiment": "finnsentiment.jsonl", "XED-fi": "xed-fi.jsonl"}
LANGUAGES = ("fi", "sv", "en")
CHOICE = random.Random(20_260_101)
VADER_LEAST = 0.05  # the threshold that its authors recommend


@dataclass(frozen=True)
class Post:
    """One labelled post."""

    text: str
    language: str
    sentiment: str


@dataclass(frozen=True)
class Sets:
    """Posts to learn from, and posts to be tested on by the name of their set."""

    train: list[Post]
    test: dict[str, list[Post]]


Guess = Callable[[Sequence[Post]], list[str] | None]
"""Gives a sentiment a post, or None for posts in a language it does not know."""


def main() -> None:
    """Print the comparison, then the speed."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rows", type=int, default=6_000, help="training posts of each foreign set")
    asked.add_argument("--posts", type=int, default=128, help="posts of the speed measurements")
    chosen = asked.parse_args()
    sets, classifier = gather(chosen.rows), Classifier()
    print(
        f"learned from: {len(sets.train)} posts; figures: accuracy / macro-F1 / macro-recall (95 % of accuracy)"
    )
    for name, make in methods(sets.train, classifier):
        guess = made(name, make)
        if guess is not None:
            for title, posts in sets.test.items():
                tell(name, title, posts, guess)
    tell_alone(classifier)
    tell_together(classifier, many_posts(chosen.posts))
    print(
        f"most memory, all methods loaded: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )
    tell_ratio(classifier, many_posts(chosen.posts))


def gather(rows: int) -> Sets:
    """Read all sets that are there; the others are named."""
    ours = read_care()
    test = {
        f"care {language}": [as_post(one) for one in ours if one.part == "test" and one.language == language]
        for language in LANGUAGES
    }
    train = [as_post(one) for one in ours if one.part == "train"]
    for name, file in FOREIGN.items():
        path = SHARED / "sentiment" / file
        if path.exists():
            test[name] = list(read_foreign(path, "dev"))
            known = list(read_foreign(path, "train"))
            train += CHOICE.sample(known, min(rows, len(known)))
        else:
            print(f"{name}: skipped, {file} is not there")
    return Sets(train, {name: posts for name, posts in test.items() if posts})


def as_post(one: CarePost) -> Post:
    """Take what a comparison needs of a post of our corpus, by its settled label."""
    return Post(one.text, one.language, one.labels.sentiment)


def read_foreign(path: Path, split: str) -> Iterator[Post]:
    """Give the posts of one part of a set; those without a sentiment are left out."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["split"] == split and row.get("sentiment"):
            yield Post(row["text"], row["lang"], row["sentiment"])


# --- methods ------------------------------------------------------------------------------------------


def methods(train: Sequence[Post], classifier: Classifier) -> Iterator[tuple[str, Callable[[], Guess]]]:
    """Name each method and what makes it; made one after another, when its turn comes."""
    yield "majority", lambda: majority
    yield "AFINN", make_afinn
    yield "VADER", make_vader
    yield "TextBlob", make_textblob
    yield "TF-IDF + LR", lambda: make_linear(train)
    yield "Vaste", lambda: make_ours(classifier)


def made(name: str, make: Callable[[], Guess]) -> Guess | None:
    """Make a method, or say why it is skipped."""
    try:
        return make()
    except ImportError as error:
        print(f"{name}: skipped, {error.name} is not installed (the extra `bench`)")
        return None


def majority(posts: Sequence[Post]) -> list[str]:
    """Guess what is the most frequent, as if that were known."""
    [(most, _)] = Counter(post.sentiment for post in posts).most_common(1)
    return [most] * len(posts)


def by_sign(score: float, least: float = 0.0) -> str:
    """Give the sentiment of a score whose sign tells it."""
    if score > least:
        return "positive"
    return "negative" if score < -least else "neutral"


def make_afinn() -> Guess:
    """Words with weights, for the languages that its release has."""
    package = import_module("afinn")
    known = import_module("afinn.afinn").LANGUAGE_TO_FILENAME
    lists = {name: package.Afinn(language=name) for name in LANGUAGES if name in known}

    def guess(posts: Sequence[Post]) -> list[str] | None:
        if any(post.language not in lists for post in posts):
            return None
        return [by_sign(lists[post.language].score(post.text)) for post in posts]

    return guess


def make_vader() -> Guess:
    """Words and rules for English."""
    judge = import_module("vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()
    return in_english(lambda text: by_sign(judge.polarity_scores(text)["compound"], VADER_LEAST))


def make_textblob() -> Guess:
    """Words and patterns for English."""
    package = import_module("textblob")
    return in_english(lambda text: by_sign(package.TextBlob(text).sentiment.polarity))


def in_english(guess_one: Callable[[str], str]) -> Guess:
    """Guess posts one by one, and none of other languages."""

    def guess(posts: Sequence[Post]) -> list[str] | None:
        if any(post.language != "en" for post in posts):
            return None
        return [guess_one(post.text) for post in posts]

    return guess


def make_linear(train: Sequence[Post]) -> Guess:
    """Learn from characters and words, without any knowledge of language."""
    text = import_module("sklearn.feature_extraction.text")
    union = import_module("sklearn.pipeline")
    linear = import_module("sklearn.linear_model")
    words = text.TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    characters = text.TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), min_df=3, max_features=60_000, sublinear_tf=True
    )
    features: Any = union.make_union(words, characters)
    learner: Any = linear.LogisticRegression(C=3.0, class_weight="balanced", max_iter=60, tol=1e-3)
    learner.fit(features.fit_transform([post.text for post in train]), [post.sentiment for post in train])

    def guess(posts: Sequence[Post]) -> list[str]:
        found = learner.predict(features.transform([post.text for post in posts]))
        return [str(one) for one in found]

    return guess


def make_ours(classifier: Classifier) -> Guess:
    """Judge as the service does: with the network's hint of the language."""
    classifier.warm()

    def guess(posts: Sequence[Post]) -> list[str]:
        verdicts = classifier.judge([post.text for post in posts], [post.language for post in posts])
        return [verdict.sentiment.value for verdict in verdicts]

    return guess


# --- told ---------------------------------------------------------------------------------------------


def tell(name: str, title: str, posts: Sequence[Post], guess: Guess) -> None:
    """Print a method's figures on a set, and its speed."""
    begun = time.perf_counter()
    guesses = guess(posts)
    pace = len(posts) / max(time.perf_counter() - begun, 1e-9)
    if guesses is None:
        print(f"{name:12} {title:14} skipped, it does not know {posts[0].language}")
        return
    figures = sentiment_figures(zip((post.sentiment for post in posts), guesses, strict=True))
    sure: Estimate = figures.accuracy
    print(
        f"{name:12} {title:14} {len(posts):5} posts  {sure.value:.3f} / {figures.macro_f1.value:.3f} / "
        f"{figures.macro_recall:.3f}  ({sure.low:.3f}–{sure.high:.3f})  {pace:,.0f} posts/s"
    )


def tell_ratio(classifier: Classifier, posts: Sequence[str]) -> None:
    """Print how many times as quick we are as transformers' own pipeline over torch."""
    try:
        torch = import_module("torch")
    except ImportError:
        print("transformers.pipeline: skipped: torch is not installed")
        return
    ratio = torch_pipeline_ratio(torch, classifier, posts)
    print(
        f"transformers.pipeline: {'not measured yet' if ratio is None else f'we are {ratio:.1f} times as quick'}"
    )


if __name__ == "__main__":
    main()
