"""Write anew which forms the words of what ships have: `python -m tests.keep_forms`."""

import json
from collections.abc import Iterator
from dataclasses import astuple
from importlib.resources import files
from pathlib import Path

from casebook.asked import looked_up_types
from casebook.kept_forms import FILE, TYPES_FILE
from casebook.words import looked_up, words_of
from classifier.model import FIRST_TEXT
from playbooks.playbook import Match
from vaste.config import load_config

HOUSE = Path(__file__).parent.parent
SHIPPED = (HOUSE / "config.yaml", HOUSE / "vaste" / "demo" / "config.yaml")


def shipped_words() -> list[str]:
    """Give the words that the shipped configurations name and that the demo's posts have, each once."""
    found = set(words_of(FIRST_TEXT))
    for path in SHIPPED:
        config = load_config(path, {}).config
        assert config is not None
        for topic in config.topics:
            found.update(
                word
                for said in (*topic.words, *topic.examples, *topic.counter_examples)
                for word in words_of(said)
            )
        for playbook in config.playbooks:
            found.update(word for phrase in asked(playbook.match) for word in words_of(phrase))
    feed = (files("vaste.demo") / "feed.jsonl").read_text("utf-8")
    found.update(word for line in feed.splitlines() for word in words_of(json.loads(line)["text"]))
    return sorted(found)


def asked_words() -> list[str]:
    """Give the words that the playbooks of the shipped configurations ask for, each once."""
    found = set[str]()
    for path in SHIPPED:
        config = load_config(path, {}).config
        assert config is not None
        for playbook in config.playbooks:
            found.update(word for phrase in asked(playbook.match) for word in words_of(phrase))
        for topic in config.topics:  # `vaste check` compares them with the playbooks' words
            found.update(word for said in topic.words for word in words_of(said))
    return sorted(found)


def asked(match: Match) -> Iterator[str]:
    """Give the words and phrases that a match asks for, wherever it asks."""
    yield from match.words
    for inner in (*match.all, *match.any, *match.none):
        yield from asked(inner)


def main() -> None:
    """Write the files."""
    forms = {word: sorted(looked_up(word) - {word}) for word in shipped_words()}
    lines = ",\n".join(
        f"{json.dumps(word, ensure_ascii=False)}: {json.dumps(others, ensure_ascii=False)}"
        for word, others in forms.items()
    )
    (HOUSE / "casebook" / FILE).write_text("{\n" + lines + "\n}\n", "utf-8")
    types = {word: looked_up_types(word) for word in asked_words()}
    lines = ",\n".join(
        f"{json.dumps(word, ensure_ascii=False)}: {json.dumps(list(astuple(one)), ensure_ascii=False)}"
        for word, one in types.items()
    )
    (HOUSE / "casebook" / TYPES_FILE).write_text("{\n" + lines + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
