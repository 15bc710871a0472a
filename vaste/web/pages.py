"""The pages: `/healthz` for machines, `/` for people."""

from collections import deque
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from casebook.store import Store
from notifier.wording import safe_url
from vaste.clock import Clock
from vaste.span import span

ROWS_SHOWN = 500
_SAFE = {
    # nothing but this page's own style may run or load: social text can do nothing here
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def make_pages(store: Store, *, clock: Clock, zone: ZoneInfo, brand: str, language: str) -> Starlette:
    """Make the web application over the record; it writes nothing."""
    templates = Environment(loader=PackageLoader("vaste.web"), autoescape=select_autoescape(default=True))
    templates.filters["local"] = lambda at: _local(at, zone)
    templates.filters["span"] = span
    templates.filters["link"] = safe_url

    def healthz(_: Request) -> Response:
        problems = store.problems()
        sources = {
            name: {"read_at": _iso(state["read_at"]), "failures": state["failures"]}
            for name, state in store.sources().items()
        }
        return JSONResponse(
            {
                "status": "troubled" if problems else "ok",
                "problems": [problem.message for problem in problems],
                "sources": sources,
                "counts": store.counts(),
                "deliveries": store.deliveries(),
            },
            headers=_SAFE,
        )

    def log(_: Request) -> Response:
        newest = deque(store.log(now=clock.now()), maxlen=ROWS_SHOWN)
        page = templates.get_template("log.html").render(
            brand=brand,
            language=language,
            rows=list(reversed(newest)),
            problems=store.problems(),
            counts=store.counts(),
        )
        return HTMLResponse(page, headers=_SAFE)

    return Starlette(routes=[Route("/", log), Route("/healthz", healthz)])


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%-d.%-m. %H:%M:%S") if at else "–"


def _iso(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else None
