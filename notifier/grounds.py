"""Why a mention is a case, or is none, in the language of whoever reads it. Pure.

What a decision stands on comes as facts (`casebook.grounds`), also from the record. Names of playbooks, topics and
words are other people's, and the form in which a word was found is a customer's: all are cleaned here and cut, and
are escaped by the medium.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import time
from functools import reduce
from typing import Any, Final, Literal

import regex
from babel import Locale
from babel.dates import format_time, get_day_names
from babel.numbers import format_decimal, format_percent, get_decimal_symbol

from casebook.grounds import WRITTEN, Ground
from notifier.channel import Tongue
from notifier.ground_words import GROUND_WORDS
from notifier.hostile import cut, shown_line
from notifier.saying import locale_of, named, say, word_language, word_quoted

REASON_LENGTH: Final = 600
GROUND_LENGTH: Final = 300
_NAME_LENGTH: Final = 120
_FORM_LENGTH: Final = 40
_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_NOT_UNDERSTOOD: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""Of facts that another version kept."""

Side = Literal["asked", "found"]
Facts = Mapping[str, Any]


def word_reason(reason: Iterable[Ground], tongue: Tongue, length: int = REASON_LENGTH) -> str:
    """Say in one line what a decision stands on; a sentence that was kept as one stays in its language."""
    return cut("; ".join(part for part in (_part(one, tongue) for one in reason) if part), length)


def word_asked(asked: Ground, tongue: Tongue, length: int = GROUND_LENGTH) -> str:
    """Say what a condition asks."""
    return cut(_told("asked", asked, tongue), length)


def word_found(found: Ground, tongue: Tongue, length: int = GROUND_LENGTH) -> str:
    """Say what a condition found."""
    return cut(_told("found", found, tongue), length)


def word_bare(reason: Sequence[Ground], tongue: Tongue, length: int = REASON_LENGTH) -> str:
    """Say the same without the words that there is no case, where something else says so already."""
    told = word_reason(reason, tongue, length)
    alone = reason[0] if len(reason) == 1 else None
    if alone is not None and alone.what == WRITTEN:  # kept as a sentence, in English
        return told.removeprefix("no case: ")
    if alone is None or not alone.what.startswith("none."):
        return told
    begins, _, ends = GROUND_WORDS.get(tongue.language, GROUND_WORDS["en"])["none"].partition("{why}")
    return told.removeprefix(begins).removesuffix(ends)


def word_sentiment(name: str, tongue: Tongue) -> str:
    """Name a class of sentiment."""
    return _own("sentiment", name, tongue)


def word_share(value: float, tongue: Tongue) -> str:
    """Write a probability or a score, in hundredths."""
    return _figure(float(f"{value:.2f}"), tongue)


def word_passed_over(why: Ground, tongue: Tongue) -> str:
    """Say why a playbook was not tried at all."""
    return _word(tongue, why.what) if why.what in GROUND_WORDS["en"] else named(why.what)


def _part(one: Ground, tongue: Tongue) -> str:
    family, _, _ = one.what.partition(".")
    word = _PARTS.get(one.what) or _PARTS.get(family)
    if word is None:
        return named(one.what)  # of a later version: its key is better than no card
    try:
        return word(one.what, one.facts, tongue)
    except _NOT_UNDERSTOOD:
        return named(one.what)


def _told(side: Side, one: Ground, tongue: Tongue) -> str:
    word = _TOLD.get(one.what, _plain)
    try:
        return word(side, one, tongue)
    except _NOT_UNDERSTOOD:
        return named(one.what)


def _word(tongue: Tongue, key: str, /, **values: str) -> str:
    """Give the words of a key with values put in; braces in the values stay what they are."""
    return GROUND_WORDS.get(tongue.language, GROUND_WORDS["en"])[key].format(**values)


def _key(side: Side, what: str) -> str:
    key = f"{side}.{what}"
    return key if key in GROUND_WORDS["en"] else f"asked.{what}"


# -- which playbook, or none


def _taken(_: str, facts: Facts, tongue: Tongue) -> str:
    found = "; ".join(_everything(one, tongue) for one in facts["found"])
    return _word(tongue, "taken", playbook=_name(facts["playbook"]), found=found)


def _everything(one: Ground, tongue: Tongue) -> str:
    return _word(tongue, "everything") if one.what == "everything" else _told("found", one, tongue)


def _none(what: str, facts: Facts, tongue: Tongue) -> str:
    values = {}
    if what == "none.abstained":
        values = {"names": _and_more(facts, tongue)}
    elif what == "none.nearest":
        values = {
            "playbook": _name(facts["playbook"]),
            "found": _told("found", facts["found"], tongue),
            "asked": _told("asked", facts["asked"], tongue),
        }
    return _word(tongue, "none", why=_word(tongue, what, **values))


def _and_more(facts: Facts, tongue: Tongue) -> str:
    names, more = ", ".join(map(_name, facts["names"])), facts["more"]
    return _word(tongue, "and", names=names, last=_more(more, tongue)) if more else names


def _held(what: str, facts: Facts, tongue: Tongue) -> str:
    return _word(tongue, "none", why=_HELD[what](facts, tongue))


def _in_digest(facts: Facts, tongue: Tongue) -> str:
    named_one = f"held.digest.{facts['digest']}"
    key = named_one if named_one in GROUND_WORDS["en"] else "held.digest"
    return _word(tongue, key, digest=_name(facts["digest"]))


def _unsampled(facts: Facts, tongue: Tongue) -> str:
    share = format_percent(facts["share"], format=_percent(tongue), locale=locale_of(tongue))
    return _word(tongue, "held.sample", share=share)


def _percent(tongue: Tongue) -> str:
    """Give the language's own form of a percentage, with as many decimals as there are."""
    return str(Locale.parse(locale_of(tongue)).percent_formats[None].pattern).replace("0", "0.##########")


def _capped(facts: Facts, tongue: Tongue) -> str:
    within, most = _within(facts["within_s"], tongue), _number(facts["most"], tongue)
    return _counted("held.cap", facts["had"], tongue, within=within, most=most)


def _others_told(_: str, facts: Facts, tongue: Tongue) -> str:
    each = [_word(tongue, "told.one", to=_name(to), playbook=_name(playbook)) for to, playbook in facts["to"]]
    return _word(tongue, "told", to=", ".join(each))


def _whom(what: str, facts: Facts, tongue: Tongue) -> str:
    """Word whom a step reaches, or why it reaches nobody: names alone are put in."""
    return _word(tongue, what, **{key: _name(name) for key, name in facts.items()})


def _overloaded(what: str, facts: Facts, tongue: Tongue) -> str:
    return _counted(what, facts["had"], tongue, most=_number(facts["most"], tongue))


def _sentence(_: str, facts: Facts, tongue: Tongue) -> str:
    del tongue
    return shown_line(str(facts["sentence"]))


# -- conditions


def _plain(side: Side, one: Ground, tongue: Tongue) -> str:
    """Word what has no facts, or names alone."""
    key = _key(side, one.what)
    if key not in GROUND_WORDS["en"]:
        return named(one.what)
    if not one.facts:
        return _word(tongue, key)
    names = tuple(_own(one.what, name, tongue) for name in one.facts["names"])
    if not names:
        return _word(tongue, f"{key.replace('asked', 'found')}.none")
    return _word(tongue, key, names=_listed(names, one.facts["more"], tongue, side))


def _own(what: str, name: str, tongue: Tongue) -> str:
    """Name something in our own word where there is one."""
    key = f"{what}.{name}"
    if key in GROUND_WORDS["en"]:
        return _word(tongue, key)
    return word_language(name, tongue) if what == "language" else _name(name)


def _topics(side: Side, one: Ground, tongue: Tongue) -> str:
    if side == "asked":
        return _plain(side, one, tongue)
    told = ", ".join(
        _name(name)
        if value is None
        else _word(tongue, "scored", name=_name(name), value=_figure(value, tongue))
        for name, value in one.facts["scored"]
    )
    return _word(tongue, "found.topics.under" if one.facts["under"] else "asked.topics", names=told)


def _topic_scores(side: Side, one: Ground, tongue: Tongue) -> str:
    told = [_word(tongue, "asked.topics", names=pair) for pair in _pairs(side, one, tongue, _name)]
    return ", ".join(told) if side == "found" else _joined("or", told, tongue)


def _probabilities(side: Side, one: Ground, tongue: Tongue) -> str:
    told = _pairs(side, one, tongue, lambda name: _own("sentiment", name, tongue))
    return ", ".join(told) if side == "found" else _joined("or", told, tongue)


def _pairs(side: Side, one: Ground, tongue: Tongue, name_of: Callable[[str], str]) -> list[str]:
    """Word names with the bound that was asked of each, or with the figure that was there."""
    word, pairs = ("scored", one.facts["values"]) if side == "found" else ("least", one.facts["bounds"])
    return [_word(tongue, word, name=name_of(name), value=_figure(value, tongue)) for name, value in pairs]


def _sentiment(side: Side, one: Ground, tongue: Tongue) -> str:
    if side == "asked":
        return _plain(side, one, tongue)
    name, value = _own("sentiment", one.facts["name"], tongue), _figure(one.facts["value"], tongue)
    return _word(tongue, "scored", name=name, value=value)


def _attention(side: Side, one: Ground, tongue: Tongue) -> str:
    value = one.facts["least" if side == "asked" else "value"]
    return _word(tongue, f"{side}.attention", value=_figure(value, tongue))


def _amount(side: Side, one: Ground, tongue: Tongue) -> str:
    """Word followers, reach and its growth."""
    if side == "asked":
        return _word(tongue, f"asked.{one.what}", n=_number(one.facts["least"], tongue))
    value = one.facts["value"]
    if value is None:
        return _word(tongue, f"found.{one.what}.none")
    return _counted(f"found.{one.what}", value, tongue)


def _rating(side: Side, one: Ground, tongue: Tongue) -> str:
    if side == "found":
        value = one.facts["value"]
        if value is None:
            return _word(tongue, "found.rating.none")
        return _word(tongue, "found.rating", value=_number(value, tongue))
    bounds = {name: _number(bound, tongue) for name, bound in one.facts.items() if bound is not None}
    asked = (
        "asked.rating" if not bounds else f"asked.rating.{'both' if len(bounds) > 1 else next(iter(bounds))}"
    )
    return _word(tongue, asked, **bounds)


def _author_cases(side: Side, one: Ground, tongue: Tongue) -> str:
    if side == "found":
        return _counted("found.author_cases", one.facts["count"], tongue)
    within = _within(one.facts["within_s"], tongue)
    return _counted("asked.author_cases", one.facts["least"], tongue, within=within)


def _to_person(_: Side, one: Ground, tongue: Tongue) -> str:
    return _word(tongue, f"asked.to_person.{_yes(one.facts['wanted'])}")


def _time(_: Side, one: Ground, tongue: Tongue) -> str:
    spans = [f"{_clock(start, tongue)}–{_clock(end, tongue)}" for start, end in one.facts["spans"]]
    return _word(tongue, "asked.time", names=_joined("or", spans, tongue))


def _weekday(_: Side, one: Ground, tongue: Tongue) -> str:
    days = [_day(day, tongue) for day in one.facts["days"]]
    return _word(tongue, "asked.weekday", names=_joined("or", days, tongue))


def _posted(_: Side, one: Ground, tongue: Tongue) -> str:
    weekday, minute = one.facts["weekday"], one.facts["minute"]
    if weekday is None or minute is None:
        return _word(tongue, "found.posted.none")
    return _word(tongue, "found.posted", day=_day(weekday, tongue), time=_clock(minute, tongue))


def _closed(side: Side, one: Ground, tongue: Tongue) -> str:
    return _word(tongue, "found.closed", posted=_told(side, one.facts["posted"], tongue))


def _crisis(_: Side, one: Ground, tongue: Tongue) -> str:
    return _word(tongue, f"found.crisis.{_yes(one.facts['runs'])}")


def _blind(side: Side, one: Ground, tongue: Tongue) -> str:
    was = one.facts["was"]
    return _word(tongue, f"{side if was else 'found'}.blind.{_yes(was)}")


def _question(side: Side, one: Ground, tongue: Tongue) -> str:
    if side == "asked":
        return _word(tongue, f"asked.question.{_yes(one.facts['wanted'])}")
    return _word(tongue, f"found.question.{one.facts['by'] or 'none'}")


def _words(side: Side, one: Ground, tongue: Tongue) -> str:
    form = cut(shown_line(one.facts.get("form") or ""), _FORM_LENGTH)
    if not form:
        return _plain(side, one, tongue)
    names = _listed(tuple(map(_name, one.facts["names"])), one.facts["more"], tongue, side)
    return _word(tongue, "found.words.form", names=names, form=word_quoted(form, tongue))


def _no_pattern(side: Side, one: Ground, tongue: Tongue) -> str:
    told = [_told(side, trouble, tongue) for trouble in one.facts["troubles"]]
    return ", ".join(told) or _word(tongue, "found.no_pattern")


# -- matches within a match


def _several(side: Side, one: Ground, tongue: Tongue) -> str:
    """Word `all` and `any`: their matches, each between brackets."""
    told = [_word(tongue, "within", of=_told(side, inner, tongue)) for inner in one.facts["of"]]
    if one.facts["more"]:
        told.append(_more(one.facts["more"], tongue))
    how = "or" if one.what == "any" else "and"
    return _word(tongue, f"asked.{one.what}", of=_joined(how, told, tongue))


def _match(side: Side, one: Ground, tongue: Tongue) -> str:
    return _joined("both", [_told(side, inner, tongue) for inner in one.facts["of"]], tongue)


def _not(side: Side, one: Ground, tongue: Tongue) -> str:
    return _word(tongue, "asked.not", of=_word(tongue, "within", of=_match(side, one, tongue)))


def _count_more(_: Side, one: Ground, tongue: Tongue) -> str:
    return _more(one.facts["count"], tongue)


def _each(side: Side, one: Ground, tongue: Tongue) -> str:
    return "; ".join(_told(side, inner, tongue) for inner in one.facts["of"])


# -- small words


def _name(name: object) -> str:
    return cut(shown_line(str(name)), _NAME_LENGTH) or "?"


def _joined(how: str, each: Sequence[str], tongue: Tongue) -> str:
    return reduce(lambda told, last: _word(tongue, how, names=told, last=last), each)


def _listed(names: Sequence[str], more: int, tongue: Tongue, side: Side) -> str:
    """Join names, by `or` where any of them was asked for; the last one may be how many more there are."""
    each = [*names, _more(more, tongue)] if more else list(names)
    return _joined("or", each, tongue) if side == "asked" else ", ".join(each)


def _more(count: int, tongue: Tongue) -> str:
    return _word(tongue, "more", n=_number(count, tongue))


def _yes(is_so: object) -> str:
    return "yes" if is_so else "no"


def _counted(word: str, count: float, tongue: Tongue, **values: str) -> str:
    form = "one" if Locale.parse(locale_of(tongue)).plural_form(count) == "one" else "other"
    return _word(tongue, f"{word}.{form}", n=_number(count, tongue), **values)


def _number(number: float, tongue: Tongue) -> str:
    return format_decimal(number, format="#,##0.######", locale=locale_of(tongue))


def _figure(value: float, tongue: Tongue) -> str:
    """Write a share with as many digits as it has, at least two."""
    written = (f"{value:.{digits}f}" for digits in range(2, 10))
    text = next((text for text in written if float(text) == value), repr(float(value)))
    return text.replace(".", get_decimal_symbol(locale_of(tongue)))


def _within(seconds: int, tongue: Tongue) -> str:
    """Word a stretch of time in the largest unit of which there are two or more, and no part."""
    whole = (pair for pair in _UNITS if seconds % pair[1] == 0 and seconds >= 2 * pair[1])
    unit, size = next(whole, ("second", 1))
    return say(tongue, f"in.{unit}").format(n=_number(seconds // size, tongue))


def _clock(minute: int, tongue: Tongue) -> str:
    """Write a minute of the day as the language writes times; the end of the day is 24."""
    hour, rest = divmod(minute, 60)
    text = format_time(time(hour % 24, rest), "short", locale=locale_of(tongue))
    return regex.sub(r"^0+(?=\D)", "24", text) if hour == 24 else text  # noqa: PLR2004 - hours of a day


def _day(weekday: int, tongue: Tongue) -> str:
    return str(get_day_names("abbreviated", locale=locale_of(tongue))[weekday])


_HELD: Final[Mapping[str, Callable[[Facts, Tongue], str]]] = {
    "held.digest": _in_digest,
    "held.sample": _unsampled,
    "held.cap": _capped,
}
_PARTS: Final[Mapping[str, Callable[[str, Facts, Tongue], str]]] = {
    "taken": _taken,
    "none": _none,
    "held": _held,
    "told": _others_told,
    "reached": _whom,
    "nobody": _whom,
    "unreachable": _whom,
    "overloaded": _overloaded,
    WRITTEN: _sentence,
}
_TOLD: Final[Mapping[str, Callable[[Side, Ground, Tongue], str]]] = {
    "topics": _topics,
    "topic_scores": _topic_scores,
    "sentiment": _sentiment,
    "probability": _probabilities,
    "attention": _attention,
    "followers": _amount,
    "reach": _amount,
    "growth": _amount,
    "rating": _rating,
    "author_cases": _author_cases,
    "to_person": _to_person,
    "time": _time,
    "weekday": _weekday,
    "posted": _posted,
    "closed": _closed,
    "crisis": _crisis,
    "blind": _blind,
    "question": _question,
    "words": _words,
    "no_pattern": _no_pattern,
    "all": _several,
    "any": _several,
    "match": _match,
    "not": _not,
    "more": _count_more,
    "each": _each,
}
