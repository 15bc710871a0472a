"""Slack's limits, in one place: what Slack would refuse is found before it is sent. Pure.

One message over a limit is lost whole (`invalid_blocks`), and slack_sdk's models miss several of them. Lengths are
counted in UTF-16 units, the strictest way in which a vendor may count. Whatever is asked of this file is answered
with sentences, never with an error: a payload that is no payload has problems, too.

From docs.slack.dev/reference/block-kit and /views; what is measured or advice says so where it stands.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from notifier.hostile import clean, units

Block = Mapping[str, Any]

BLOCKS_MOST: Final = 50
VIEW_BLOCKS_MOST: Final = 100
HEADER_LENGTH: Final = 150
SECTION_LENGTH: Final = 3000
FIELDS_MOST: Final = 10
FIELD_LENGTH: Final = 2000
CONTEXT_MOST: Final = 10
ACTIONS_MOST: Final = 25
BUTTON_LENGTH: Final = 75
VALUE_LENGTH: Final = 2000
OVERFLOW_MOST: Final = 5
CHOICES_MOST: Final = 10
"""Of radio buttons and of check boxes."""
SELECT_MOST: Final = 100
OPTION_LENGTH: Final = 75
OPTION_VALUE_LENGTH: Final = 150
LABEL_LENGTH: Final = 2000
PLACEHOLDER_LENGTH: Final = 150
INPUT_LENGTH: Final = 3000
ID_LENGTH: Final = 255
URL_LENGTH: Final = 3000
ALT_LENGTH: Final = 2000
TITLE_LENGTH: Final = 24
"""Of a dialogue's title and its two buttons."""
PRIVATE_LENGTH: Final = 3000
RICH_MOST: Final = 100
"""Nobody says how many: what is more than that is a mistake of ours."""
ALL_LENGTH: Final = 13_000
"""Slack refuses a message at about 13,200 characters of JSON (msg_blocks_too_long; measured, not documented)."""
VIEW_LENGTH: Final = 200_000
"""Slack says 250 kB of a view."""
TEXT_LENGTH: Final = 40_000
METADATA_LENGTH: Final = 8000

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}|good|warning|danger")
_LINK = re.compile(r"https?://\S+|mailto:\S+")
_STYLES = {"primary", "danger"}


# ---------------------------------------------------------------------------------------------------------
# What is sent whole


def message_problems(message: Mapping[str, Any]) -> list[str]:
    """Say all that Slack would refuse in the arguments of chat.postMessage or chat.update."""
    text, blocks = message.get("text") or "", message.get("blocks") or []
    found = ["no words at all"] if not blocks and not str(text).strip() else []
    found += [f"text of {units(text)} characters, at most {TEXT_LENGTH}"] if units(text) > TEXT_LENGTH else []
    found += _dirt(text)
    found += problems(blocks) if blocks else []
    for place, attachment in enumerate(message.get("attachments") or []):
        inner = attachment.get("blocks") or []
        found += [f"attachment {place}: {wrong}" for wrong in problems(inner)]
        if attachment.get("color") and not _COLOUR.fullmatch(attachment["color"]):
            found.append(f"attachment {place}: {attachment['color']!r} is no colour")
    return found + _metadata_problems(message.get("metadata"))


def problems(blocks: Sequence[Block], *, most: int = BLOCKS_MOST, length: int = ALL_LENGTH) -> list[str]:
    """Say all that Slack would refuse in these blocks; empty when nothing is wrong."""
    found = [f"{len(blocks)} blocks"] if not 1 <= len(blocks) <= most else []
    for place, block in enumerate(blocks):
        found += [f"block {place}: {wrong}" for wrong in _block_problems(block)]
    named = [block.get("block_id") for block in blocks if isinstance(block, Mapping)]
    found += _doubled("block_id", named)
    found += _dirt(blocks)
    written = units(json.dumps(list(blocks), ensure_ascii=False, default=str))
    return found + ([f"{written} characters in all"] if written > length else [])


def view_problems(view: Mapping[str, Any]) -> list[str]:
    """Say all that Slack would refuse in a dialogue or in a Home tab."""
    kind = view.get("type")
    found = [] if kind in {"modal", "home"} else [f"unknown view {kind!r}"]
    for name in ("title", "submit", "close"):
        if name in view or (name == "title" and kind == "modal"):
            found += _text(name, view.get(name), TITLE_LENGTH, kinds=("plain_text",))
    blocks = view.get("blocks") or []
    found += problems(blocks, most=VIEW_BLOCKS_MOST, length=VIEW_LENGTH)
    if kind == "modal" and "submit" not in view and any(block.get("type") == "input" for block in blocks):
        found.append("questions, and nothing to send the answers with")
    for name, most in (("private_metadata", PRIVATE_LENGTH), ("callback_id", ID_LENGTH)):
        if units(str(view.get(name) or "")) > most:
            found.append(f"{name} of more than {most} characters")
    return found + _dirt([view.get(name) for name in ("title", "submit", "close")])


def _metadata_problems(metadata: Any) -> list[str]:
    if not metadata:
        return []
    if not (metadata.get("event_type") and isinstance(metadata.get("event_payload"), Mapping)):
        return ["metadata without event_type or event_payload"]
    written = units(json.dumps(metadata, ensure_ascii=False, default=str))
    return (
        [f"metadata of {written} characters, at most {METADATA_LENGTH}"] if written > METADATA_LENGTH else []
    )


# ---------------------------------------------------------------------------------------------------------
# Blocks


def _block_problems(block: Block) -> list[str]:
    if not isinstance(block, Mapping) or block.get("type") not in _BLOCKS:
        return [f"unknown block {(block.get('type') if isinstance(block, Mapping) else block)!r}"]
    try:
        return [*_identity("block_id", block.get("block_id", "x")), *_BLOCKS[block["type"]](block)]
    except (AttributeError, TypeError, KeyError):  # a text where an object belongs, and the like
        return [f"{block['type']} is not of the shape of one"]


def _header(block: Block) -> list[str]:
    return _text("header", block.get("text"), HEADER_LENGTH, kinds=("plain_text",))


def _section(block: Block) -> list[str]:
    found = [] if "text" in block or "fields" in block else ["section is empty"]
    if "text" in block:
        found += _text("section", block["text"], SECTION_LENGTH)
    if "fields" in block:
        found += _counted("fields", block["fields"], FIELDS_MOST)
        found += [wrong for field in block["fields"] for wrong in _text("field", field, FIELD_LENGTH)]
    if "accessory" in block:
        found += _element(block["accessory"])
    return found


def _context(block: Block) -> list[str]:
    elements = block.get("elements", ())
    found = _counted("context", elements, CONTEXT_MOST)
    for element in elements:
        if element.get("type") == "image":
            found += _image(element)
        else:
            found += _text("context", element, SECTION_LENGTH)
    return found


def _actions(block: Block) -> list[str]:
    elements = block.get("elements", ())
    found = _counted("actions", elements, ACTIONS_MOST)
    found += [wrong for element in elements for wrong in _element(element)]
    return found + _doubled("action_id", [element.get("action_id") for element in elements])


def _input(block: Block) -> list[str]:
    found = _text("label", block.get("label"), LABEL_LENGTH, kinds=("plain_text",))
    if "hint" in block:
        found += _text("hint", block["hint"], LABEL_LENGTH, kinds=("plain_text",))
    return found + _element(block.get("element") or {})


def _rich_text(block: Block) -> list[str]:
    elements = block.get("elements", ())
    return _counted("rich_text", elements, RICH_MOST) + list(_rich(elements))


def _image(block: Block) -> list[str]:
    found = _measured("alt_text", block.get("alt_text"), ALT_LENGTH)
    if "slack_file" in block:
        return found
    return found + _measured("image_url", block.get("image_url"), URL_LENGTH)


def _nothing(_: Block) -> list[str]:
    return []


_BLOCKS: Final[Mapping[str, Callable[[Block], list[str]]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "rich_text": _rich_text,
    "image": _image,
    "divider": _nothing,
}


def _rich(elements: Sequence[Block]) -> Iterator[str]:
    for element in elements:
        kind = element.get("type")
        if "elements" in element:
            yield from _counted(str(kind), element["elements"], RICH_MOST)
            yield from _rich(element["elements"])
        elif kind == "link":
            yield from _address("link", element.get("url"))
            if element.get("text") == "":
                yield "empty text"
        elif kind == "text":
            if not element.get("text"):
                yield "empty text"
        elif not any(element.get(key) for key in ("user_id", "channel_id", "name", "timestamp", "range")):
            yield f"unknown words {kind!r}"


# ---------------------------------------------------------------------------------------------------------
# What can be pressed


def _element(element: Block) -> list[str]:
    kind = element.get("type")
    check = _ELEMENTS.get(str(kind))
    if check is None:
        return [f"unknown element {kind!r}"]
    return [*_identity("action_id", element.get("action_id")), *check(element), *_confirm(element)]


def _button(button: Block) -> list[str]:
    found = _text("button", button.get("text"), BUTTON_LENGTH, kinds=("plain_text",))
    if "value" in button:
        found += _measured("value", button["value"], VALUE_LENGTH)
    if "url" in button:
        found += _address("url", button["url"])
    if "accessibility_label" in button:
        found += _measured("accessibility_label", button["accessibility_label"], BUTTON_LENGTH)
    return found + (
        [] if button.get("style", "primary") in _STYLES else [f"unknown style {button['style']!r}"]
    )


def _overflow(menu: Block) -> list[str]:
    return _options(menu.get("options", ()), OVERFLOW_MOST)


def _choices(element: Block) -> list[str]:
    return _options(element.get("options", ()), CHOICES_MOST) + _begun(element)


def _select(element: Block) -> list[str]:
    groups = element.get("option_groups")
    if groups is None:
        found = _options(element.get("options", ()), SELECT_MOST)
    else:
        found = _counted("option_groups", groups, SELECT_MOST)
        for group in groups:
            found += _text("group", group.get("label"), OPTION_LENGTH, kinds=("plain_text",))
            found += _options(group.get("options", ()), SELECT_MOST)
    return found + _placeholder(element) + _begun(element)


def _picked(element: Block) -> list[str]:
    return _placeholder(element)


def _written(element: Block) -> list[str]:
    begun = units(element.get("initial_value") or "")
    found = [f"initial_value of {begun} characters, at most {INPUT_LENGTH}"] if begun > INPUT_LENGTH else []
    return found + _placeholder(element)


_ELEMENTS: Final[Mapping[str, Callable[[Block], list[str]]]] = {
    "button": _button,
    "overflow": _overflow,
    "radio_buttons": _choices,
    "checkboxes": _choices,
    "static_select": _select,
    "multi_static_select": _select,
    "users_select": _picked,
    "datepicker": _picked,
    "timepicker": _picked,
    "datetimepicker": _nothing,
    "plain_text_input": _written,
}


def _options(options: Sequence[Block], most: int) -> list[str]:
    found = _counted("options", options, most)
    for option in options:
        found += _text("option", option.get("text"), OPTION_LENGTH)
        found += _measured("option's value", option.get("value"), OPTION_VALUE_LENGTH)
        if "description" in option:
            found += _text("description", option["description"], OPTION_LENGTH)
        if "url" in option:
            found += _address("url", option["url"])
    return found + _doubled("value", [option.get("value") for option in options])


def _begun(element: Block) -> list[str]:
    """What is chosen at first must be one of the choices, to the letter."""
    chosen = element.get("initial_option")
    groups = element.get("option_groups") or [{"options": element.get("options", ())}]
    known = chosen is None or any(chosen in group.get("options", ()) for group in groups)
    return [] if known else ["initial_option is none of the options"]


def _placeholder(element: Block) -> list[str]:
    if "placeholder" not in element:
        return []
    return _text("placeholder", element["placeholder"], PLACEHOLDER_LENGTH, kinds=("plain_text",))


def _confirm(element: Block) -> list[str]:
    confirm = element.get("confirm")
    if confirm is None:
        return []
    parts = (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30))
    return [wrong for name, most in parts for wrong in _text(f"confirm's {name}", confirm.get(name), most)]


# ---------------------------------------------------------------------------------------------------------
# Measures


def _text(name: str, text: Any, length: int, *, kinds: Sequence[str] = ("plain_text", "mrkdwn")) -> list[str]:
    if not isinstance(text, Mapping) or text.get("type") not in kinds:
        return [f"{name} is no {' or '.join(kinds)}"]
    return _measured(name, text.get("text"), length)


def _measured(name: str, text: Any, length: int) -> list[str]:
    if not isinstance(text, str) or not text.strip():
        return [f"{name} is empty"]
    return [f"{name} of {units(text)} characters, at most {length}"] if units(text) > length else []


def _counted(name: str, elements: Sequence[Any], most: int) -> list[str]:
    return [] if 1 <= len(elements) <= most else [f"{len(elements)} elements in {name}, 1 to {most}"]


def _identity(name: str, written: Any) -> list[str]:
    return _measured(name, written, ID_LENGTH)


def _address(name: str, url: Any) -> list[str]:
    found = _measured(name, url, URL_LENGTH)
    return found or ([] if _LINK.fullmatch(url) else [f"{name} is no address"])


def _doubled(name: str, written: Sequence[Any]) -> list[str]:
    known = [one for one in written if one is not None]
    return [f"{name} {one!r} twice" for one in dict.fromkeys(known) if known.count(one) > 1]


def _dirt(value: Any) -> list[str]:
    return [f"not text: {text[:20]!r}" for text in _strings(value) if _is_dirty(text)]


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
