"""Cards and pages in words: Finnish, Swedish and English, once for every channel.

Pure: the same content gives the same words, and no clock is read. Nothing here knows a vendor: a wording is
a headline, parts in order, and buttons; each channel draws those in its own way.

Customers' texts leave here cleaned (no control characters, no direction overrides, no lone surrogates) and
cut, but not escaped: escaping belongs to the medium. A part that holds words of outsiders says so
(`foreign`), and no channel may read markup in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.numbers import format_decimal

from casebook.mask import mask
from notifier.below import BELOW, FOLLOW_UP_LENGTH, word_below, word_said
from notifier.channel import Card, Page, Tongue
from notifier.gathered import count_line, word_gathered, word_summed_up
from notifier.grounds import word_reason
from notifier.hostile import clean, clean_line, cut, safe_url, shown_line
from notifier.procedure import word_procedure
from notifier.saying import (
    NAME_LENGTH,
    counted,
    filled,
    locale_of,
    moment_of,
    named,
    say,
    word_duration,
    word_left,
    word_ordinal,
    word_people,
    word_severity,
    word_within,
)
from notifier.standing import ENDED, PROMISES_SHOWN, headline_of, standing_of, summary_of, word_promise
from notifier.worded import Button, Fact, Facts, Line, Part, Quote, Say, Span, Worded

QUOTE_LENGTH = 700
_BUTTONS = {
    "open": ("acknowledge", "replied", "close", "dismiss"),
    "acknowledged": ("acknowledge", "replied", "close", "dismiss"),
    "responded": ("close",),
    "closed": ("reopen",),
    "dismissed": ("reopen",),
}


def word(content: Card | Page, tongue: Tongue, *, in_full: bool = True, room: float = 1.0) -> Worded:
    """Put a card or a page into words.

    `in_full` False words a page as an answer under its card, which shows the rest. `room` (0..1) shortens
    the long texts for a channel that could not hold them.
    """
    if isinstance(content, Page):
        return _word_page(content, tongue, in_full=in_full, room=room)
    return _word_card(content, tongue, room=room)


def _word_card(card: Card, tongue: Tongue, *, room: float) -> Worded:
    standing = standing_of(card, tongue)
    if card.moved_to is not None:
        return _word_moved(card, standing, tongue)
    parts: list[Part] = [Say(line) for line in standing]
    parts += _facts(card, tongue)
    parts += [Say(word_promise(promise, card, tongue)) for promise in card.promises[-PROMISES_SHOWN:]]
    if card.together and card.status not in ENDED:
        parts.append(Say(filled(say(tongue, "together"))))
    parts += word_gathered(card, tongue)
    parts += [word_said(card.text, card.missing, QUOTE_LENGTH, tongue, room), _byline(card, tongue)]
    parts += _private(card, tongue)
    parts += _history(card, tongue)
    parts += _follow_ups(card, tongue, room)
    return Worded(
        summary=summary_of(card, standing, tongue),
        headline=headline_of(card, tongue),
        severity=card.severity,
        parts=tuple(parts),
        buttons=_buttons(card, tongue),
        aside=_show_all(parts, tongue),
        menu=_menu(card, tongue),
        menu_label=say(tongue, "button.more"),
        more=(*word_procedure(card, tongue, room), *_background(card, tongue)),
        case=card.case,
    )


def _word_moved(card: Card, standing: list[Line], tongue: Tongue) -> Worded:
    """Leave of a card what tells which case went, and where: nothing to press, and none of the customer's words."""
    return Worded(
        summary=summary_of(card, standing, tongue),
        headline=headline_of(card, tongue),
        severity=card.severity,
        parts=(*(Say(line) for line in standing), _byline(card, tongue)),
        case=card.case,
    )


def _show_all(parts: Sequence[Part], tongue: Tongue) -> tuple[Button, ...]:
    """Offer the whole of what was said, where it had to be cut."""
    sign = say(tongue, "cut")
    is_cut = any(isinstance(part, Quote) and part.text.endswith(sign) for part in parts)
    return (Button("show_all", say(tongue, "show_all")),) if is_cut else ()


def _private(card: Card, tongue: Tongue) -> list[Part]:
    """Say that a post tells what should not stand in public, and what to ask of the customer."""
    found = mask(f"{clean(card.text)}\n{clean(card.latest_text or '')}").found
    if not found or card.status in ENDED:
        return []
    kinds = ", ".join(say(tongue, f"private.{kind}") for kind in found)
    return [Say(filled(say(tongue, "private"), kinds=kinds))]


def _history(card: Card, tongue: Tongue) -> list[Part]:
    """How often this customer has needed us lately, and how we did the last time."""
    if card.times < 2:  # noqa: PLR2004 - the first time is no history
        return []
    waited = card.last_answered_in
    template = say(tongue, "times" if waited is None else "times_answered")
    within = "" if waited is None else word_within(waited, tongue)
    return [Say(filled(template, n=word_ordinal(card.times, tongue), waited=within))]


def _byline(card: Card, tongue: Tongue) -> Say:
    """By whom, with what reach, where, when, and the way there."""
    if card.gathering is not None:  # nobody's in particular
        posted = say(tongue, "posted").format(moment=moment_of(card.gathering.first_at, card, tongue))
        return Say((Span(posted), *word_way_there(card, tongue)), foreign=True)
    spans = [Span(f"@{named(card.author) or '?'}", strong=True)]
    name = cut(shown_line(card.author_name or ""), NAME_LENGTH)
    if name and name != named(card.author):
        spans.append(Span(f" ({name})"))
    if card.followers is not None:
        spans.append(Span(f" · {counted(card.followers, 'followers', tongue)}"))
    spans.append(Span(f" · {named(card.source)}"))
    spans.append(Span(f" · {say(tongue, 'posted').format(moment=moment_of(card.posted_at, card, tongue))}"))
    if card.edited_at is not None:
        edited = say(tongue, "edited").format(moment=moment_of(card.edited_at, card, tongue))
        spans.append(Span(f" · {edited}"))
    return Say((*spans, *word_way_there(card, tongue)), foreign=True)


def word_way_there(card: Card, tongue: Tongue) -> Line:
    """Lead to the post and, where people can open it, to the case's own page."""
    page = safe_url(card.page_url)
    way: Line = (Span(" · "), Span(say(tongue, "open_case"), url=page)) if page is not None else ()
    address = safe_url(card.url)
    if address is not None:
        return (Span(" · "), Span(say(tongue, "open_post"), url=address), *way)
    written = cut(clean_line(card.url or ""), 200)
    return (Span(f" · {written}"), *way) if written else way


def _follow_ups(card: Card, tongue: Tongue, room: float) -> list[Part]:
    if card.gathering is not None or (card.mentions <= 1 and card.latest_text is None):
        return []
    number = format_decimal(card.mentions, locale=locale_of(tongue))
    if card.latest_text is None:
        return [Say(filled(say(tongue, "posts"), n=number))]
    label = filled(say(tongue, "posts_latest"), n=number)
    return [Say(label), word_said(card.latest_text, card.latest_missing, FOLLOW_UP_LENGTH, tongue, room)]


@dataclass(frozen=True, slots=True)
class _Clock:
    """One deadline and how it stands."""

    label: str
    by: datetime
    done: datetime | None
    is_breached: bool


def _clocks(card: Card) -> list[_Clock]:
    """The card's deadlines; a response satisfies the clock of acknowledging, too."""
    taken_at = min(filter(None, (card.acknowledged_at, card.responded_at)), default=None)
    clocks = []
    if card.acknowledge_by is not None:
        clocks.append(_Clock("take_by", card.acknowledge_by, taken_at, "acknowledge" in card.breaches))
    if card.respond_by is not None:
        clocks.append(_Clock("answer_by", card.respond_by, card.responded_at, "respond" in card.breaches))
    if card.update_by is not None:
        clocks.append(_Clock("update_by", card.update_by, None, card.update_missed))
    return clocks


def _facts(card: Card, tongue: Tongue, *, only_owed: bool = False) -> list[Part]:
    """Both deadlines and how they stand; a case that has ended, or a post taken back, asks nobody to hurry."""
    has_ended = card.status in {"closed", "dismissed"} or card.deleted_at is not None
    facts = tuple(
        Fact(
            say(tongue, clock.label),
            moment_of(clock.by, card, tongue, bare=True) + _state(clock, card, tongue),
        )
        for clock in _clocks(card)
        if not (only_owed and clock.done) and not (has_ended and not clock.done and not clock.is_breached)
    )
    return [Facts(facts)] if facts else []


def _state(clock: _Clock, card: Card, tongue: Tongue) -> str:
    """How a deadline stands: kept, missed, or how much was left of it at the time that is told with it."""
    if clock.done is not None and clock.done > clock.by:
        return "  " + say(tongue, "late").format(late=word_duration(clock.done - clock.by, tongue))
    if clock.done is not None:
        return "  " + say(tongue, "met")
    if clock.is_breached:
        return "  " + say(tongue, "passed")
    if card.at is None or card.at >= clock.by:
        return ""
    # a card is not drawn again every minute: what is left is true of the time beside it, and stays so
    time = moment_of(card.at, card, tongue, bare=True)
    return f" · {say(tongue, 'left').format(left=word_left(clock.by - card.at, tongue), time=time)}"


def _menu(card: Card, tongue: Tongue) -> tuple[Button, ...]:
    """What is pressed more seldom, as far as it applies."""
    if card.status == "merged":
        return ()
    address = safe_url(card.page_url) or safe_url(card.url)
    verbs = {
        "reassign": card.status not in ENDED,
        "snooze": card.status in {"open", "acknowledged"},
        "wrong_label": card.gathering is None,
        "why": card.gathering is None,
    }
    menu = tuple(Button(verb, say(tongue, f"menu.{verb}")) for verb, applies in verbs.items() if applies)
    if address is None:
        return menu
    label = "menu.open" if safe_url(card.page_url) else "menu.open_post"
    return (*menu, Button("open", say(tongue, label), url=address))


def _buttons(card: Card, tongue: Tongue) -> tuple[Button, ...]:
    return tuple(
        Button(action, say(tongue, f"button.{action}"), primary=action == "acknowledge")
        for action in _BUTTONS.get(card.status, ())
        if not (action == "acknowledge" and card.owner is not None and card.status != "open")
        and not (action == "replied" and card.gathering is not None)
    )


def _background(card: Card, tongue: Tongue) -> list[Part]:
    lines: list[Part] = []
    reason = word_reason(card.reason, tongue)
    if reason:
        lines.append(Say(filled(say(tongue, "why"), reason=reason), foreign=True, quiet=True))
    team = named(card.team)
    if team:
        lines.append(Say(filled(say(tongue, "team"), team=team), foreign=True, quiet=True))
    return lines


def _word_page(page: Page, tongue: Tongue, *, in_full: bool, room: float) -> Worded:
    """A call to named people: short under its card, enough to act on where it stands alone."""
    if page.why in BELOW:
        return word_below(page, tongue, room=room)
    card, call = page.card, word_call(page, tongue)
    parts: list[Part] = [Say(call)]
    if page.why == "summed_up":
        return Worded(
            (*call, *count_line(card, tongue)), (*parts, *word_summed_up(card, tongue)), case=card.case
        )
    if in_full:
        parts += word_gathered(card, tongue)
    if in_full:
        parts += [word_said(*_newest(page), QUOTE_LENGTH, tongue, room), _byline(card, tongue)]
        parts += _private(card, tongue)
    parts += _facts(card, tongue, only_owed=True)
    if not in_full:
        parts += [Say(word_way_there(card, tongue)[1:], foreign=True)] if safe_url(card.url) else []
    return Worded(
        summary=(*call, *word_deadline(card, tongue)),
        headline=headline_of(card, tongue) if in_full else None,
        severity=card.severity,
        parts=tuple(parts),
        buttons=page_buttons(page, tongue, in_full=in_full),
        aside=_show_all(parts, tongue) if in_full else (),
        menu=_menu(card, tongue) if in_full else (),
        menu_label=say(tongue, "button.more"),
        more=tuple(word_procedure(card, tongue, room)) if in_full else (),
        case=card.case,
    )


def page_buttons(page: Page, tongue: Tongue, *, in_full: bool) -> tuple[Button, ...]:
    """Give the card's own where a page stands alone; a question carries its answers wherever it stands."""
    if page.why != "asked":
        return _buttons(page.card, tongue) if in_full else ()
    still = Button("acknowledge", say(tongue, "button.still"), primary=True)
    later = Button("snooze", say(tongue, "button.snooze"))
    rest = [button for button in _buttons(page.card, tongue) if button.action != "acknowledge"]
    return (still, later, *rest)


def _newest(page: Page) -> tuple[str, str | None]:
    """What the page is about: the follow-up when the customer waits again, else the first post."""
    card = page.card
    if page.why in {"waits_again", "reopened", "untaken", "raised"} and card.latest_text is not None:
        return card.latest_text, card.latest_missing
    return card.text, card.missing


def word_call(page: Page, tongue: Tongue) -> Line:
    """Say whom a page calls, and to what."""
    card = page.card
    why = filled(
        say(tongue, f"page.{page.why}"),
        case=str(card.case),
        step=str(page.step),
        severity=(Span(word_severity(card, tongue), strong=True),),
        playbook=say(tongue, "crisis") if card.gathering else named(card.playbook),
    )
    return (*word_people(page.people, tongue), Span(" – "), *why) if page.people else why


def word_deadline(card: Card, tongue: Tongue) -> Line:
    """Say what is owed next, where anything is: nobody is asked to do by then what should have been done by then."""
    if card.respond_by is None or card.responded_at is not None or card.deleted_at is not None:
        return ()
    moment = moment_of(card.respond_by, card, tongue, bare=True)
    if "respond" in card.breaches:
        return (Span(f" {say(tongue, 'page.late').format(moment=moment)}"),)
    return (Span(f" {say(tongue, 'answer_by')} {moment}."),)
