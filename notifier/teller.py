"""One message of facts in one language: its words, numbers and times. Pure.

Notices, digests and answers to commands are told by it: each kind has a function that is given a teller and its
facts, and gives a headline with what stands under it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from babel import Locale
from babel.dates import format_skeleton, format_time
from babel.numbers import format_currency, format_decimal, format_percent

from notifier.answer_words import ANSWER_WORDS
from notifier.channel import Notice, Tongue
from notifier.digest_words import DIGEST_WORDS
from notifier.home_words import HOME_WORDS
from notifier.hostile import clean_line, cut
from notifier.notice_words import WORDS
from notifier.saying import locale_of, word_duration
from notifier.worded import Part, Say, Span, Worded

NAME_LENGTH = 80
SUMMARY_LENGTH = 400
_MICROS = 1_000_000
ALL_WORDS: dict[str, dict[str, str]] = {
    language: {**words, **ANSWER_WORDS[language], **HOME_WORDS[language], **DIGEST_WORDS[language]}
    for language, words in WORDS.items()
}

Written = tuple[str, list[Part]]
"""A headline, and what stands under it."""


@dataclass(frozen=True, slots=True)
class Teller:
    """One notice in one language: its words, numbers and times."""

    notice: Notice
    tongue: Tongue
    room: float

    def say(self, word: str, /, **values: str) -> str:
        """Give the words of a key with values put in; braces in the values stay what they are."""
        return ALL_WORDS.get(self.tongue.language, ALL_WORDS["en"])[word].format(**values)

    def count(self, number: float, word: str, **values: str) -> str:
        """Give a number with what is counted, in the form that the number asks for."""
        form = "one" if Locale.parse(locale_of(self.tongue)).plural_form(number) == "one" else "other"
        return self.say(f"{word}.{form}", n=self.number(number), **values)

    def number(self, number: float) -> str:
        """Give a number as the language writes it, with one decimal at most."""
        return format_decimal(number, format="#,##0.#", locale=locale_of(self.tongue))

    def moment(self, written: str) -> str:
        """Give an instant in local time, with its date when that is not the day of the notice."""
        at = datetime.fromisoformat(written)
        zone, locale = self.tongue.zone, locale_of(self.tongue)
        time = format_time(at, "short", tzinfo=zone, locale=locale)
        if at.astimezone(zone).date() == self.notice.at.astimezone(zone).date():
            return self.say("time", time=time)
        return self.say("date", date=format_skeleton("MMMEd", at, tzinfo=zone, locale=locale), time=time)

    def dollars(self, micros: int) -> str:
        """Give an amount of millionths of a dollar."""
        return format_currency(micros / _MICROS, "USD", locale=locale_of(self.tongue))

    def percent(self, share: int) -> str:
        """Give so many parts of a hundred."""
        return format_percent(share / 100, locale=locale_of(self.tongue))

    def day(self, written: str) -> str:
        """Give the local date of an instant."""
        at = datetime.fromisoformat(written)
        return format_skeleton("MMMd", at, tzinfo=self.tongue.zone, locale=locale_of(self.tongue))

    def lasts(self, seconds: float) -> str:
        """Give a duration in its two largest units."""
        return word_duration(timedelta(seconds=seconds), self.tongue)

    def named(self, word: str, name: object) -> str:
        """Give our word for a name where there is one, else the name itself."""
        known = f"{word}.{name}"
        return self.say(known) if known in ALL_WORDS["en"] else self.name(str(name))

    def name(self, text: str) -> str:
        """Give a name on one line, cut."""
        return cut(clean_line(text), NAME_LENGTH)


def line(text: str, *, quiet: bool = False) -> Say:
    """Give a line; names in it are other people's words, so no channel reads markup there."""
    return Say((Span(text),), foreign=True, quiet=quiet)


Writer = Callable[["Teller", Mapping[str, Any]], Written]
"""Tells the facts of one kind."""


def told(notice: Notice, tongue: Tongue, kinds: Mapping[str, Writer], *, room: float = 1.0) -> Worded:
    """Put facts into words by the writer of their kind; `room` (0..1) leaves out what a channel could not hold.

    Raises ValueError for a kind or for facts that this version does not know.
    """
    write = kinds.get(notice.kind)
    if write is None:
        raise ValueError(f"no notice is of kind {notice.kind!r}")
    try:
        headline, parts = write(Teller(notice, tongue, room), notice.facts)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a notice of kind {notice.kind} lacks facts: {type(error).__name__}") from error
    first = next((part for part in parts if isinstance(part, Say)), None)
    words = " ".join(span.text for span in first.line) if first else ""
    summary = cut(clean_line(f"{headline}. {words}"), SUMMARY_LENGTH)
    return Worded(summary=(Span(summary),), headline=headline, parts=tuple(parts))
