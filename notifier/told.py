"""A message in words as plain lines and as simple HTML, for channels that draw nothing themselves. Pure."""

from collections.abc import Iterator
from html import escape

from notifier.channel import Tongue
from notifier.saying import word_quoted
from notifier.worded import Draft, Facts, Line, Part, Quote, Row, Say, Steps, Worded


def as_lines(worded: Worded, tongue: Tongue) -> list[str]:
    """Give every line of a message, an address after the words that open it; the headline is not among them."""
    lines: list[str] = []
    for part in (*worded.parts, *worded.more) or (Say(worded.summary),):
        lines += _lines(part, tongue)
    return lines


def _lines(part: Part, tongue: Tongue) -> list[str]:
    match part:
        case Say(line=line):
            return [_with_addresses(line)]
        case Quote(text=text):
            return [f"> {row}" for row in word_quoted(text, tongue).split("\n")]
        case Facts(facts=facts):
            return [f"{fact.label}: {fact.value}" for fact in facts]
        case Steps(label=label, lines=steps):
            return [f"{label}:", *(f"- {step}" for step in steps)]
        case Draft(label=label, text=text):
            return [f"{label}:", *(f"  {row}" for row in text.split("\n"))]
        case Row():
            return []


def _with_addresses(line: Line) -> str:
    return "".join(f"{span.text}: {span.url}" if span.url else span.text for span in line)


def as_html(worded: Worded, tongue: Tongue) -> str:
    """Give a message as the inside of an HTML body; nothing of what outsiders wrote is markup in it."""
    parts = (*worded.parts, *worded.more) or (Say(worded.summary),)
    head = f"<h2>{escape(worded.headline)}</h2>" if worded.headline else ""
    return head + "".join("".join(_html(part, tongue)) for part in parts)


def _html(part: Part, tongue: Tongue) -> Iterator[str]:
    match part:
        case Say(line=line, quiet=quiet):
            yield f"<p{_QUIET if quiet else ''}>{_html_line(line)}</p>"
        case Quote(text=text):
            yield f"<blockquote>{_broken(word_quoted(text, tongue))}</blockquote>"
        case Facts(facts=facts):
            rows = "".join(
                f'<tr><th align="left">{escape(fact.label)}</th><td>{escape(fact.value)}</td></tr>'
                for fact in facts
            )
            yield f"<table>{rows}</table>"
        case Steps(label=label, lines=steps):
            items = "".join(f"<li>{escape(step)}</li>" for step in steps)
            yield f"<p><b>{escape(label)}</b></p><ul>{items}</ul>"
        case Draft(label=label, text=text):
            yield f"<p><b>{escape(label)}</b></p><pre>{escape(text)}</pre>"
        case Row():
            return


_QUIET = ' style="color:#666"'


def _html_line(line: Line) -> str:
    drawn = []
    for span in line:
        words = _broken(span.text)
        words = f"<b>{words}</b>" if span.strong else words
        drawn.append(f'<a href="{escape(span.url)}">{words}</a>' if span.url else words)
    return "".join(drawn)


def _broken(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def link_of(worded: Worded) -> str | None:
    """Give the first address that a message opens, the post's own as a rule."""
    spans = (span for part in worded.parts if isinstance(part, Say) for span in part.line)
    return next((span.url for span in spans if span.url), None)
