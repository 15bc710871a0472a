"""Base forms that are known without the dictionaries: of the words in what ships with Vaste. Pure.

The dictionaries take seconds to load. Whoever checks the shipped configuration, or plays the demo, need not wait for
them; one word that is not kept here loads them. `python -m tests.keep_forms` writes the file anew.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

FILE: Final = "kept_forms.json"


@cache
def kept_forms() -> Mapping[str, frozenset[str]]:
    """Give the base forms of each word that is kept, the word itself among them."""
    written: dict[str, list[str]] = json.loads((files("casebook") / FILE).read_text("utf-8"))
    return {word: frozenset((word, *others)) for word, others in written.items()}
