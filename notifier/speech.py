"""Whatever a message carries, in words: each kind has a room that words it. Pure."""

from notifier.channel import Content, Notice, Reminders, Tongue
from notifier.notices import word_notice
from notifier.reminders import word_reminders
from notifier.worded import Worded
from notifier.wording import word as word_case


def word(content: Content, tongue: Tongue, *, in_full: bool = True, room: float = 1.0) -> Worded:
    """Put any content into words; `in_full` and `room` as in `wording.word`."""
    if isinstance(content, Notice):
        return word_notice(content, tongue, room=room)
    if isinstance(content, Reminders):
        return word_reminders(content, tongue)
    return word_case(content, tongue, in_full=in_full, room=room)
