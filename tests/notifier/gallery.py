"""Our cards as a page for our own eyes: not how Slack draws them, but all that they say, in their order.

    PYTHONPATH=. python tests/notifier/gallery.py FOLDER

writes `cards-fi.html`, `cards-sv.html` and `cards-en.html` with every state of `tests/notifier/cast.py`, and reminders of three cases.
"""

import sys
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

from notifier.blocks import payload
from notifier.saying import LANGUAGES
from tests.notifier.as_seen import message_of, page_of
from tests.notifier.cast import OPENED, STATES, THREE, card, tongue

STYLE = """
body{width:auto;background:#f4f4f5;display:flex;flex-wrap:wrap;gap:18px}
.card{background:#fff;padding:12px 16px;border:1px solid #ddd;border-radius:8px}h2{font:12px monospace;color:#888;margin:0 0 8px}
"""


def page(language: str) -> str:
    """Give the page of one language."""
    at = OPENED + timedelta(minutes=4)
    shown: dict[str, Any] = {name: card(at=at, **state) for name, state in STATES.items()}
    cards = (
        f'<div class="card"><h2>{escape(name)}</h2>'
        f"{message_of(payload(content, tongue(language), in_full=True).blocks)}</div>"
        for name, content in (shown | {"reminders": THREE}).items()
    )
    return page_of(*cards, more=STYLE)


def main() -> None:
    """Write the pages."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        (folder / f"cards-{language}.html").write_text(page(language), encoding="utf-8")


if __name__ == "__main__":
    main()
