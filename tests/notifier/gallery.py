"""Our cards as a page for our own eyes: not how Slack draws them, but all that they say, in their order.

    PYTHONPATH=. python tests/notifier/gallery.py FOLDER

writes `cards-fi.html`, `cards-sv.html` and `cards-en.html` with every state of `tests/notifier/cast.py`, and reminders of three cases.
"""

import sys
from collections.abc import Iterator
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

from notifier.blocks import payload
from notifier.saying import LANGUAGES
from tests.notifier.cast import OPENED, STATES, THREE, card, tongue

STYLE = """
body{font:15px/1.45 system-ui,sans-serif;background:#f4f4f5;display:flex;flex-wrap:wrap;gap:18px;padding:18px}
.card{background:#fff;width:460px;padding:12px 16px;border:1px solid #ddd;border-radius:8px}
h1{font-size:17px;margin:4px 0}h2{font:12px monospace;color:#888;margin:0}p{margin:5px 0;white-space:pre-wrap}
blockquote{border-left:4px solid #ccc;margin:6px 0;padding-left:10px;white-space:pre-wrap}
pre{background:#f6f6f6;border:1px solid #e2e2e2;padding:8px;white-space:pre-wrap;margin:4px 0}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:6px;margin:6px 0}.context{color:#666;font-size:12px}
button{font:inherit;font-weight:600;padding:4px 10px;margin:3px 4px 3px 0;background:#fff;border:1px solid #bbb;border-radius:5px}
button.primary{background:#007a5a;color:#fff}ul{margin:2px 0}.menu{font-size:12px;color:#555}
"""


def page(language: str) -> str:
    """Give the page of one language."""
    at = OPENED + timedelta(minutes=4)
    shown: dict[str, Any] = {name: card(at=at, **state) for name, state in STATES.items()}
    cards = (
        f'<div class="card"><h2>{escape(name)}</h2>{"".join(drawn(content, language))}</div>'
        for name, content in (shown | {"reminders": THREE}).items()
    )
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>{"".join(cards)}'


def drawn(content: Any, language: str) -> Iterator[str]:
    """Give one message as HTML, block by block."""
    for block in payload(content, tongue(language), in_full=True).blocks:
        yield _block(block)


def _block(block: dict[str, Any]) -> str:
    match block:
        case {"type": "header", "text": text}:
            return f"<h1>{escape(text['text'])}</h1>"
        case {"type": "section", "fields": fields}:
            return f'<div class="fields">{"".join(f"<p>{_text(one)}</p>" for one in fields)}</div>'
        case {"type": "section", "text": text}:
            return f"<p>{_text(text)}</p>"
        case {"type": "context", "elements": elements}:
            return "".join(f'<p class="context">{_text(one)}</p>' for one in elements)
        case {"type": "actions", "elements": elements}:
            return "".join(map(_pressed, elements))
    return "".join(map(_rich, block.get("elements", ())))


def _text(text: dict[str, Any]) -> str:
    # mrkdwn is escaped as Slack wants it already, and our own <…> are shown as they are
    return escape(text["text"]) if text["type"] == "plain_text" else escape(text["text"], quote=False)


def _pressed(element: dict[str, Any]) -> str:
    if element["type"] == "overflow":
        choices = " · ".join(escape(one["text"]["text"]) for one in element["options"])
        return f'<span class="menu">⋯ {choices}</span>'
    return f'<button class="{element.get("style", "")}">{escape(element["text"]["text"])}</button>'


def _rich(element: dict[str, Any]) -> str:
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
            return f"<b>@{escape(element['user_id'])}</b>"
    words = escape(element.get("text", ""))
    words = f'<a href="{escape(element["url"])}">{words}</a>' if "url" in element else words
    return f"<b>{words}</b>" if element.get("style", {}).get("bold") else words


def main() -> None:
    """Write the pages."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        (folder / f"cards-{language}.html").write_text(page(language), encoding="utf-8")


if __name__ == "__main__":
    main()
