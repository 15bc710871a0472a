"""Slack's Block Kit as HTML, for our own eyes and for the pictures in docs: not Slack's own drawing, but all it says.

Signs in colour are drawn here: a machine that makes the pictures need not have a font for them.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any, Final
from zoneinfo import ZoneInfo

NAMES: Final = {"U0123": "Aino Virtanen", "U0124": "Ben Lindqvist"}
STYLE: Final = """
*{box-sizing:border-box}
body{margin:0;padding:14px;width:max-content;background:#fff;color:#1d1c1d;font:15px/1.46 "DejaVu Sans",system-ui,sans-serif}
.message{display:grid;grid-template-columns:36px 1fr;gap:0 10px;width:620px}
.face{width:36px;height:36px;border-radius:6px;background:#1f3a5f;color:#fff;font-weight:700;text-align:center;line-height:36px}
.who{font-size:14px}.who b{margin-right:6px}.who i{font-style:normal;font-size:10px;background:#e8e8e8;color:#616061;padding:0 3px;border-radius:2px}
.who span{color:#616061;font-size:12px;margin-left:6px}
.view{width:540px;border:1px solid #ccc;border-radius:8px;overflow:hidden}
.view>header,.view>footer{display:flex;justify-content:space-between;align-items:center;padding:10px 18px;background:#f8f8f8;font-weight:700}
.view>footer{justify-content:flex-end;gap:8px}.view>div{padding:8px 18px}
h1{font-size:17px;line-height:1.3;margin:6px 0}p{margin:6px 0;white-space:pre-wrap;overflow-wrap:anywhere}
.context{color:#616061;font-size:12.5px;margin:4px 0}blockquote{border-left:4px solid #ddd;margin:8px 0;padding-left:12px;white-space:pre-wrap}
pre{background:#f8f8f8;border:1px solid #ddd;border-radius:4px;padding:8px;white-space:pre-wrap;margin:4px 0;font:13px/1.5 "DejaVu Sans Mono",monospace}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:0 12px}.fields p{margin:3px 0}
.beside{display:flex;justify-content:space-between;gap:14px;align-items:flex-start}
button,.choice{font:inherit;font-size:13.5px;font-weight:700;padding:4px 11px;margin:4px 6px 4px 0;background:#fff;border:1px solid #bbb;border-radius:4px;white-space:nowrap;color:#1d1c1d}
button.primary{background:#007a5a;border-color:#007a5a;color:#fff}ul{margin:4px 0;padding-left:24px}hr{border:0;border-top:1px solid #ddd;margin:10px 0}
.choice{display:block;font-weight:400;color:#616061;max-width:300px}label{display:block;font-weight:700;margin-top:10px}label small{font-weight:400;color:#616061}
.option{display:block;margin:4px 0}.option::before{content:"";display:inline-block;width:13px;height:13px;border:1px solid #868686;border-radius:50%;margin-right:8px;vertical-align:-2px}
.option.on::before{border:4px solid #1264a3}.many .option::before{border-radius:3px}
.to{color:#1264a3;background:#e8f5fa;border-radius:3px;padding:0 2px}a{color:#1264a3;text-decoration:none}
img{display:block;max-width:420px;margin:8px 0}svg.sign{width:1.15em;height:1.15em;vertical-align:-.2em}
"""
_COLOURS: Final = {
    "🔴": ("circle", "#d9302c"), "🟠": ("circle", "#ef8b1f"), "🔵": ("circle", "#2f77d0"), "⚪": ("circle", "#e4e4e4"),
    "🟨": ("square", "#f2c230"), "🟦": ("square", "#3b82d6"), "🟧": ("square", "#ef8b1f"), "🟩": ("square", "#3fa45b"),
    "⬛": ("square", "#3b3b3b"), "⬜": ("square", "#e4e4e4"), "🟪": ("square", "#8e5bc0"),
}  # fmt: skip
_DRAWN: Final = {
    "📊": '<path d="M2 15h12" stroke="#888"/><path d="M4 14V8" stroke="#3fa45b" stroke-width="2.5"/><path d="M8 14V3" stroke="#2f77d0" stroke-width="2.5"/><path d="M12 14V6" stroke="#d9302c" stroke-width="2.5"/>',
    "📈": '<path d="M2 2v12h12" fill="none" stroke="#888"/><path d="M3 12l4-4 2 2 5-7" fill="none" stroke="#d9302c" stroke-width="1.6"/>',
    "☀": '<circle cx="8" cy="8" r="3.6" fill="#f5b82e"/><path d="M8 0v3M8 13v3M0 8h3M13 8h3M2.3 2.3l2.2 2.2M11.5 11.5l2.2 2.2M13.7 2.3l-2.2 2.2M4.5 11.5l-2.2 2.2" stroke="#f5b82e" stroke-width="1.5"/>',
    "✅": '<rect x="1" y="1" width="14" height="14" rx="2" fill="#3fa45b"/><path d="M4 8l3 3 5-6" fill="none" stroke="#fff" stroke-width="2"/>',
    "🤝": '<path d="M1 5l4-1 3 2 3-2 4 1v6l-3 .5-4 2.5-4-2.5-3-.5z" fill="#f0b878" stroke="#9a6a33" stroke-width=".8"/><path d="M5 8l3-2 4 4" fill="none" stroke="#9a6a33" stroke-width="1"/>',
    "💡": '<circle cx="8" cy="6.5" r="4.6" fill="#f7cf46"/><path d="M6 12h4M6.5 14h3" stroke="#777" stroke-width="1.4"/>',
    "👀": '<ellipse cx="5" cy="8" rx="3" ry="5" fill="#fff" stroke="#777"/><ellipse cx="11" cy="8" rx="3" ry="5" fill="#fff" stroke="#777"/><circle cx="6" cy="9" r="1.5"/><circle cx="12" cy="9" r="1.5"/>',
    "⏳": '<path d="M4 1h8v3l-3 4 3 4v3H4v-3l3-4-3-4z" fill="#f3d9a4" stroke="#9a6a33"/>',
    "💶": '<rect x="0.5" y="4" width="15" height="9" fill="#bfe0c4" stroke="#4b8a57"/><text x="5" y="11.4" font-size="8" fill="#2f6b3c">€</text>',
    "🙈": '<circle cx="8" cy="8" r="7" fill="#a9754a"/><path d="M2 7h12" stroke="#6e4627" stroke-width="4"/>',
}  # fmt: skip
UTC: Final = ZoneInfo("UTC")
_SHAPES: Final = {
    "circle": '<circle cx="8" cy="8" r="7" fill="{}" stroke="#0002"/>',
    "square": '<rect x="1" y="1" width="14" height="14" rx="2" fill="{}" stroke="#0002"/>',
}
_SIGN: Final = re.compile("[" + "".join([*_COLOURS, *_DRAWN]) + "]\ufe0f?")
_OURS: Final = re.compile(r"<@(\w+)>|<(https?://[^|<>]+)\|([^<>]*)>|\*([^*\n]+)\*")


def message_of(blocks: Iterable[Mapping[str, Any]], *, at: str = "", pictures: Iterable[bytes] = ()) -> str:
    """Draw a message as it stands in a channel; the pictures it shows are given beside it, in their order."""
    shown = iter(pictures)
    inner = "".join(_block(block, shown, UTC) for block in blocks)
    head = f'<div class="who"><b>Vaste</b><i>APP</i><span>{escape(at)}</span></div>'
    return f'<div class="message"><div class="face">V</div><div>{head}{_signed(inner)}</div></div>'


def view_of(view: Mapping[str, Any], *, zone: ZoneInfo) -> str:
    """Draw a home or a dialogue."""
    inner = "".join(_block(block, iter(()), zone) for block in view["blocks"])
    words = {name: escape(view[name]["text"]) for name in ("title", "submit", "close") if name in view}
    head = f"<header>{words['title']}</header>" if "title" in words else ""
    close = f"<button>{words['close']}</button>" if "close" in words else ""
    submit = f'<button class="primary">{words["submit"]}</button>' if "submit" in words else ""
    foot = f"<footer>{close}{submit}</footer>" if close or submit else ""
    return f'<div class="view">{head}<div>{_signed(inner)}</div>{foot}</div>'


def page_of(*drawn: str, more: str = "") -> str:
    """Put what was drawn on a page."""
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}{more}</style>{"".join(drawn)}'


def _block(block: Mapping[str, Any], pictures: Iterator[bytes], zone: ZoneInfo) -> str:  # noqa: C901, PLR0911  # one for each kind
    match block:
        case {"type": "header", "text": text}:
            return f"<h1>{escape(text['text'])}</h1>"
        case {"type": "section", "fields": fields}:
            return f'<div class="fields">{"".join(f"<p>{_text(one)}</p>" for one in fields)}</div>'
        case {"type": "section", "text": text, "accessory": accessory}:
            return f'<div class="beside"><p>{_text(text)}</p>{_pressed(accessory)}</div>'
        case {"type": "section", "text": text}:
            return f"<p>{_text(text)}</p>"
        case {"type": "context", "elements": elements}:
            return "".join(f'<p class="context">{_text(one)}</p>' for one in elements)
        case {"type": "actions", "elements": elements}:
            return f"<div>{''.join(map(_pressed, elements))}</div>"
        case {"type": "divider"}:
            return "<hr>"
        case {"type": "image", "alt_text": says}:
            address = "data:image/png;base64," + base64.b64encode(next(pictures)).decode()
            return f'<img src="{address}" alt="{escape(says)}">'
        case {"type": "input", "label": label, "element": element}:
            return f"<label>{escape(label['text'])}</label>{_asked(element, zone)}"
        case {"type": "rich_text", "elements": elements}:
            return "".join(map(_rich, elements))
    raise ValueError(f"nobody knows how a {block['type']} looks")


def _text(text: Mapping[str, Any]) -> str:
    if text["type"] == "plain_text":
        return escape(text["text"])
    # mrkdwn is escaped as Slack wants it already, and only our own signs are alive in it
    return _OURS.sub(_ours, text["text"])


def _ours(found: re.Match[str]) -> str:
    person, address, words, strong = found.groups()
    if person:
        return f'<span class="to">@{escape(NAMES.get(person, person))}</span>'
    return f'<a href="{address}">{words}</a>' if address else f"<b>{strong}</b>"


def _pressed(element: Mapping[str, Any]) -> str:
    if element["type"] == "overflow":
        choices = " · ".join(one["text"]["text"] for one in element["options"])
        return f'<button title="{escape(choices)}">⋯</button>'
    return f'<button class="{element.get("style", "")}">{escape(element["text"]["text"])}</button>'


def _asked(element: Mapping[str, Any], zone: ZoneInfo) -> str:
    match element:
        case {"type": "radio_buttons", "options": options}:
            return "".join(map(_option, options, (one == element.get("initial_option") for one in options)))
        case {"type": "multi_static_select", "options": options}:
            chosen = element.get("initial_options", ())
            drawn = "".join(map(_option, options, (one in chosen for one in options)))
            return f'<div class="many">{drawn}</div>'
        case {"type": "datetimepicker"}:
            at = element.get("initial_date_time")
            return f'<span class="choice">{f"{datetime.fromtimestamp(at, zone):%d.%m.%Y  %H:%M}" if at else "–"}</span>'
    first = element.get("initial_option") or element["options"][0]
    return f'<span class="choice">{escape(first["text"]["text"])} ▾</span>'


def _option(option: Mapping[str, Any], chosen: bool) -> str:  # noqa: FBT001  # mapped over
    return f'<span class="option{" on" * chosen}">{escape(option["text"]["text"])}</span>'


def _rich(element: Mapping[str, Any]) -> str:
    inner = "".join(map(_rich, element.get("elements", ())))
    match element["type"]:
        case "rich_text_section":
            return f"<p>{inner}</p>"
        case "rich_text_quote":
            return f"<blockquote>{inner}</blockquote>"
        case "rich_text_preformatted":
            return f"<pre>{inner}</pre>"
        case "rich_text_list":
            return "<ul>" + "".join(f"<li>{_rich(one)}</li>" for one in element["elements"]) + "</ul>"
        case "user":
            name = NAMES.get(element["user_id"], element["user_id"])
            return f'<span class="to">@{escape(name)}</span>'
    words = escape(element.get("text", ""))
    words = f'<a href="{escape(element["url"])}">{words}</a>' if "url" in element else words
    return f"<b>{words}</b>" if element.get("style", {}).get("bold") else words


def _signed(html: str) -> str:
    """Put our drawings where signs in colour stand."""
    return _SIGN.sub(lambda found: _sign(found[0][0]), html)


def _sign(sign: str) -> str:
    inner = _DRAWN.get(sign) or "{}"
    if sign in _COLOURS:
        shape, colour = _COLOURS[sign]
        inner = _SHAPES[shape].format(colour)
    return f'<svg class="sign" viewBox="0 0 16 16">{inner}</svg>'
