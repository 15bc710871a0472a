"""Slack's Block Kit from words: pure, and checked against Slack's limits before anything is sent.

One message over a limit is lost whole (`invalid_blocks`), so every payload is measured here; what does not
fit is worded again with less room, and at the very last sent as plain text, which always fits.

Words of outsiders stand in `plain_text` and `rich_text` only, where Slack reads no markup. Our own lines
with mentions are mrkdwn, escaped and stripped of formatting signs.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.channel import Content, Tongue
from notifier.hostile import clean, clean_line, cut, units
from notifier.saying import word_no_buttons, word_quoted
from notifier.speech import word
from notifier.worded import Button, Draft, Facts, Line, Part, Quote, Say, Span, Steps, Where, Worded

Block = dict[str, Any]

# docs.slack.dev/reference/block-kit, except for the last two: those are measured or Slack's advice.
BLOCKS_MOST = 50
HEADER_LENGTH = 150
SECTION_LENGTH = 3000
FIELDS_MOST = 10
FIELD_LENGTH = 2000
CONTEXT_MOST = 10
ACTIONS_MOST = 25
BUTTON_LENGTH = 75
VALUE_LENGTH = 2000
ID_LENGTH = 255
URL_LENGTH = 3000
ALL_LENGTH = 13_000
TEXT_LENGTH = 3900

WHERE_ID = "vaste_where"
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


def _mrkdwn(line: Line) -> str:
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
    return _mrkdwn(_shortened(worded.summary)) + said


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
    return "\n".join(kept) or _mrkdwn(worded.summary)


def _part_lines(part: Part, tongue: Tongue) -> list[str]:
    match part:
        case Say(line=line):
            return [_mrkdwn(_shortened(line))]
        case Quote(text=text):
            return [_quoted(text, 400, tongue)]
        case Facts(facts=facts):
            return [f"{_dead(fact.label)}: {_dead(fact.value)}" for fact in facts]
        case Steps(label=label, lines=lines):
            return [f"{_dead(label)}: " + "; ".join(_dead(cut(line, 100)) for line in lines)]
        case Draft(label=label, text=text):
            return [f"{_dead(label)}: {_dead(cut(clean_line(text), 400))}"]


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
        blocks.append({"type": "header", "text": _plain_text(cut(worded.headline, HEADER_LENGTH))})
    blocks += _joined(block for part in worded.parts for block in _draw_part(part))
    if worded.buttons and worded.case is not None:
        blocks.append(_draw_buttons(worded.buttons, worded.case))
    return blocks + list(_joined(block for part in worded.more for block in _draw_part(part)))


def _joined(blocks: Iterator[Block]) -> list[Block]:
    """Blocks of one kind that follow each other become one: less air between lines that belong together."""
    joined: list[Block] = []
    for block in blocks:
        before = joined[-1] if joined else {}
        most = {"rich_text": 100, "context": CONTEXT_MOST}.get(block["type"], 0)
        if before.get("type") == block["type"] and len(before.get("elements", ())) < most:
            before["elements"] += block["elements"]
        else:
            joined.append(block)
    return joined


def _draw_part(part: Part) -> list[Block]:
    match part:
        case Say():
            return [_draw_line(part)]
        case Quote(text=text):
            return [_rich({"type": "rich_text_quote", "elements": [_text(text)]})]
        case Facts(facts=facts):
            fields = [_mrkdwn_text(f"*{_dead(fact.label)}*\n{_dead(fact.value)}") for fact in facts]
            return [{"type": "section", "fields": fields}]
        case Steps(label=label, lines=lines):
            points = [_section((Span(line),)) for line in lines]
            listed = {"type": "rich_text_list", "style": "bullet", "elements": points}
            return [_rich(_section((Span(label, strong=True),)), listed)]
        case Draft(label=label, text=text):
            copied = {"type": "rich_text_preformatted", "elements": [_text(text)]}
            return [_rich(_section((Span(label, strong=True),)), copied)]


def _draw_line(part: Say) -> Block:
    if part.quiet:
        return {"type": "context", "elements": [_plain_text("".join(span.text for span in part.line))]}
    # A mention is written in mrkdwn, the form that Slack documents as notifying the person.
    if any(span.slack for span in part.line) and not part.foreign:
        return {"type": "section", "text": _mrkdwn_text(_mrkdwn(part.line))}
    return _rich(_section(part.line))


def _draw_buttons(buttons: Sequence[Button], case: int) -> Block:
    return {"type": "actions", "elements": [_draw_button(button, case) for button in buttons]}


def _draw_button(button: Button, case: int) -> Block:
    drawn: Block = {
        "type": "button",
        "action_id": button.action,
        "text": _plain_text(cut(button.label, BUTTON_LENGTH)),
        "value": str(case),
    }
    return drawn | ({"style": "primary"} if button.primary else {})


def draw_where(where: Where, *, private: str) -> Block:
    """Draw the question where the customer was answered, as a modal; `private` comes back with the answer."""
    options = [{"text": _plain_text(label), "value": value} for value, label in where.options]
    asked = {
        "type": "input",
        "block_id": WHERE_ID,
        "label": _plain_text(where.title),
        "element": {"type": "radio_buttons", "action_id": WHERE_ID, "options": options},
    }
    return {
        "type": "modal",
        "callback_id": WHERE_ID,
        "private_metadata": private,
        "title": _plain_text(cut(where.title, 24)),
        "submit": _plain_text(cut(where.submit, 24)),
        "close": _plain_text(cut(where.skip, 24)),
        "blocks": [asked],
    }


def _plain_text(text: str) -> Block:
    # emoji False: ":smile:" of a customer stays five letters and two colons.
    return {"type": "plain_text", "text": text, "emoji": False}


def _mrkdwn_text(text: str) -> Block:
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


# ---------------------------------------------------------------------------------------------------------
# Limits


def problems(blocks: Sequence[Block]) -> list[str]:
    """Say all that Slack would refuse in these blocks; empty when nothing is wrong."""
    found = [f"{len(blocks)} blocks"] if not 1 <= len(blocks) <= BLOCKS_MOST else []
    for place, block in enumerate(blocks):
        found += [f"block {place}: {wrong}" for wrong in _block_problems(block)]
    found += [f"not text: {text[:20]!r}" for text in _strings(blocks) if _is_dirty(text)]
    length = units(json.dumps(list(blocks), ensure_ascii=False))
    return found + ([f"{length} characters in all"] if length > ALL_LENGTH else [])


def _block_problems(block: Block) -> list[str]:
    match block:
        case {"type": "header" | "section" as name, "text": text}:
            return _measured(name, text["text"], HEADER_LENGTH if name == "header" else SECTION_LENGTH)
        case {"type": "section", "fields": fields}:
            return _counted("fields", fields, FIELDS_MOST) + _each("field", fields, FIELD_LENGTH)
        case {"type": "context", "elements": elements}:
            return _counted("context", elements, CONTEXT_MOST) + _each("context", elements, SECTION_LENGTH)
        case {"type": "actions", "elements": elements}:
            return _counted("actions", elements, ACTIONS_MOST) + _button_problems(elements)
        case {"type": "rich_text", "elements": elements}:
            return _counted("rich_text", elements, 100) + list(_rich_problems(elements))
    return [f"unknown block {block.get('type')!r}"]


def _button_problems(buttons: Sequence[Block]) -> list[str]:
    found = []
    for button in buttons:
        found += _measured("button", button["text"]["text"], BUTTON_LENGTH)
        found += _measured("value", button["value"], VALUE_LENGTH)
        found += _measured("action_id", button["action_id"], ID_LENGTH)
    return found


def _rich_problems(elements: Sequence[Block]) -> Iterator[str]:
    for element in elements:
        if "elements" in element:
            yield from _counted(element["type"], element["elements"], 100)
            yield from _rich_problems(element["elements"])
        elif element["type"] == "link":
            yield from _measured("url", element["url"], URL_LENGTH)
        elif element["type"] == "text" and not element["text"]:
            yield "empty text"


def _measured(name: str, text: str, length: int) -> list[str]:
    if not text.strip():
        return [f"{name} is empty"]
    return [f"{name} of {units(text)} characters, at most {length}"] if units(text) > length else []


def _counted(name: str, elements: Sequence[Block], most: int) -> list[str]:
    return [] if 1 <= len(elements) <= most else [f"{len(elements)} elements in {name}, 1 to {most}"]


def _each(name: str, texts: Sequence[Block], length: int) -> list[str]:
    return [wrong for text in texts for wrong in _measured(name, text["text"], length)]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)


def _is_dirty(text: str) -> bool:
    """It holds what is no text; spaces and empty lines are no dirt."""
    return "".join(clean(text).split()) != "".join(text.split())
