"""What people are asked and shown after a press, in words: one dialogue for each question. Pure.

A dialogue's answers come back by the names of its questions. What customers wrote is masked here as on the cards, and
stands in parts in which no channel reads markup.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from casebook.promise import KINDS
from notifier.channel import Question, Tongue, Tried
from notifier.grounds import word_asked, word_found, word_passed_over, word_reason
from notifier.hostile import cut, shown, units
from notifier.saying import filled, named, say
from notifier.worded import Choice, Form, Moment, Part, Quote, Say, Span

SNOOZES: Final = ("15m", "1h", "4h", "1d")
NONE: Final = "none"
PIECE_LENGTH: Final = 2800
"""Of a text that is shown whole, piece by piece."""
WHOLE_LENGTH: Final = 40_000
CHOSEN_MOST: Final = 100
"""Answers that a list can hold."""
TRIED_MOST: Final = 40
CONDITION_LENGTH: Final = 200
_OUTCOME: Final = {True: "form.why.yes", False: "form.why.not", None: "form.why.unknown"}

Asked = tuple[Part | Choice | Moment, ...]


def word_form(question: Question, tongue: Tongue) -> Form:
    """Put a question into words."""
    parts = _PARTS[question.verb](question, tongue)
    asks = any(isinstance(part, Choice | Moment) for part in parts)
    is_told_after = question.verb in {"replied", "close"}  # the press itself is filed already
    return Form(
        verb=question.verb,
        case=question.case,
        title=say(tongue, f"form.{question.verb}.title"),
        parts=parts,
        close=say(tongue, "form.skip" if is_told_after else "form.close"),
        submit=say(tongue, "form.send") if asks else None,
    )


def word_mistake(mistake: str, tongue: Tongue) -> str:
    """Say why what was chosen cannot be."""
    return say(tongue, f"form.{mistake}")


def _replied(_: Question, tongue: Tongue) -> Asked:
    where = tuple((value, say(tongue, f"form.where.{value}")) for value in ("public", "direct", "elsewhere"))
    return (Choice("where", say(tongue, "form.where"), where), *_promise(tongue))


def _close(_: Question, tongue: Tongue) -> Asked:
    return (Say((Span(say(tongue, "form.promise.asked")),)), *_promise(tongue))


def _promise(tongue: Tongue) -> Asked:
    kinds = (
        (NONE, say(tongue, "form.promise.none")),
        *((kind, say(tongue, f"form.promise.{kind}")) for kind in KINDS),
    )
    return (
        Choice("promise", say(tongue, "form.promise"), kinds, chosen=NONE, is_list=True, is_needed=False),
        Moment("due", say(tongue, "form.due")),
        _quiet(say(tongue, "form.promise.told")),
    )


def _reassign(question: Question, tongue: Tongue) -> Asked:
    people = [(key, named(name) or key) for key, name in question.people]
    teams = [
        (f"team:{team}", cut(say(tongue, "form.to.team").format(team=named(team)), 75))
        for team in question.teams
    ]
    options = tuple((people + teams)[:CHOSEN_MOST])
    return (
        Choice("to", say(tongue, "form.to"), options, is_list=True),
        _quiet(say(tongue, "form.reassign.told")),
    )


def _snooze(_: Question, tongue: Tongue) -> Asked:
    lengths = tuple((length, say(tongue, f"form.until.{length}")) for length in SNOOZES)
    return (
        Choice("until", say(tongue, "form.until"), lengths, chosen="1h"),
        Moment("until_at", say(tongue, "form.until_at")),
        _quiet(say(tongue, "form.snooze.told")),
    )


def _wrong_label(question: Question, tongue: Tongue) -> Asked:
    tones = tuple(
        (tone, say(tongue, f"form.sentiment.{tone}")) for tone in ("negative", "neutral", "positive")
    )
    needed = tuple((answer, say(tongue, f"form.attention.{answer}")) for answer in ("yes", "no"))
    attention = None if question.attention is None else "yes" if question.attention else "no"
    topics = tuple((topic, named(topic) or topic) for topic in question.topics[:CHOSEN_MOST])
    parts: Asked = (
        _quiet(say(tongue, "form.wrong_label.told")),
        Choice("sentiment", say(tongue, "form.sentiment"), tones, chosen=question.sentiment, is_needed=False),
        Choice("attention", say(tongue, "form.attention"), needed, chosen=attention, is_needed=False),
    )
    if not topics:
        return parts
    held = tuple(topic for topic, _ in topics if topic in question.held)
    return (
        *parts,
        Choice("topics", say(tongue, "form.topics"), topics, many=held, is_list=True, is_needed=False),
    )


def _why(question: Question, tongue: Tongue) -> Asked:
    parts: list[Part] = []
    if question.reason:
        parts.append(_foreign(say(tongue, "form.why.then"), reason=word_reason(question.reason, tongue)))
    if question.then is not None:
        parts.append(_foreign(say(tongue, "form.why.now"), reason=word_reason(question.then, tongue)))
    for tried in question.tried[:TRIED_MOST]:
        parts += _tried(tried, tongue)
    if len(question.tried) > TRIED_MOST:
        parts.append(_quiet(say(tongue, "form.why.more")))
    return tuple(parts) or (_quiet(say(tongue, "form.why.none")),)


def _tried(tried: Tried, tongue: Tongue) -> Iterator[Part]:
    told = say(tongue, f"form.why.{tried.outcome}")
    taker = word_passed_over(tried.passed_over, tongue) if tried.passed_over else named(tried.taker)
    line = filled(told, playbook=(Span(named(tried.playbook), strong=True),), taker=taker)
    yield Say(line, foreign=True)
    if not tried.conditions and tried.outcome != "passed_over":
        yield _quiet(say(tongue, "form.why.every"))
    for condition in tried.conditions:
        template = say(tongue, _OUTCOME[condition.held])
        asked = word_asked(condition.asked, tongue, CONDITION_LENGTH)
        found = word_found(condition.found, tongue, CONDITION_LENGTH)
        yield Say(filled(template, asked=asked, found=found), foreign=True, quiet=True)


def _show_all(question: Question, tongue: Tongue) -> Asked:
    room, parts = WHOLE_LENGTH, []
    for text in question.texts:
        for piece in _pieces(cut(shown(text), room)):
            parts.append(Quote(piece))
            room = max(0, room - units(piece))
    return tuple(parts) or (_quiet(say(tongue, "form.show_all.none")),)


def _pieces(text: str) -> Iterator[str]:
    """Give a text in pieces that a channel can hold, cut between graphemes."""
    while text:
        piece = cut(text, PIECE_LENGTH, "") or text[:PIECE_LENGTH]
        text = text[len(piece) :].strip()
        yield piece


def _quiet(text: str) -> Say:
    return Say((Span(text),), quiet=True)


def _foreign(template: str, **values: str) -> Say:
    return Say(filled(template, **values), foreign=True)


_PARTS: Final[Mapping[str, Callable[[Question, Tongue], Asked]]] = {
    "replied": _replied,
    "close": _close,
    "reassign": _reassign,
    "snooze": _snooze,
    "wrong_label": _wrong_label,
    "why": _why,
    "show_all": _show_all,
}
