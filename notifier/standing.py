"""Where a case stands, in words: its headline, who has it, what became of it, what was promised. Pure."""

from datetime import datetime

from casebook.promise import Promise
from notifier.channel import Card, Tongue
from notifier.gathered import count_line
from notifier.hostile import safe_url
from notifier.saying import (
    WORDS,
    filled,
    moment_of,
    named,
    say,
    who,
    word_case,
    word_duration,
    word_owner,
    word_people,
    word_severity,
)
from notifier.worded import Line, Span

PROMISES_SHOWN = 5
_SEVERITY_SIGNS = {"critical": "🔴", "high": "🟠", "normal": "🔵", "low": "⚪"}
STATUS_SIGNS = {
    "acknowledged": "🟨",
    "responded": "🟩",
    "closed": "⬛",
    "dismissed": "⬜",
    "merged": "🟪",
    "moved": "🟫",
}
_AGAIN, _PUT_OFF = "🟧", "🟦"
ENDED = frozenset({"closed", "dismissed", "merged", "moved"})


def headline_of(card: Card, tongue: Tongue) -> str:
    """Say in one line how grave it is or what became of it, what it is, and which case."""
    what = say(tongue, "crisis") if card.gathering else named(card.playbook)
    owed = _owed(card, tongue)
    grave = f"{word_severity(card, tongue)}: {owed}" if owed else word_severity(card, tongue)
    names = f"{grave} · {what} · {word_case(card, tongue)}"
    sign, status = _state(card)
    return f"{sign} {say(tongue, f'status.{status}')} · {names}" if status else f"{sign} {names}"


def _state(card: Card) -> tuple[str, str | None]:
    """Give the sign of a state and its word: squares for what somebody did, the severity's circle before that."""
    if card.waits_again and card.status == "acknowledged":
        return _AGAIN, "again"
    if card.snoozed_until is not None and card.status in {"open", "acknowledged"}:
        return _PUT_OFF, "snoozed"
    if card.status in STATUS_SIGNS:
        return STATUS_SIGNS[card.status], card.status
    return _SEVERITY_SIGNS.get(card.severity, "🔵"), None


def _owed(card: Card, tongue: Tongue) -> str | None:
    """Say what is to be done now and by when; None where nobody is asked to hurry."""
    if card.deleted_at is not None or card.snoozed_until is not None or card.status in ENDED:
        return None
    if _is_untaken(card) and card.acknowledge_by is not None and "acknowledge" not in card.breaches:
        return _by(say(tongue, "todo.take"), card.acknowledge_by, card, tongue)
    if card.respond_by is None or card.responded_at is not None:
        return say(tongue, "todo.take_now") if _is_untaken(card) and card.acknowledge_by else None
    if "respond" in card.breaches:
        return say(tongue, "todo.late")
    return _by(say(tongue, "todo.answer"), card.respond_by, card, tongue)


def _by(template: str, at: datetime, card: Card, tongue: Tongue) -> str:
    return template.format(moment=moment_of(at, card, tongue, bare=tongue.language == "en"))


def summary_of(card: Card, standing: list[Line], tongue: Tongue) -> Line:
    """The news in one line: for an open case what it is, afterwards what became of it."""
    if card.status not in STATUS_SIGNS:
        whose = "" if card.gathering else f" · @{named(card.author)}"
        what = (Span(f"{headline_of(card, tongue)}{whose}."), *count_line(card, tongue))
        return sum(((Span(" "), *line) for line in standing), what)
    return (Span(f"{word_case(card, tongue)}: "), *standing[-1])


def standing_of(card: Card, tongue: Tongue) -> list[Line]:
    """Who must act, who has it, what became of it: in the order in which it happened."""
    if card.moved_to is not None:  # how it stands there, the card there says
        return [word_moved(card, tongue)]
    lines = _untaken(card, tongue) if _is_untaken(card) else _taken(card, tongue)
    if card.snoozed_until is not None:
        moment = moment_of(card.snoozed_until, card, tongue)
        by = (Span(named(card.snoozed_by), strong=True),)
        template = say(tongue, "snoozed_by" if card.snoozed_by else "snoozed")
        lines.append(filled(template, moment=moment, by=by))
    lines += [filled(say(tongue, f"breach.{kind}")) for kind in _unshown_breaches(card)]
    if card.withdrawn:
        lines.append(filled(say(tongue, "withdrawn")))
    if card.waits_again:
        lines.append(filled(say(tongue, "again")))
    if card.deleted_at is not None:
        lines.append(filled(say(tongue, "deleted"), moment=moment_of(card.deleted_at, card, tongue)))
    if card.end_asked_by is not None and card.status not in ENDED:
        lines.append(filled(say(tongue, "end_asked"), who=(Span(named(card.end_asked_by), strong=True),)))
    if card.status in {"closed", "dismissed"}:
        lines.append(_ended(card, tongue))
    if card.merged_into is not None:
        lines.append(filled(say(tongue, "merged"), into=str(card.merged_into)))
    if card.crisis is not None:
        lines.append(filled(say(tongue, "child"), crisis=str(card.crisis)))
    return lines or [filled(say(tongue, "untaken"))]


def word_moved(card: Card, tongue: Tongue) -> Line:
    """Say which team has the case now, and lead to its card where that can be opened."""
    line = filled(say(tongue, "moved"), team=(Span(named(card.moved_to), strong=True),))
    address = safe_url(card.moved_url)
    return (*line, Span(" "), Span(say(tongue, "open_card"), url=address)) if address is not None else line


def word_promise(promise: Promise, card: Card, tongue: Tongue) -> Line:
    """What was promised, for when, by whom, and whether it was kept."""
    known = f"promise.what.{promise.what}"
    line = filled(
        say(tongue, "promised"),
        what=say(tongue, known if known in WORDS["en"] else "promise.what.other"),
        moment=moment_of(promise.due_at, card, tongue, bare=tongue.language == "en"),
        by=(Span(named(promise.by) or "?", strong=True),),
    )
    return line if promise.state == "open" else (*line, Span(say(tongue, f"promise.{promise.state}")))


def _is_untaken(card: Card) -> bool:
    return card.owner is None and card.status not in STATUS_SIGNS


def _untaken(card: Card, tongue: Tongue) -> list[Line]:
    lines: list[Line] = []
    if card.nobody_took_it:
        lines.append(filled(say(tongue, "nobody_took_it")))
    elif card.nobody_on_call:
        lines.append(_reached_nobody(card, tongue))
    elif card.calls_at is not None and card.deleted_at is None:
        moment = moment_of(card.calls_at, card, tongue)
        owner = (who(card.reopened_to),) if card.reopened_to else ()
        lines.append(
            filled(say(tongue, "tells_owner_at" if owner else "calls_at"), moment=moment, owner=owner)
        )
    if card.had_by is not None:
        lines.append(filled(say(tongue, "had_by"), owner=(Span(named(card.had_by), strong=True),)))
    if card.deleted_at is not None:
        return lines
    if card.reopened_to is not None and card.calls_at is None:
        lines.append(filled(say(tongue, "reopened_to"), owner=(who(card.reopened_to),)))
    elif card.on_call and not card.nobody_on_call:
        template = say(tongue, "called" if card.nobody_took_it else "on_call")
        lines.append(filled(template, people=word_people(card.on_call, tongue)))
    return lines


def _reached_nobody(card: Card, tongue: Tongue) -> Line:
    """Say that the last call reached nobody; whoever is on call is on call nevertheless."""
    if not card.on_call:
        return filled(say(tongue, "nobody_on_call"))
    template = say(tongue, "out_of_reach" if card.out_of_reach else "nobody_else")
    return filled(template, people=word_people(card.on_call, tongue))


def _taken(card: Card, tongue: Tongue) -> list[Line]:
    lines: list[Line] = []
    if card.owner is not None and card.owned_at is not None:
        moment = moment_of(card.owned_at, card, tongue)
        template = say(tongue, "given" if card.was_given else "took")
        lines.append(filled(template, owner=word_owner(card), moment=moment))
    elif card.owner is not None:
        lines.append(filled(say(tongue, "owner"), owner=word_owner(card)))
    if card.responded_at is not None:
        lines.append(word_answered(card, card.responded_at, tongue))
    if not lines and card.status == "responded":
        lines.append((Span(f"{say(tongue, 'status.responded')}."),))
    return lines


def word_answered(card: Card, at: datetime, tongue: Tongue) -> Line:
    """Say who answered, when, and how long the customer waited."""
    moment, waited = moment_of(at, card, tongue), word_duration(at - card.posted_at, tongue)
    by = named(card.responded_by)
    template = say(tongue, "answered_by" if by else "answered")
    manual = (Span(" " + say(tongue, "manual")),) if card.response_found == "manual" else ()
    return filled(template, by=(Span(by, strong=True),), moment=moment, waited=waited) + manual


def _ended(card: Card, tongue: Tongue) -> Line:
    if card.closed_at is None:
        return filled(say(tongue, f"{card.status}_once"))
    moment = moment_of(card.closed_at, card, tongue)
    by = (Span(named(card.ended_by), strong=True),)
    return filled(say(tongue, f"{card.status}_by" if card.ended_by else card.status), moment=moment, by=by)


def _unshown_breaches(card: Card) -> list[str]:
    """Breaches that no deadline on the card shows."""
    shown = {"acknowledge": card.acknowledge_by, "respond": card.respond_by}
    return [kind for kind in card.breaches if shown.get(kind) is None and f"breach.{kind}" in WORDS["en"]]
