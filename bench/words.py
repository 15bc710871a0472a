"""How many forms of asked words are found, by base forms alone (as before) and by the forms of `casebook.asked`.

    .venv/bin/python -m bench.words [--forms FILE]

The tables are the tests' own; the first was written together with the rules, the second after them. FILE is another of the same shape, one word
and its forms a line. Then what it costs, in the same minute: to prepare a word, and to look one up in the words of a
post whose base forms are known.
"""

import argparse
import time
from pathlib import Path
from typing import Final

from casebook.asked import asked, looked_up_types
from casebook.words import base_forms, words_of

_TABLES: Final = Path(__file__).parents[1] / "tests" / "casebook"
TABLES: Final = (_TABLES / "finnish_words.txt", _TABLES / "finnish_words_unseen.txt")
ROUNDS: Final = 2_000


def main() -> None:
    """Print recall and cost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--forms", type=Path, help="another table")
    given = parser.parse_args()
    for path in filter(None, (*TABLES, given.forms)):
        _recall(path)
    _cost()


def _recall(path: Path) -> None:
    pairs = []
    for line in path.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            word, *forms = [words_of(part)[0] for part in line.replace(":", " ").split()]
            pairs += [(word, form) for form in forms]
    before = [pair for pair in pairs if not base_forms(pair[0]).isdisjoint(base_forms(pair[1]))]
    missed = [pair for pair in pairs if not asked(pair[0]).is_word(pair[1])]
    print(f"{path.name}: {len({word for word, _ in pairs})} words, {len(pairs)} forms")
    print(
        f"  found by base forms alone {len(before) / len(pairs):.1%}, now {1 - len(missed) / len(pairs):.1%}"
    )
    print("  missed:", ", ".join(f"{word} > {form}" for word, form in missed) or "none")


def _cost() -> None:
    words = ["purkki", "lasinsiru", "hammas", "toimitus", "huijata", "saippua"]
    base_forms("lasku")  # the dictionaries are loaded
    begun = time.process_time()
    for word in words:
        looked_up_types(word)
    print(
        f"to find out how a word is inflected: {(time.process_time() - begun) / len(words) * 1000:.0f} ms, once"
    )
    text = words_of("Ostin eilen purkin hilloa ja siinä oli lasia, vaadin hyvitystä ja vastausta heti")
    written, bases = frozenset(text), frozenset[str]().union(*map(base_forms, text))
    known = [asked(word) for word in words]
    before, now = [], []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(ROUNDS):
            for one in known:
                one.bases.isdisjoint(bases)
        before.append(time.process_time() - begun)
        begun = time.process_time()
        for _ in range(ROUNDS):
            for one in known:
                _ = one.forms.isdisjoint(written) and one.bases.isdisjoint(bases)
        now.append(time.process_time() - begun)
    each = 1e9 / ROUNDS / len(words)
    print(
        f"to look it up in a post of 13 words: {min(before) * each:.0f} ns before, {min(now) * each:.0f} ns now"
    )


if __name__ == "__main__":
    main()
