"""The terminal as a channel: the same card, drawn with rich; plain lines where nobody's terminal is."""

from datetime import datetime
from threading import Lock
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from notifier.channel import (
    ChannelSettings,
    ChannelUnavailable,
    Inbox,
    Message,
    Page,
    Reminders,
    Sent,
    Tongue,
)
from notifier.saying import word_quoted
from notifier.speech import word
from notifier.worded import Draft, Facts, Line, Part, Quote, Row, Say, Steps, Worded, plain

_COLOURS = {"critical": "red", "high": "dark_orange", "normal": "blue", "low": "grey62"}
_WIDTH = 100


class ConsoleSettings(ChannelSettings):
    """The console needs nothing but its name."""

    kind: Literal["console"] = "console"


class ConsoleChannel:
    """Prints cards to the terminal, and later news of a case as one line."""

    kind = "console"

    def __init__(
        self,
        settings: ConsoleSettings,  # noqa: ARG002  # every channel is made from its settings; these hold nothing
        tongue: Tongue,
        console: Console | None = None,
    ) -> None:
        self._tongue = tongue
        self._console = console or Console(highlight=False)
        self._lock = Lock()
        self._told: tuple[str, str] | None = None

    def send(self, message: Message, *, now: datetime) -> Sent:  # noqa: ARG002  # the protocol's; a terminal keeps no time
        """Print one message; raises ChannelUnavailable where the output is gone."""
        drawn = self._draw(message)
        told = (message.key, drawn.plain) if isinstance(drawn, Text) and message.update is not None else None
        try:
            with self._lock:
                # a card that changed in something its one line does not tell need not tell it again
                if told is not None and told == self._told:
                    return Sent(place="console", ref=message.key)
                self._told = told
                # soft_wrap: in a file or a pipe a line stays whole, and so does an address in it
                self._console.print(drawn, markup=False, emoji=False, soft_wrap=not self._console.is_terminal)
                self._console.file.flush()
        except (OSError, ValueError) as error:  # a closed pipe, a closed file
            sentence = "the terminal takes no more output; start vaste with its output open or redirected"
            raise ChannelUnavailable(sentence, permanent=True) from error
        return Sent(place="console", ref=message.key)

    def listen(self, inbox: Inbox) -> None:
        """Do nothing: nobody presses anything here."""

    def check(self) -> list[str]:
        """Nothing can be wrong with a terminal before it is used."""
        return []

    def close(self) -> None:
        """Let go of nothing: the terminal is not ours to close."""

    def _draw(self, message: Message) -> RenderableType:
        worded = word(message.content, self._tongue, in_full=message.thread is None)
        # a digest whose quotes were erased prints no second time: one line says that it changed
        is_news = not isinstance(message.content, Page) and message.update is not None
        if is_news or isinstance(message.content, Page):
            return self._shown(f"→ {plain(worded.summary)}")
        if isinstance(message.content, Reminders):
            lines = [self._part(part).plain for part in worded.parts if not isinstance(part, Row)]
            return self._shown("\n  ".join([f"→ {lines[0]}", *lines[1:]]))
        if not worded.headline:
            return self._shown(plain(worded.summary))
        return self._panel(worded) if self._console.is_terminal else self._plain(worded)

    def _panel(self, worded: Worded) -> Panel:
        drawn = []
        for part in (*worded.parts, *worded.more):
            inner = self._part(part)
            drawn.append(Padding(inner, (0, 2)) if isinstance(part, Quote) else inner)
        return Panel(
            Group(*drawn),
            title=self._shown(worded.headline or "", "bold"),
            title_align="left",
            border_style=_COLOURS.get(worded.severity or "", "blue"),
            width=min(self._console.width, _WIDTH),
        )

    def _plain(self, worded: Worded) -> Text:
        """The same without a frame: indented under its headline, an empty line after it."""
        lines = [worded.headline or ""]
        for part in (*worded.parts, *worded.more):
            lines += [f"  {line}" for line in self._part(part).plain.split("\n")]
        return self._shown("\n".join(lines) + "\n")

    def _part(self, part: Part) -> Text:
        match part:
            case Say():
                return self._line(part.line, style="dim" if part.quiet else "")
            case Quote(text=text):
                return self._shown(word_quoted(text, self._tongue), "italic")
            case Facts(facts=facts):
                return Text("\n").join(self._labelled(fact.label, f" {fact.value}") for fact in facts)
            case Steps(label=label, lines=lines):
                return self._labelled(label, "".join(f"\n  • {line}" for line in lines))
            case Draft(label=label, text=text):
                return self._labelled(label, "".join(f"\n  {line}" for line in text.split("\n")))
            case Row():  # nobody presses anything here
                return Text()

    def _labelled(self, label: str, value: str) -> Text:
        return self._shown(f"{label}:", "bold").append_text(self._shown(value))

    def _line(self, line: Line, style: str = "") -> Text:
        """A line's spans; an address follows its words, for not every terminal opens links."""
        drawn = Text(style=style)
        for span in line:
            drawn.append_text(self._shown(span.text, "bold" if span.strong else ""))
            if span.url:
                drawn.append_text(self._shown(": ")).append_text(self._shown(span.url, "underline"))
        return drawn

    def _shown(self, words: str, style: str = "") -> Text:
        """Words as rich text: no markup is read; what the terminal cannot write becomes a question mark."""
        encoding = self._console.encoding or "utf-8"
        shown = Text()
        return shown.append(words.encode(encoding, "replace").decode(encoding), style=style or None)
