"""`/case/NUMBER` and `/crisis/NUMBER`: one case from its first post to its last event. They only read."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from casebook.case import Case
from casebook.dossier import Dossier, PostTold
from casebook.event import EventKind
from casebook.mask import mask
from casebook.store import Store
from notifier.channel import Tongue
from notifier.crisis_words import CRISIS_WORDS, STEPS
from notifier.grounds import word_asked, word_found, word_passed_over, word_reason
from notifier.hostile import clean
from playbooks.decide import explain
from playbooks.playbook import Decision
from vaste.clock import Clock
from vaste.desk import Desk
from vaste.on_record import around
from vaste.ruling import post_of
from vaste.tending import NO_CROWD, curve, peak
from vaste.web.case_words import CASE_WORDS
from vaste.web.drawing import environment
from vaste.web.history import told_clocks, told_events
from vaste.web.words import WORDS

REFRESH_SECONDS: Final = 30
BAR_WIDTH: Final = 10
CURVE_HEIGHT: Final = 100
CHILDREN_SHOWN: Final = 500
_NOT_FOUND: Final = 404


def case_routes(
    store: Store, *, clock: Clock, zone: ZoneInfo, brand: str, language: str, desk: Desk | None
) -> list[Route]:
    """Make the routes of the pages of one case and one crisis.

    With a `desk` they name people as the configuration does, and show which playbook would take the post now.
    """
    pages = _CasePages(store, clock, zone, brand, language, desk)
    return [
        Route("/case/{number:int}", pages.case),
        Route("/crisis/{number:int}", pages.crisis),
        Route("/case.css", pages.style),
    ]


@dataclass(frozen=True, slots=True)
class Quote:
    """The words of a post as a page may show them."""

    text: str
    masked: tuple[str, ...]
    """What was taken out of them."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of a crisis' course, in the units of its drawing."""

    x: int
    height: int
    count: int


@dataclass(frozen=True)
class _CasePages:
    """What the pages are made of."""

    store: Store
    clock: Clock
    zone: ZoneInfo
    brand: str
    language: str
    desk: Desk | None

    def case(self, request: Request) -> Response:
        """Show one case."""
        number = request.path_params["number"]
        dossier = self.store.dossier(number)
        if dossier is None:
            return self._missing("no_case", number)
        now = self.clock.now()
        return self._page("case.html", dossier, now=now, decision=self._decision(dossier))

    def crisis(self, request: Request) -> Response:
        """Show one crisis; the number of an ordinary case leads to that."""
        number = request.path_params["number"]
        dossier = self.store.dossier(number)
        if dossier is None:
            return self._missing("no_crisis", number)
        if dossier.view.crowd is None:
            return RedirectResponse(f"../case/{number}", status_code=302)
        now = self.clock.now()
        crowd = dossier.view.crowd or NO_CROWD
        step, counts = curve(crowd.times, now=dossier.view.case.ended_at or now)
        peak_at, most = peak(crowd.times)
        return self._page(
            "crisis.html",
            dossier,
            now=now,
            crowd=crowd,
            bars=drawn(counts),
            bar_width=BAR_WIDTH,
            curve_height=CURVE_HEIGHT,
            highest=max(counts, default=0),
            step=int(step.total_seconds()),
            peak_at=peak_at,
            peak=most,
            children=dossier.children[:CHILDREN_SHOWN],
            standings=Counter(child.standing(now) for child in dossier.children),
            checklist=self._checklist(dossier.view.case),
            figures=_figures(dossier),
        )

    def style(self, _: Request) -> Response:
        """Give the style sheet of these pages."""
        return Response(self._style, media_type="text/css")

    def _page(self, template: str, dossier: Dossier, *, now: datetime, **more: Any) -> HTMLResponse:
        case = dossier.view.case
        page = self._drawing.get_template(template).render(
            brand=self.brand,
            language=self.language,
            refresh=REFRESH_SECONDS if case.ended_at is None else None,
            now=now,
            dossier=dossier,
            case=case,
            quotes={post.post: _quote(post) for post in dossier.posts},
            events=told_events(dossier.events),
            clocks=told_clocks(case, now=now),
            **more,
        )
        return HTMLResponse(page)

    def _missing(self, word: str, number: int) -> HTMLResponse:
        page = self._drawing.get_template("missing.html").render(
            brand=self.brand, language=self.language, word=word, number_asked=number
        )
        return HTMLResponse(page, status_code=_NOT_FOUND)

    def _decision(self, dossier: Dossier) -> Decision | None:
        """Decide again upon the post that opened the case, every playbook condition by condition."""
        opening = dossier.view.case.opening_post
        post = next((post for post in dossier.posts if post.post == opening), None)
        if self.desk is None or post is None or post.missing is not None:
            return None
        kept = next(
            (
                kept
                for kept in self.store.find(f"{post.network}/{post.post_id}")
                if kept.mention.post == opening
            ),
            None,
        )
        if kept is None or kept.verdict is None:
            return None
        return explain(post_of(around(kept), self.desk), kept.verdict, self.desk.playbooks)

    def _checklist(self, case: Case) -> tuple[str, ...]:
        usual = CRISIS_WORDS[self.language]
        return case.policy.checklist or tuple(usual[step].format(case=case.number) for step in STEPS)

    def _person(self, key: str | None) -> str:
        """Name somebody who acted or was called."""
        if not key:
            return ""
        return self.desk.person(key).name if self.desk else key.removeprefix("slack:")

    @cached_property
    def _drawing(self) -> Environment:
        words = WORDS[self.language] | CASE_WORDS[self.language]
        drawn_by = environment(self.zone, self.language, words)
        tongue = Tongue(self.language, self.zone, self.brand)
        worded: dict[str, Callable[..., str]] = {
            "reason": word_reason,
            "asked": word_asked,
            "found": word_found,
            "passed_over": word_passed_over,
        }
        drawn_by.filters |= {name: partial(word, tongue=tongue) for name, word in worded.items()}
        drawn_by.filters["person"] = self._person
        drawn_by.filters["event"] = lambda kind: words.get(f"event.{kind}", kind)
        drawn_by.filters["said"] = lambda name: words.get(name, name.rpartition(".")[2])
        return drawn_by

    @cached_property
    def _style(self) -> str:
        return (files("vaste.web") / "static" / "case.css").read_text("utf-8")


def drawn(counts: Sequence[int]) -> tuple[Bar, ...]:
    """Give the bars of a course, the highest one full; what is something is never drawn as nothing."""
    most = max(counts, default=0)
    return tuple(
        Bar(at * BAR_WIDTH, max(2, round(count * CURVE_HEIGHT / most)) if count else 0, count)
        for at, count in enumerate(counts)
    )


def _quote(post: PostTold) -> Quote:
    masked = mask(clean(post.text))
    return Quote(masked.text, masked.found)


def _figures(dossier: Dossier) -> dict[str, Any] | None:
    """Give the after-action summary, its instants read."""
    summed = [event.facts for event in dossier.events if event.kind is EventKind.SUMMED_UP]
    if not summed:
        return None
    return {name: _read(name, value) for name, value in summed[-1].items()}


def _read(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name.endswith("_at") and isinstance(value, str) else value
