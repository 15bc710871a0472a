"""Whatever a message carries, in words: cards and pages by `wording`, messages of no case by `notices`. Pure."""

from notifier.channel import Content, Notice, Tongue
from notifier.notices import word_notice
from notifier.worded import Worded
from notifier.wording import word as word_case


def word(content: Content, tongue: Tongue, *, in_full: bool = True, room: float = 1.0) -> Worded:
    """Put any content into words; `in_full` and `room` as in `wording.word`."""
    if isinstance(content, Notice):
        return word_notice(content, tongue, room=room)
    return word_case(content, tongue, in_full=in_full, room=room)
