"""The pages: `/healthz` for machines, `/` for people. They only read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from jinja2 import Template
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from casebook.store import Store
from vaste.clock import Clock
from vaste.coverage import SHOWN, LaneTold, told
from vaste.desk import Desk
from vaste.log_asked import ANY, CLOCKS, LANGUAGES, SEVERITIES, STATUSES
from vaste.web.case_pages import case_routes
from vaste.web.drawing import environment, iso
from vaste.web.looking import look
from vaste.web.words import WORDS

ROWS_SHOWN = 500
REFRESH_SECONDS = 30
_SAFE = {
    # nothing but our own style sheet may load or run: social text can do nothing here
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def make_pages(
    store: Store,
    *,
    clock: Clock,
    zone: ZoneInfo,
    brand: str,
    language: str,
    sources: Collection[str] | None = None,
    also: Sequence[Route] = (),
    desk: Desk | None = None,
) -> Starlette:
    """Make the web application over the record.

    The pages write nothing and know no method but GET and HEAD; `also` are routes of another making. `sources`
    are those of the configuration (None: all that there ever were), for their coverage; `desk` names people, and
    lets a case's page show what every playbook says of it.
    """
    language = language if language in WORDS else "en"
    pages = _Pages(store, clock, zone, brand, language, sources)
    routes = [Route("/", pages.log), Route("/healthz", pages.healthz), Route("/style.css", pages.style)]
    routes += case_routes(store, clock=clock, zone=zone, brand=brand, language=language, desk=desk)
    routes += also
    return Starlette(routes=routes, middleware=[Middleware(_SafeHeaders)])


class _SafeHeaders:
    """Puts the headers of safety on every answer, refusals included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_SAFE)
            await send(message)

        await self._app(scope, receive, send_safely)


@dataclass(frozen=True)
class _Pages:
    """What the pages are made of."""

    store: Store
    clock: Clock
    zone: ZoneInfo
    brand: str
    language: str
    sources: Collection[str] | None

    def healthz(self, _: Request) -> Response:
        """Say whether the record can be read, what stands in the way, and when each source was last read."""
        try:
            return JSONResponse(self._health())
        except Exception as error:  # noqa: BLE001 - whatever is wrong, who watches over us must be told
            structlog.get_logger().exception("the page can't read the record")
            return JSONResponse({"status": "down", "problems": [type(error).__name__]}, status_code=503)

    def _health(self) -> dict[str, Any]:
        problems = [problem.message for problem in self.store.problems()]
        sources = {
            name: {"read_at": iso(state["read_at"]), "failures": state["failures"]}
            for name, state in self.store.sources().items()
        }
        return {
            "status": "troubled" if problems else "ok",
            "problems": problems,
            "sources": sources,
            "counts": self.store.counts(),
            "deliveries": self.store.deliveries(),
        }

    def log(self, request: Request) -> Response:
        """Show the newest cases that are asked for, newest first, and the way to the older ones."""
        now = self.clock.now()
        view = look(self.store, request.query_params.multi_items(), now=now, zone=self.zone, shown=ROWS_SHOWN)
        page = self._template.render(
            brand=self.brand,
            language=self.language,
            refresh=REFRESH_SECONDS,
            now=now,
            view=view,
            rows=view.rows,
            problems=self.store.problems(),
            sources=self.store.sources(),
            counts=self.store.counts(),
            statuses=STATUSES,
            severities=SEVERITIES,
            languages=LANGUAGES,
            clocks=(*CLOCKS, ANY),
            lanes=self._coverage(now),
        )
        return HTMLResponse(page, status_code=400 if view.refused else 200)

    def _coverage(self, now: datetime) -> list[LaneTold]:
        """Tell how the last days were watched."""
        records = self.store.coverage(since=now - SHOWN)
        return list(told(records, sources=self.sources, since=now - SHOWN, until=now, now=now))

    def style(self, _: Request) -> Response:
        """Give the style sheet."""
        return Response(self._style, media_type="text/css")

    @cached_property
    def _style(self) -> str:
        return (files("vaste.web") / "static" / "style.css").read_text("utf-8")

    @cached_property
    def _template(self) -> Template:
        return environment(self.zone, self.language).get_template("log.html")
