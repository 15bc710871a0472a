"""What is known of posts when they are filed: their language, decided here once, and what mutes them."""

from collections.abc import Sequence
from functools import lru_cache

from casebook.mention import Mention, Note, Spoken
from casebook.store import Notes
from classifier.language import language_of_post
from classifier.reading import LOOKED_AT
from listener.mute import muted_by
from listener.source import SourceSettings


def notes_of(mentions: Sequence[Mention], settings: SourceSettings) -> Notes:
    """Give a note of every mention. About a third of a millisecond each; loads what tells languages apart."""
    return {(mention.network, mention.id): _note(mention, settings) for mention in mentions}


def _note(mention: Mention, settings: SourceSettings) -> Note:
    spoken = _spoken(mention.text[:LOOKED_AT], mention.language)
    return Note(spoken, muted_by(mention, spoken, settings))


@lru_cache(maxsize=1_000)
def _spoken(text: str, hint: str | None) -> Spoken:
    """Say it once for a post that is shown again: each look reads the newest ones again."""
    return language_of_post(text, hint)
