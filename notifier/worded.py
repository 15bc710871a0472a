"""A message in words, before any medium: what the wording gives and the channels draw. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Some words of a line, all alike."""

    text: str
    strong: bool = False
    url: str | None = None
    """An http(s) address that these words open; checked by `safe_url`."""
    slack: str | None = None
    """These words name a person whom Slack can mention by this member id."""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """A line."""

    line: Line
    foreign: bool = False
    """It holds words of outsiders: no channel may read markup in it."""
    quiet: bool = False
    """Background, drawn smaller where the channel can."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A customer's own words."""

    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value, drawn beside other facts."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A few facts side by side."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """A short list to go through."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to copy."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Button:
    """One thing that can be done to the case; `action` is the Act's verb."""

    action: str
    label: str
    primary: bool = False
    url: str | None = None
    """It opens this address, checked by `safe_url`, and does nothing else."""


@dataclass(frozen=True, slots=True)
class Row:
    """What can be done to one of the cases that a message tells of."""

    case: int
    buttons: tuple[Button, ...]


Part = Say | Quote | Facts | Steps | Draft | Row


@dataclass(frozen=True, slots=True)
class Worded:
    """A message in words, before any medium."""

    summary: Line
    """One line that says it all: a notification, or one line of a terminal."""
    parts: tuple[Part, ...]
    """What stands above the buttons."""
    headline: str | None = None
    severity: str | None = None
    buttons: tuple[Button, ...] = ()
    aside: tuple[Button, ...] = ()
    """What shows more of the parts above; it stands apart from the buttons that do something."""
    menu: tuple[Button, ...] = ()
    """What is pressed more seldom: five at most, behind one button."""
    menu_label: str = ""
    more: tuple[Part, ...] = ()
    """What stands below the buttons."""
    case: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with a few answers."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    """(value, label)."""
    chosen: str | None = None
    many: tuple[str, ...] | None = None
    """Several may be chosen, these are at first; None: one."""
    is_list: bool = False
    """It is long: drawn as a list to open."""
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Moment:
    """A question for a date and a time."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Form:
    """A dialogue: what is shown and asked, and how it is sent and left."""

    verb: str
    case: int
    title: str
    parts: tuple[Part | Choice | Moment, ...]
    close: str
    submit: str | None = None
    """None: there is nothing to send."""


def plain(line: Line) -> str:
    """The line's words alone."""
    return "".join(span.text for span in line)
