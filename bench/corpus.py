"""What our own corpus holds, and how far its two readers agree.

.venv/bin/python -m bench.corpus
"""

from collections import Counter
from collections.abc import Sequence

from classifier.training import corpus

COLUMNS = ("sentiment", "attention", "kind", "hot", "urgency", "hard")


def main() -> None:
    """Print counts by part and language, shares of hard posts and pairs, and agreement of the readings."""
    posts = corpus.read_care()
    print(f"{len(posts)} posts kept")
    for part in ("train", "dev", "test"):
        counts = Counter(post.language for post in posts if post.part == part)
        print(
            f"  {part}: {sum(counts.values())} ({', '.join(f'{name} {counts[name]}' for name in sorted(counts))})"
        )
    print("sentiment:", _shares([post.labels.sentiment for post in posts]))
    print("hard:", _shares([post.labels.hard for post in posts]))
    print("kind:", _shares([post.labels.kind for post in posts]))
    print(f"in contrast pairs: {sum(post.pair is not None for post in posts) / len(posts):.3f}")
    _agreement()


def _agreement() -> None:
    """Compare the first and the second reading, before anything was settled."""
    both = list(corpus.read_twice())
    print(f"read twice: {len(both)} posts; observed agreement and Cohen's kappa")
    for column in COLUMNS:
        pairs = [(str(getattr(first, column)), str(getattr(second, column))) for first, second in both]
        observed, kappa = corpus.agreement(pairs)
        print(f"  {column}: {observed:.3f}, {kappa:.3f}")


def _shares(labels: Sequence[str]) -> str:
    counts = Counter(labels)
    return ", ".join(f"{name} {count / len(labels):.3f}" for name, count in counts.most_common())


if __name__ == "__main__":
    main()
