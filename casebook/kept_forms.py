"""Base forms and types of inflection that are known without the dictionaries: of the words in what ships with Vaste. Pure.

The dictionaries take seconds to load. Whoever checks the shipped configuration, or plays the demo, need not wait for
them; one word that is not kept here loads them. `python -m tests.keep_forms` writes the file anew.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

FILE: Final = "kept_forms.json"
TYPES_FILE: Final = "kept_types.json"


@dataclass(frozen=True, slots=True)
class Types:
    """How a word is inflected in Finnish, as the dictionaries bear it out."""

    model: str
    """The last part of a compound, whose types these are, or what an inflected form is of; else the word."""
    kinds: tuple[str, ...]
    """Of its paradigms; none where it is no Finnish word."""
    others: tuple[str, ...]
    """Forms among these that are other words."""


@cache
def kept_forms() -> Mapping[str, frozenset[str]]:
    """Give the base forms of each word that is kept, the word itself among them."""
    written: dict[str, list[str]] = json.loads((files("casebook") / FILE).read_text("utf-8"))
    return {word: frozenset((word, *others)) for word, others in written.items()}


@cache
def kept_types() -> Mapping[str, Types]:
    """Give the types of each word that the shipped configurations ask for."""
    written: dict[str, tuple[str, list[str], list[str]]] = json.loads(
        (files("casebook") / TYPES_FILE).read_text("utf-8")
    )
    return {
        word: Types(model, tuple(kinds), tuple(others)) for word, (model, kinds, others) in written.items()
    }
