"""What the configuration keeps from being judged: by author, by word, by language. Pure."""

from casebook.asked import asked_phrase, holds_asked
from casebook.mention import Mention, Spoken
from casebook.words import words_of
from listener.source import SourceSettings

SURE_OF_LANGUAGE = 0.8
"""Confidence below which no language mutes: a customer unread costs more than a foreign post read."""


def muted_by(mention: Mention, spoken: Spoken, settings: SourceSettings) -> str | None:
    """Say what mutes a post, as the key and what is written there; None when nothing does."""
    handle = _bare(mention.author.handle)
    if author := next((one for one in settings.muted_authors if _bare(one) == handle), None):
        return f"muted_authors: {author}"
    if settings.muted_words:
        text = words_of(mention.text)
        for word in settings.muted_words:
            if holds_asked(text, asked_phrase(words_of(word))):
                return f"muted_words: {word}"
    sure = spoken.confidence >= SURE_OF_LANGUAGE
    if settings.languages and spoken.language not in settings.languages and sure:
        return f"languages: the post's is {spoken.language} ({spoken.confidence:.2f})"
    return None


def _bare(handle: str) -> str:
    return handle.strip().removeprefix("@").casefold()
