"""How quick the classifier is here, and how right it is on labelled posts that are at hand.

    .venv/bin/python -m bench.classifier [--posts 512]

Run as a module: as a script it would stand in the way of the room it measures.

Speeds hang on the machine and on who else uses it, so each run also prints a ratio against something run
in the same minute. The public sets are read from ../shared/data; a missing one is skipped by name.
Ours are the batches of our corpus that were set apart before any training.
"""

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from casebook.mention import Sentiment, Verdict
from classifier.model import Classifier
from classifier.scoring import Judged, auc, evaluate
from classifier.topics import Topic, TopicIndex
from classifier.training.corpus import read_care
from vaste.evaluation import number

SHARED = Path(__file__).parents[2] / "shared" / "data"
SETS = {
    "FinnSentiment": SHARED / "sentiment" / "finnsentiment.jsonl",
    "XED-fi": SHARED / "sentiment" / "xed-fi.jsonl",
    "XED-sv": SHARED / "sentiment" / "xed-sv.jsonl",
}

POSTS = (
    "Paketti ei ole vieläkään tullut, vaikka luvattiin perille jo maanantaina. Missä se on?",
    "Kiitos nopeasta avusta!",
    (
        "Löysin kahvipurkista lasinsirun, ja asiakaspalvelu ei vastaa. Olen soittanut kolmesti tällä viikolla, "
        "eikä kukaan osaa sanoa, mitä purkille pitäisi tehdä tai voiko muista saman erän purkeista juoda."
    ),
    "Mihin aikaan liike aukeaa lauantaina",
    "Jag har väntat på svar i två veckor, det här är inte okej.",
    "Best coffee in town, and the staff remembered my name.",
    "Uusi pakkaus on ruma",
    "Onko teillä gluteenittomia leivonnaisia, ja saako niitä tilata myös kotiin Tampereelle?",
)
Row = dict[str, object]


def main() -> None:
    """Print speeds, memory and the figures of every set that is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=512, help="posts of the batch measurements")
    wanted = parser.parse_args()
    classifier = Classifier()
    print(f"load and first post: {_seconds(classifier.warm):.2f} s")
    tell_alone(classifier)
    tell_together(classifier, many_posts(wanted.posts))
    _topics(many_posts(wanted.posts))
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    for name, path in SETS.items():
        if path.exists():
            _judge_set(classifier, name, list(_rows(path)))
        else:
            print(f"{name}: skipped, {path.name} is not there")
    for language in ("fi", "sv", "en"):
        _judge_set(classifier, f"our test part, {language}", list(_ours(language)))


def tell_alone(classifier: Classifier) -> None:
    """Print how long one post takes, again and again."""
    took = [_seconds(partial(classifier.judge, [POSTS[at % len(POSTS)]])) for at in range(200)]
    cuts = statistics.quantiles(took, n=20)
    print(f"one post: p50 {cuts[9] * 1000:.1f} ms, p95 {cuts[18] * 1000:.1f} ms")


def tell_together(classifier: Classifier, posts: Sequence[str]) -> None:
    """Print the pace of whole lists (several posts at once) beside the same posts one call after another."""
    together = _seconds(lambda: classifier.judge(posts))
    apart = _seconds(lambda: [classifier.judge([post]) for post in posts])
    print(
        f"{len(posts)} posts in one call: {len(posts) / together:.0f} posts/s, "
        f"{apart / together:.2f} times as many as in a call each"
    )


def _topics(posts: Sequence[str]) -> None:
    """Ten topics of ten examples each, by words alone."""
    examples = [f"{one} {other}" for one in POSTS for other in POSTS]
    index = TopicIndex([Topic(f"topic {at}", tuple(examples[at * 6 : at * 6 + 10])) for at in range(10)])
    index.score(posts[0])
    took = _seconds(lambda: [index.score(post) for post in posts])
    print(f"ten topics of ten examples: {len(posts) / took:.0f} posts/s")


def _judge_set(classifier: Classifier, name: str, rows: Sequence[Row]) -> None:
    verdicts = classifier.judge([str(row["text"]) for row in rows], [str(row["lang"]) for row in rows])
    found = evaluate(
        [
            Judged(Sentiment(str(row["sentiment"])), verdict, _label(row))
            for row, verdict in zip(rows, verdicts, strict=True)
        ]
    )
    print(
        f"{name}: {len(rows)} rows, accuracy {found.sentiment.accuracy.value:.3f}, "
        f"macro-F1 {found.sentiment.macro_f1.value:.3f}, abstained {found.abstained.value:.3f}"
        + _attention(rows, verdicts)
    )


def _label(row: Row) -> bool | None:
    return bool(row["attention"]) if "attention" in row else None


def _attention(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> str:
    if "attention" not in rows[0]:
        return ""
    wanted = [bool(row["attention"]) for row in rows]
    ours = auc([verdict.attention for verdict in verdicts], wanted)
    alone = auc([verdict.negative for verdict in verdicts], wanted)
    return f", attention AUC {number(ours)} (negative alone {number(alone)})"


def _rows(path: Path) -> Iterable[Row]:
    """Rows with a sentiment, of the part kept apart where a set is split."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row: Row = json.loads(line)
        if row.get("sentiment") and row.get("split") != "train":
            yield row


def _ours(language: str) -> Iterable[Row]:
    """Rows of the batches of our corpus that were set apart before any training, by their settled labels."""
    for post in read_care():
        if post.part == "test" and post.language == language:
            labels = {"sentiment": post.labels.sentiment, "attention": post.labels.attention}
            yield {"text": post.text, "lang": language, **labels}


def many_posts(count: int) -> list[str]:
    """Give posts of unlike lengths, no two the same."""
    return [f"{POSTS[at * 5 % len(POSTS)]} {at}" for at in range(count)]


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
