"""What the demo's terminal shows while the week is played: a whole card at first, then a line each."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from notifier.channel import Card, Inbox, Message, Page, Person, Sent, Tongue, Why
from notifier.console import ConsoleChannel, ConsoleSettings
from notifier.hostile import shown_line
from vaste.span import span

_WHY: dict[Why, str] = {
    "opened": "→ ",
    "escalated": "not taken → ",
    "raised": "graver now → ",
    "waits_again": "writes again → ",
    "reopened": "open again → ",
    "reassigned": "handed on → ",
    "second": "needs a second → ",
    "promise": "promised → ",
    "update": "news owed → ",
    "repeated": "once more → ",
    "asked": "still on it? → ",
    "returned": "nothing heard → ",
    "snooze_over": "back again → ",
}
_STYLES = {"critical": "red", "high": "dark_orange"}
_TOLD = 27
"""Cells of the column that says who was told; on 80 columns it leaves 23 for the post."""


class Glance:
    """The console, with the first card of each playbook whole and a line for everything else."""

    kind = "console"

    def __init__(self, console: Console, tongue: Tongue) -> None:
        self._whole = ConsoleChannel(ConsoleSettings(kind="console"), tongue, console=console)
        self._console = console
        self._zone = tongue.zone
        self._shown: set[str] = set()
        self._answered: set[int] = set()

    def send(self, message: Message, *, now: datetime) -> Sent:
        """Show a message; of a card's updates only the one that says that the customer was answered."""
        content = message.content
        if isinstance(content, Card):
            if message.update is None and content.playbook not in self._shown:
                self._shown.add(content.playbook)
                return self._whole.send(message, now=now)
            self._card(content, is_new=message.update is None, now=now)
        elif isinstance(content, Page):
            told = _WHY.get(content.why, "") + (names(content.people) or "nobody on call")
            self._line(content.card, told, content.card.latest_text or content.card.text, now=now)
        return Sent("console", message.key)

    def listen(self, inbox: Inbox) -> None:
        """Nobody presses on this console; the play does."""

    def check(self) -> list[str]:
        """Nothing can be wrong with it."""
        return []

    def close(self) -> None:
        """Let go of the console."""
        self._whole.close()

    def _card(self, card: Card, *, is_new: bool, now: datetime) -> None:
        if is_new:
            self._line(card, "→ " + (names(card.on_call) or "nobody on call"), card.text, now=now)
        elif card.responded_at is not None and card.case not in self._answered:
            self._answered.add(card.case)
            waited = span(int((card.responded_at - card.posted_at).total_seconds()))
            self._line(card, f"answered after {waited}", "", now=now)

    def _line(self, card: Card, told: str, words: str, *, now: datetime) -> None:
        line = Text(f"{now.astimezone(self._zone):%a %H:%M}", style="dim")
        line.append(f" {card.case:>4} ", style="bold")
        line.append(_column(self._writable(card.playbook), 13), style=_STYLES.get(card.severity, ""))
        line.append(_column(self._writable(told), _TOLD), style="green" if not words else "")
        line.append(self._writable(shown_line(words)), style="dim")
        line.truncate(self._console.width, overflow="ellipsis")
        line.rstrip()
        self._console.print(line, no_wrap=True, overflow="ignore", crop=False)

    def _writable(self, words: str) -> str:
        encoding = self._console.encoding or "utf-8"
        return words.encode(encoding, "replace").decode(encoding)


def names(people: Sequence[Person]) -> str:
    """Give first names: a line is short, and a team knows itself."""
    return ", ".join(person.name.split()[0] for person in people)


def _column(words: str, cells: int) -> str:
    """Fill or cut words to a column of so many cells, with a space after it."""
    cell = Text(words)
    cell.truncate(cells, overflow="ellipsis", pad=True)
    return cell.plain + " "
