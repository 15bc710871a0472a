"""A draft of a reply: its words, its tone, and the few placeholders that are filled when it is shown. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

PLACEHOLDERS = {
    "author": "the customer's handle, without @",
    "author_name": "the customer's name, or the handle where there is none",
    "brand": "your brand",
    "link": "the address of the post",
    "me": "the first name of whoever took the case",
}
"""What may stand in braces, and what it becomes."""
BLANK = "___"
"""Stands where a value is not known: whoever copies the draft sees that something is to be written there."""

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Draft:
    """One beginning of a reply; copied by a person, never sent."""

    language: str
    text: str
    """As it was written, placeholders and all."""
    tone: str | None = None


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into a draft, once: braces inside a value stay what they are. `{{` and `}}` become braces.

    A placeholder without a value becomes BLANK; what is no placeholder stays as it is written.
    """
    return _BRACES.sub(lambda found: _filled(found, values), text)


def _filled(found: re.Match[str], values: Mapping[str, str]) -> str:
    if found[0] in {"{{", "}}"}:
        return found[0][0]
    if found[1] not in PLACEHOLDERS:
        return found[0]
    return values.get(found[1]) or BLANK


def flaw_of(text: str) -> str | None:
    """Say what is wrong with the braces of a draft; None when nothing is. Quotes no more than a name in braces."""
    for found in _BRACES.finditer(text):
        if found[0] in {"{", "}"}:
            return "a brace stands alone; write {{ or }} for a brace"
        if found[1] is not None and found[1] not in PLACEHOLDERS:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            return f"{found[0]} is no placeholder; write one of {known}, or {{{{ for a brace"
    return None
