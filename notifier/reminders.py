"""What reminds one person of several cases, in words: a line for each, with its links. Pure."""

from typing import Final

from notifier.channel import Page, Reminders, Tongue
from notifier.saying import counted, filled, word_people
from notifier.worded import Part, Row, Say, Span, Worded
from notifier.wording import page_buttons, word_call, word_deadline, word_way_there

_ANSWERS: Final = frozenset({"acknowledge", "snooze"})


def word_reminders(reminders: Reminders, tongue: Tongue) -> Worded:
    """Put reminders into words; one that asks something carries its answers."""
    count = filled(counted(len(reminders.pages), "reminders", tongue))
    head = (*word_people(reminders.people, tongue), Span(" – "), *count) if reminders.people else count
    parts: list[Part] = [Say(head)]
    for page in reminders.pages:
        parts += _line(page, tongue)
    return Worded(summary=head, parts=tuple(parts))


def _line(page: Page, tongue: Tongue) -> list[Part]:
    told = Say(
        (
            Span("• "),
            *word_call(page, tongue),
            *word_deadline(page.card, tongue),
            *word_way_there(page.card, tongue),
        ),
        foreign=True,
    )
    # of a question its answers; what else can be done, the card offers
    buttons = tuple(one for one in page_buttons(page, tongue, in_full=False) if one.action in _ANSWERS)
    return [told, Row(page.card.case, buttons)] if buttons else [told]
