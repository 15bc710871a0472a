"""Slack's Block Kit from words: pure, and checked against Slack's limits before anything is sent.

One message over a limit is lost whole (`invalid_blocks`), so every payload is measured here; what does not
fit is worded again with less room, and at the very last sent as plain text, which always fits.

Words of outsiders stand in `plain_text` and `rich_text` only, where Slack reads no markup. Our own lines
with mentions are mrkdwn, escaped and stripped of formatting signs.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.channel import Content, Tongue
from notifier.hostile import clean_line, cut, units
from notifier.limits import (
    BUTTON_LENGTH,
    CONTEXT_MOST,
    HEADER_LENGTH,
    OPTION_LENGTH,
    OVERFLOW_MOST,
    RICH_MOST,
    problems,
)
from notifier.saying import word_no_buttons, word_quoted
from notifier.speech import word
from notifier.worded import Button, Draft, Facts, Line, Part, Quote, Row, Say, Span, Steps, Worded

Block = dict[str, Any]

TEXT_LENGTH = 3900
"""Text alone, far below what Slack cuts: a phone must show it."""

CASE_BLOCK = "case:"
"""Before the case's number in the id of the block that can be pressed."""
MENU_ID = "more"
_ROOMS = (1.0, 0.5, 0.25)
_FORMATTING = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
# an underscore inside a word formats nothing, and names hold many: maija_k stays what can be copied
_LOOSE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")


@dataclass(frozen=True, slots=True)
class Payload:
    """What is posted: blocks where they fit, and a text that always does."""

    text: str
    """For notifications, beside the blocks."""
    blocks: tuple[Block, ...]
    """Empty when the message is text alone."""
    whole_text: str
    """All that the blocks say, as text alone."""


def payload(content: Content, tongue: Tongue, *, in_full: bool) -> Payload:
    """Make the payload of any content; its blocks are valid, or there are none."""
    worded = word(content, tongue, in_full=in_full)
    text = whole_text(worded, tongue)
    for room in _ROOMS:
        blocks = draw(word(content, tongue, in_full=in_full, room=room))
        if not problems(blocks):
            return Payload(text=notification(worded, tongue), blocks=tuple(blocks), whole_text=text)
    return Payload(text=text, blocks=(), whole_text=text)


# ---------------------------------------------------------------------------------------------------------
# Text


def escape(text: str) -> str:
    """Escape the three characters that Slack reads as markup of its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _dead(text: str) -> str:
    """Words in which nothing is live: no mention, no link, no formatting, no quote at a line's beginning."""
    return escape(_LOOSE_UNDERSCORE.sub("ˍ", text.replace("\n", " ").translate(_FORMATTING)))


def mrkdwn(line: Line) -> str:
    """Write a line in Slack's markup; only our own spans are live in it."""
    return "".join(_mrkdwn_span(span) for span in line)


def _mrkdwn_span(span: Span) -> str:
    if span.slack:
        return f"<@{span.slack}>"
    if span.url:
        return f"<{escape(span.url)}|{_dead(span.text)}>"
    return f"*{_dead(span.text)}*" if span.strong and span.text.strip() else _dead(span.text)


def notification(worded: Worded, tongue: Tongue) -> str:
    """The one line that a phone shows, with our mentions alive."""
    quote = next((part.text for part in worded.parts if isinstance(part, Quote)), "")
    said = f" {_quoted(quote, 200, tongue)}" if quote else ""
    return mrkdwn(_shortened(worded.summary)) + said


def _quoted(text: str, length: int, tongue: Tongue) -> str:
    return _dead(word_quoted(cut(clean_line(text), length), tongue))


def whole_text(worded: Worded, tongue: Tongue) -> str:
    """All that the message says, as text; at most TEXT_LENGTH units, never empty.

    What stands at the end is left out first.
    """
    lines = [f"*{_dead(worded.headline)}*"] if worded.headline else []
    lines += [line for part in (*worded.parts, *worded.more) for line in _part_lines(part, tongue)]
    if worded.buttons:
        lines.insert(min(len(lines), 6), _dead(word_no_buttons(tongue)))
    kept, room = [], TEXT_LENGTH
    for line in lines:
        room -= units(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join(kept) or mrkdwn(worded.summary)


def _part_lines(part: Part, tongue: Tongue) -> list[str]:
    match part:
        case Say(line=line):
            return [mrkdwn(_shortened(line))]
        case Quote(text=text):
            return [_quoted(text, 400, tongue)]
        case Facts(facts=facts):
            return [f"{_dead(fact.label)}: {_dead(fact.value)}" for fact in facts]
        case Steps(label=label, lines=lines):
            return [f"{_dead(label)}: " + "; ".join(_dead(cut(line, 100)) for line in lines)]
        case Draft(label=label, text=text):
            return [f"{_dead(label)}: {_dead(cut(clean_line(text), 400))}"]
        case Row():
            return []


def _shortened(line: Line) -> Line:
    """The line with long spans cut, so that one of them cannot fill the text."""
    return tuple(
        Span(cut(span.text, 500), strong=span.strong, url=span.url, slack=span.slack) for span in line
    )


# ---------------------------------------------------------------------------------------------------------
# Blocks


def draw(worded: Worded) -> list[Block]:
    """Draw the words as blocks, in order: headline, parts, buttons, the rest."""
    blocks: list[Block] = []
    if worded.headline:
        blocks.append({"type": "header", "text": plain_text(cut(worded.headline, HEADER_LENGTH))})
    blocks += joined(block for part in worded.parts for block in draw_part(part))
    if worded.aside and worded.case is not None:
        shown = [_draw_button(button, str(worded.case)) for button in worded.aside]
        blocks.append({"type": "actions", "elements": shown})
    if (worded.buttons or worded.menu) and worded.case is not None:
        blocks.append(_draw_buttons(worded, worded.case))
    return blocks + list(joined(block for part in worded.more for block in draw_part(part)))


def joined(blocks: Iterator[Block]) -> list[Block]:
    """Blocks of one kind that follow each other become one: less air between lines that belong together."""
    joined: list[Block] = []
    for block in blocks:
        before = joined[-1] if joined else {}
        most = {"rich_text": RICH_MOST, "context": CONTEXT_MOST}.get(block["type"], 0)
        if before.get("type") == block["type"] and len(before.get("elements", ())) < most:
            before["elements"] += block["elements"]
        else:
            joined.append(block)
    return joined


def draw_part(part: Part) -> list[Block]:
    """Draw one part of a message or of a dialogue."""
    match part:
        case Say():
            return [_draw_line(part)]
        case Quote(text=text):
            return [_rich({"type": "rich_text_quote", "elements": [_text(text)]})]
        case Facts(facts=facts):
            fields = [mrkdwn_text(f"*{_dead(fact.label)}*\n{_dead(fact.value)}") for fact in facts]
            return [{"type": "section", "fields": fields}]
        case Steps(label=label, lines=lines):
            points = [_section((Span(line),)) for line in lines]
            listed = {"type": "rich_text_list", "style": "bullet", "elements": points}
            return [_rich(_section((Span(label, strong=True),)), listed)]
        case Draft(label=label, text=text):
            copied = {"type": "rich_text_preformatted", "elements": [_text(text)]}
            return [_rich(_section((Span(label, strong=True),)), copied)]
        case Row(case=case, buttons=buttons):
            drawn = [_draw_button(button, str(case)) for button in buttons]
            return [{"type": "actions", "block_id": f"{CASE_BLOCK}{case}", "elements": drawn}]


def _draw_line(part: Say) -> Block:
    if part.quiet:
        return {"type": "context", "elements": [plain_text("".join(span.text for span in part.line))]}
    # A mention is written in mrkdwn, the form that Slack documents as notifying the person.
    if any(span.slack for span in part.line) and not part.foreign:
        return {"type": "section", "text": mrkdwn_text(mrkdwn(part.line))}
    return _rich(_section(part.line))


def _draw_buttons(worded: Worded, case: int) -> Block:
    """Draw what can be pressed; the block tells the case to a choice of the menu, which tells only itself."""
    elements = [_draw_button(button, str(case)) for button in worded.buttons]
    if worded.menu:
        elements.append(_draw_menu(worded.menu))
    return {"type": "actions", "block_id": f"{CASE_BLOCK}{case}", "elements": elements}


def _draw_menu(menu: Sequence[Button]) -> Block:
    options = [
        {"text": plain_text(cut(button.label, OPTION_LENGTH)), "value": button.action}
        | ({"url": button.url} if button.url else {})
        for button in menu[:OVERFLOW_MOST]
    ]
    return {"type": "overflow", "action_id": MENU_ID, "options": options}


def _draw_button(button: Button, value: str) -> Block:
    drawn: Block = {
        "type": "button",
        "action_id": button.action,
        "text": plain_text(cut(button.label, BUTTON_LENGTH)),
        "value": value,
    }
    return drawn | ({"style": "primary"} if button.primary else {})


def plain_text(text: str) -> Block:
    """Give a text object in which nothing is live."""
    # emoji False: ":smile:" of a customer stays five letters and two colons.
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn_text(text: str) -> Block:
    """Give a text object in Slack's markup."""
    # verbatim: Slack links no bare address, channel or name in it by itself.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _rich(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _section(line: Line) -> Block:
    return {"type": "rich_text_section", "elements": [_rich_span(span) for span in line if span.text]}


def _rich_span(span: Span) -> Block:
    drawn = {"type": "link", "url": span.url, "text": span.text} if span.url else _text(span.text)
    if span.slack:
        drawn = {"type": "user", "user_id": span.slack}
    return drawn | ({"style": {"bold": True}} if span.strong else {})


def _text(text: str) -> Block:
    return {"type": "text", "text": text}
