"""What is told in a case's thread, where nobody is called by it: the channel sees the card once. Pure."""

from datetime import timedelta
from typing import Final

from babel.numbers import format_percent

from notifier.channel import Card, Page, Tongue
from notifier.hostile import cut, shown
from notifier.saying import WORDS, filled, locale_of, moment_of, say, word_duration, word_left, word_people
from notifier.standing import word_answered
from notifier.worded import Line, Part, Quote, Say, Span, Worded

FOLLOW_UP_LENGTH: Final = 600
BELOW: Final = frozenset({"follow_up", "answered", "closed", "warned"})


def word_below(page: Page, tongue: Tongue, *, room: float) -> Worded:
    """Put what is told below a card into words: a line, and what the customer wrote where it is about that."""
    card = page.card
    if page.why == "follow_up":
        line = filled(say(tongue, "page.follow_up"))
        text = card.text if card.latest_text is None else card.latest_text
        missing = card.missing if card.latest_text is None else card.latest_missing
        return _below(card, line, word_said(text, missing, FOLLOW_UP_LENGTH, tongue, room))
    if page.why == "warned":
        return _below(card, _warning(page, tongue))
    if page.why == "answered" and card.responded_at is not None:
        return _below(card, word_answered(card, card.responded_at, tongue))
    return _below(card, filled(say(tongue, "page.closed"), case=str(card.case)), _times(card, tongue))


def _below(card: Card, line: Line, *parts: Part) -> Worded:
    return Worded(summary=line, parts=(Say(line), *parts), severity=card.severity, case=card.case)


def _warning(page: Page, tongue: Tongue) -> Line:
    """What is nearly broken, by when it is owed, and how much time is left: a new message, true when it is sent."""
    card = page.card
    by = card.resolve_by if page.clock == "resolve" else card.respond_by
    if by is None:  # the promise went away meanwhile
        return filled(say(tongue, "again" if card.waits_again else "untaken"))
    moment = moment_of(by, card, tongue, bare=tongue.language == "en")
    share = format_percent(page.step / 100, locale=locale_of(tongue))
    owed = say(tongue, f"page.warned.{page.clock}").format(moment=moment)
    left = word_left(max(by - (card.at or by), timedelta(0)), tongue)
    line = filled(say(tongue, "page.warned"), share=share, owed=owed, left=left)
    return (*word_people(page.people, tongue), Span(" – "), *line) if page.people else line


def _times(card: Card, tongue: Tongue) -> Say:
    """When it was posted, and how long each thing took."""
    told = [say(tongue, "times.posted").format(moment=moment_of(card.posted_at, card, tongue))]
    waits = {
        "taken": None if card.acknowledged_at is None else card.acknowledged_at - card.opened_at,
        "answered": None if card.responded_at is None else card.responded_at - card.posted_at,
        "closed": None if card.closed_at is None else card.closed_at - card.posted_at,
    }
    told += [
        say(tongue, f"times.{name}").format(waited=word_duration(max(waited, timedelta(0)), tongue))
        for name, waited in waits.items()
        if waited is not None
    ]
    if card.responded_at is None:
        told.append(say(tongue, "times.never"))
    return Say((Span(" · ".join(told)),))


def _quoted(text: str, length: int, tongue: Tongue, room: float) -> str:
    return cut(shown(text), int(length * room), say(tongue, "cut")) or say(tongue, "no_text")


def word_said(text: str, missing: str | None, length: int, tongue: Tongue, room: float) -> Part:
    """What the customer said, or why that is not shown any more."""
    if missing is not None and f"missing.{missing}" in WORDS["en"]:
        return Say((Span(say(tongue, f"missing.{missing}")),), quiet=True)
    return Quote(_quoted(text, length, tongue, room))
