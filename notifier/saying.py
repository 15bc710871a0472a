"""Small words in the language of the team: moments, durations, counts, names. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from string import Formatter
from zoneinfo import ZoneInfo

import regex
from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_time
from babel.numbers import format_decimal
from babel.units import format_unit

from notifier.card_words import CARD_WORDS
from notifier.channel import Card, Person, Tongue
from notifier.crisis_words import CRISIS_WORDS
from notifier.form_words import FORM_WORDS
from notifier.hostile import clean_line, cut
from notifier.page_words import PAGE_WORDS
from notifier.worded import Line, Span

LANGUAGES = ("fi", "sv", "en")
WORDS = {
    language: CARD_WORDS[language] | CRISIS_WORDS[language] | PAGE_WORDS[language] | FORM_WORDS[language]
    for language in LANGUAGES
}
_LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}
NAME_LENGTH = 80
PEOPLE_SHOWN = 20
SLACK_ID = regex.compile(r"(?:slack:)?([UW][A-Z0-9]{2,})")


def say(tongue: Tongue, word: str) -> str:
    """Give the words of a key; an unknown language is worded in English."""
    return WORDS.get(tongue.language, WORDS["en"])[word]


def locale_of(tongue: Tongue) -> str:
    """Give the locale of dates and numbers."""
    return _LOCALES.get(tongue.language, _LOCALES["en"])


def filled(template: str, **values: str | Line) -> Line:
    """Put values into a template; braces in the values stay what they are."""
    spans: list[Span] = []
    for literal, name, _, _ in Formatter().parse(template):
        if literal:
            spans.append(Span(literal))
        if name is not None:
            value = values[name]
            spans.extend((Span(value),) if isinstance(value, str) else value)
    return tuple(spans)


def moment_of(at: datetime, card: Card, tongue: Tongue, *, bare: bool = False) -> str:
    """Local time of an instant, with its date when that is not the day the case opened."""
    time = format_time(at, "short", tzinfo=tongue.zone, locale=locale_of(tongue))
    day, opened = _day(at, tongue.zone), _day(card.opened_at, tongue.zone)
    if day == opened:
        return say(tongue, "time" if bare else "at").format(time=time)
    skeleton = "MMMEd" if day[0] == opened[0] else "yMMMd"
    date = format_skeleton(skeleton, at, tzinfo=tongue.zone, locale=locale_of(tongue))
    return say(tongue, "date" if bare else "on").format(date=date, time=time)


def _day(at: datetime, zone: ZoneInfo) -> tuple[int, int, int]:
    local = at.astimezone(zone)
    return local.year, local.month, local.day


def word_duration(length: timedelta, tongue: Tongue) -> str:
    """A duration in its two largest units: `2 d 3 h`, `1 h 12 min`, `4 min 10 s`."""
    seconds = max(0, int(length.total_seconds()))
    counts = []
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        counts.append((count, unit))
    first = next((place for place, (count, _) in enumerate(counts) if count), len(counts) - 1)
    shown = [pair for pair in counts[first : first + 2] if pair[0]] or [counts[-1]]
    return " ".join(
        format_unit(count, unit, length="short", locale=locale_of(tongue)) for count, unit in shown
    )


def word_left(length: timedelta, tongue: Tongue) -> str:
    """How much time is left, to the minute; below a minute to the second."""
    seconds = int(length.total_seconds())
    whole = timedelta(seconds=seconds - seconds % 60) if seconds >= 60 else length  # noqa: PLR2004 - a minute
    return word_duration(whole, tongue)


def word_within(length: timedelta, tongue: Tongue) -> str:
    """A duration in words and in the largest unit of which there are two: `40 minutes`, not `1 hour`."""
    seconds = max(0, int(length.total_seconds()))
    sizes = (("day", 86_400), ("hour", 3_600), ("minute", 60))
    unit, size = next(((unit, size) for unit, size in sizes if seconds >= 2 * size), ("second", 1))
    return say(tongue, f"in.{unit}").format(n=format_decimal(seconds // size, locale=locale_of(tongue)))


def word_ordinal(number: int, tongue: Tongue) -> str:
    """Write a number as a place in a row: `3.`, `3:e`, `3rd`."""
    last, is_teen = number % 10, number % 100 in {11, 12, 13}
    if tongue.language == "fi":
        return f"{number}."
    if tongue.language == "sv":
        return f"{number}:{'a' if last in {1, 2} and not is_teen else 'e'}"
    return f"{number}{'th' if is_teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th')}"


def counted(count: int, word: str, tongue: Tongue) -> str:
    """Give a number with what is counted, in the form that the number asks for."""
    form = Locale.parse(locale_of(tongue)).plural_form(count)
    number = format_decimal(count, locale=locale_of(tongue))
    return say(tongue, f"{word}.{'one' if form == 'one' else 'other'}").format(n=number)


def named(text: str | None, length: int = NAME_LENGTH) -> str:
    """Give a name on one line, cleaned and cut."""
    return cut(clean_line(text or ""), length)


def word_severity(card: Card, tongue: Tongue) -> str:
    """Give our word for a severity, else the severity itself."""
    word = f"severity.{card.severity}"
    return say(tongue, word) if word in WORDS["en"] else named(card.severity)


def who(person: Person) -> Span:
    """Name a person, in a form that a channel may turn into a mention."""
    found = SLACK_ID.fullmatch(person.slack or "")
    name = named(person.name) or named(person.key) or "?"
    return Span(name, strong=True, slack=found[1] if found else None)


def word_people(people: Sequence[Person], tongue: Tongue) -> Line:
    """Name people one after the other; a long list ends with how many more there are."""
    spans: list[Span] = []
    for person in people[:PEOPLE_SHOWN]:
        spans += [Span(", "), who(person)] if spans else [who(person)]
    if len(people) > PEOPLE_SHOWN:
        spans.append(Span(" " + say(tongue, "and_more").format(n=len(people) - PEOPLE_SHOWN)))
    return tuple(spans)


def word_owner(card: Card) -> Line:
    """Who has it; a Slack id that belongs to nobody we know is shown as Slack shows its members."""
    found = SLACK_ID.fullmatch(card.owner or "")
    return (Span(named(card.owner) or "?", strong=True, slack=found[1] if found else None),)


def word_language(code: str, tongue: Tongue) -> str:
    """Name a language in the language of the team."""
    try:
        return Locale.parse(code).get_language_name(locale_of(tongue)) or named(code)
    except (UnknownLocaleError, ValueError):
        return named(code)


def word_case(card: Card, tongue: Tongue) -> str:
    """Name a case by its number."""
    return say(tongue, "case").format(case=card.case)


def word_no_buttons(tongue: Tongue) -> str:
    """What to tell people whose channel refused the buttons."""
    return say(tongue, "no_buttons")


def word_quoted(text: str, tongue: Tongue) -> str:
    """Put a text between the language's own quotation marks."""
    return f"“{text}”" if tongue.language == "en" else f"”{text}”"


def word_missing(missing: str, tongue: Tongue) -> str:
    """Say why words of a post are not shown any more."""
    return say(tongue, f"missing.{missing}" if f"missing.{missing}" in WORDS["en"] else "no_text")


def word_open_post(tongue: Tongue) -> str:
    """Give the words that open a post."""
    return say(tongue, "open_post")
