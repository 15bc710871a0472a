"""Slack's dialogues (modals): drawn from words, and read when they come back. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from notifier.blocks import Block, draw_part, joined, plain_text
from notifier.hostile import cut
from notifier.limits import LABEL_LENGTH, OPTION_LENGTH, TITLE_LENGTH, VIEW_BLOCKS_MOST
from notifier.worded import Choice, Form, Moment

PREFIX: Final = "vaste:"
"""Before the verb in a dialogue's callback_id."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came back from a dialogue of ours."""

    verb: str
    case: int
    place: str | None
    """Where the card stood that was pressed."""
    answers: Mapping[str, str | tuple[str, ...]]


def draw_form(form: Form, *, place: str | None) -> Block:
    """Draw a dialogue; the case and the place of the card come back with its answers."""
    blocks = list(joined(block for part in form.parts for block in _draw(part)))
    view: Block = {
        "type": "modal",
        "callback_id": f"{PREFIX}{form.verb}",
        "private_metadata": json.dumps({"case": form.case, "place": place}),
        "title": plain_text(cut(form.title, TITLE_LENGTH)),
        "close": plain_text(cut(form.close, TITLE_LENGTH)),
        "blocks": blocks[:VIEW_BLOCKS_MOST],
    }
    return view if form.submit is None else view | {"submit": plain_text(cut(form.submit, TITLE_LENGTH))}


def _draw(part: Any) -> Iterator[Block]:
    match part:
        case Choice():
            yield _asked(part.name, part.label, _choice(part), is_needed=part.is_needed)
        case Moment():
            element = {"type": "datetimepicker", "action_id": part.name}
            yield _asked(part.name, part.label, element, is_needed=False)
        case _:
            yield from draw_part(part)


def _asked(name: str, label: str, element: Block, *, is_needed: bool) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "label": plain_text(cut(label, LABEL_LENGTH)),
        "element": element,
        "optional": not is_needed,
    }


def _choice(choice: Choice) -> Block:
    options = [_option(value, label) for value, label in choice.options]
    drawn: Block = {"action_id": choice.name, "options": options}
    if choice.many is not None:
        chosen = [option for option in options if option["value"] in choice.many]
        return drawn | {"type": "multi_static_select"} | ({"initial_options": chosen} if chosen else {})
    begun = [option for option in options if option["value"] == choice.chosen]
    drawn |= {"initial_option": begun[0]} if begun else {}
    return drawn | {"type": "static_select" if choice.is_list else "radio_buttons"}


def _option(value: str, label: str) -> Block:
    return {"text": plain_text(cut(label, OPTION_LENGTH)), "value": value}


def read_submission(view: Mapping[str, Any]) -> Submitted | None:
    """Read a dialogue that came back; None when it is none of ours. Raises what a malformed one raises."""
    callback = view["callback_id"]
    if not callback.startswith(PREFIX):
        return None
    private = json.loads(view["private_metadata"])
    answers: dict[str, str | tuple[str, ...]] = {}
    for name, elements in view["state"]["values"].items():
        said = _said(elements.get(name) or next(iter(elements.values())))
        if said is not None:
            answers[name] = said
    return Submitted(callback.removeprefix(PREFIX), int(private["case"]), private.get("place"), answers)


def _said(element: Mapping[str, Any]) -> str | tuple[str, ...] | None:
    """Give what was chosen; None for nothing, where an empty choice of several is a choice, too."""
    if "selected_options" in element:
        return tuple(str(option["value"]) for option in element["selected_options"] or ())
    chosen = element.get("selected_option")
    if chosen is not None:
        return str(chosen["value"])
    at = element.get("selected_date_time")
    return None if at is None else str(int(at))
