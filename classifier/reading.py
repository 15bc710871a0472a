"""What of a post the model is given: the same spelling of links, names and spaces as in its training. Pure.

Posts are hostile text of any length and any characters; nothing here raises, and the work is bounded.
"""

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

LOOKED_AT: Final = 10_000
"""Characters of a post that are looked at; no network we read has longer ones."""
GIVEN: Final = 2_000
"""Characters given to the tokenizer: far more than its 96 tokens hold."""

_LINK: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NAME: Final = re.compile(r"(?<![\w.])@\w[\w.-]*(?:@[\w.-]+)?")
_NO_TEXT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_STAND_INS: Final = re.compile(r"\bhttp\b|@user\b")


@dataclass(frozen=True, slots=True)
class Reading:
    """A post as the model reads it."""

    text: str
    plain: str
    """The same without what stands in for links and names: what its writer wrote."""
    cut: bool
    """Some of the post was left out."""
    is_blank: bool
    """Nothing is left to judge: the post is empty, or only links, names and invisible characters."""
    asks: bool
    """It holds a question mark outside its links."""


def read_post(post: str) -> Reading:
    """Bring a post to the spelling of the training texts."""
    looked_at = _NO_TEXT.sub(" ", html.unescape(post[:LOOKED_AT]))
    linked = _LINK.sub("http", looked_at)
    text = " ".join(_NAME.sub("@user", linked).split())
    plain = " ".join(_STAND_INS.sub(" ", text).split())
    return Reading(
        text=text[:GIVEN],
        plain=plain[:GIVEN],
        cut=len(text) > GIVEN or bool(post[LOOKED_AT:].strip()),
        is_blank=not _is_visible(plain),
        asks="?" in plain,
    )


def _is_visible(text: str) -> bool:
    """Say whether a letter, digit, sign or symbol (emoji are symbols) is there."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)
