"""The cast and the cases of the channels' tests: Aino is on call, Ben leads, a customer found glass."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from casebook.draft import Draft
from casebook.grounds import Ground, ground, of_names, written
from notifier.channel import Card, Message, Notice, Page, Person, QuotedPost, Reminders, Tongue

HELSINKI = ZoneInfo("Europe/Helsinki")
OPENED = datetime(2026, 11, 24, 1, 26, 40, tzinfo=UTC)
AINO = Person("aino", "Aino Virtanen", "U0123")
BEN = Person("ben", "Ben Lindqvist", "U0124")
CHANNEL = "#some-asiakaspalvelu"
HOSTILE = (
    "<!channel> <@U0123> <https://evil.example|klikkaa> *b* _i_ ~s~ `c` & \x00\x1b[31m\u202egnp.exe "
    "[bold red]x[/] \ud800 @here :fire:\n> quote\n\n\n\n```code```"
)


RECALLED = (
    ground(
        "taken",
        playbook="recall",
        found=(
            ground("topics", scored=(("recall", 0.91),), under=False),
            ground("sentiment", name="negative", value=0.97),
        ),
    ),
)


def hostile_reason(text: str) -> tuple[Ground, ...]:
    """A reason in which every word that others chose is this text, and one that was kept as a sentence."""
    found = (
        ground("topics", scored=((text, 0.91),), under=True),
        ground("words", names=(text, text), more=2, form=text),
        ground("no_pattern", troubles=(of_names("too_slow", (text,)),)),
    )
    return (
        ground("taken", playbook=text, found=found),
        ground("told", to=((text, text),)),
        *written(text),
    )


def tongue(language: str = "fi") -> Tongue:
    return Tongue(language, HELSINKI, "Aino Kahvi")


def card(**changes: Any) -> Card:
    """Glass in a jar, at half past three at night; Aino is on call and nobody has taken it."""
    given: dict[str, Any] = {
        "case": 12,
        "status": "open",
        "severity": "critical",
        "team": "care",
        "playbook": "recall",
        "reason": RECALLED,
        "text": "Löysin lasinsirun teidän kahvipurkista! Lapsi joi tästä, mitä nyt teen?",
        "author": "maija_k",
        "author_name": "Maija Korhonen",
        "followers": 12_345,
        "source": "x",
        "url": "https://x.com/maija_k/status/1860000000000000001",
        "language": "fi",
        "posted_at": OPENED - timedelta(minutes=2),
        "opened_at": OPENED,
        "acknowledge_by": OPENED + timedelta(minutes=5),
        "respond_by": OPENED + timedelta(minutes=28),
        "on_call": (AINO,),
        "mandate": "Saat hyvittää 50 euroon asti.",
        "checklist": ("Pyydä kuva ja eränumero", "Ilmoita laadulle"),
        "drafts": (
            Draft("en", "We are so sorry."),
            Draft("fi", "Hei! Otamme tämän vakavasti.\nLaitatko kuvan?"),
        ),
    }
    return Card(**(given | changes))


_TAKEN_AT = OPENED + timedelta(minutes=4)
TAKEN = {
    "status": "acknowledged",
    "owner": "Aino Virtanen",
    "owned_at": _TAKEN_AT,
    "acknowledged_at": _TAKEN_AT,
}
ANSWERED = TAKEN | {
    "status": "responded",
    "responded_at": OPENED + timedelta(minutes=20),
    "responded_by": "ainokahvi",
    "response_found": "platform",
}
LATE = ANSWERED | {
    "owned_at": OPENED + timedelta(minutes=17),
    "acknowledged_at": OPENED + timedelta(minutes=17),
    "responded_at": OPENED + timedelta(hours=21),
    "breaches": ("acknowledge", "respond"),
}
AGAIN = ANSWERED | {
    "status": "acknowledged",
    "waits_again": True,
    "mentions": 3,
    "latest_text": "No niin, missä se vastaus viipyy?",
}
CLOSED = ANSWERED | {"status": "closed", "closed_at": OPENED + timedelta(days=3)}
DISMISSED = TAKEN | {"status": "dismissed", "closed_at": OPENED + timedelta(minutes=6)}

STATES: dict[str, dict[str, Any]] = {
    "open": {},
    "open-nobody-on-call": {"on_call": (), "nobody_on_call": True},
    "open-outside-hours": {"on_call": (), "calls_at": OPENED + timedelta(days=2, hours=12)},
    "open-nobody-took-it": {"nobody_took_it": True, "breaches": ("acknowledge", "respond")},
    "open-out-of-reach": {"nobody_on_call": True, "out_of_reach": True},
    "open-nobody-else": {"nobody_on_call": True},
    "open-reopened": {"on_call": (), "reopened_to": BEN},
    "open-reopened-nobody-on-call": {"on_call": (), "reopened_to": BEN, "nobody_on_call": True},
    "open-reopened-outside-hours": {
        "on_call": (),
        "reopened_to": BEN,
        "calls_at": OPENED + timedelta(days=2, hours=12),
    },
    "acknowledged-handed-over": TAKEN
    | {"owner": "Ben Lindqvist", "owned_at": OPENED + timedelta(minutes=9), "was_given": True},
    "open-returned": {"had_by": "Aino Virtanen", "on_call": (BEN,)},
    "open-snoozed": {"on_call": (), "snoozed_until": OPENED + timedelta(hours=1)},
    "acknowledged": TAKEN,
    "acknowledged-snoozed": TAKEN | {"snoozed_until": OPENED + timedelta(hours=6)},
    "acknowledged-waits-again": AGAIN,
    "responded": ANSWERED,
    "responded-late": LATE,
    "responded-withdrawn": ANSWERED | {"withdrawn": ("respond",), "response_found": "manual"},
    "closed": CLOSED,
    "dismissed": DISMISSED,
    "moved": {
        "status": "moved",
        "team": "shop",
        "moved_to": "shop",
        "moved_url": "https://ainokahvi.slack.com/archives/C0SHOP/p1700000000000100",
    },
    "responded-news-owed": ANSWERED | {"update_by": OPENED + timedelta(hours=2)},
    "responded-news-missed": ANSWERED | {"update_by": OPENED + timedelta(hours=2), "update_missed": True},
    "open-together": {"on_call": (AINO, BEN), "together": True},
    "acknowledged-one-would-end-it": TAKEN | {"together": True, "end_asked_by": "Aino Virtanen"},
    "open-in-quiet-hours": {"on_call": (), "calls_at": OPENED + timedelta(hours=3, minutes=33, seconds=20)},
}


PROMISE = Page(card(**TAKEN), (), "promise", 1)
BACK = Page(card(**TAKEN, case=9, url="https://x.com/otto/status/9", severity="high"), (), "snooze_over")
ASKED = Page(card(**TAKEN, case=3, url=None, page_url="https://vaste.example.fi/case/3"), (), "asked")
THREE = Reminders((PROMISE, BACK, ASKED), (AINO,))
"""What three cases want of Aino at the same time."""


def message(content: Any, **changes: Any) -> Message:
    return Message(**({"key": "case-12-card", "destination": CHANNEL, "content": content} | changes))


_LINK = "https://x.com/maija_k/status/"
QUOTES = {
    3: QuotedPost("Olisipa teillä kaurajäätelöä!", "maija_k", "x", f"{_LINK}3", OPENED - timedelta(days=3)),
    5: QuotedPost(
        "Kassa jumittaa aina. Soittakaa 040 123 4567\ntai maija@posti.fi",
        "pekka",
        "masto",
        None,
        OPENED - timedelta(days=2),
    ),
    8: QuotedPost("", "liisa", "x", None, OPENED - timedelta(days=1), "deleted"),
}
_BUDGET = {"kind": "budget", "source": "x", "budget": 50_000_000}
_BLIND = {"source": "masto", "since": OPENED - timedelta(minutes=77)}
_NIGHT = {
    "kind": "morning",
    "since": OPENED - timedelta(days=1),
    "opened": 3,
    "answered": 1,
    "on_call": ["Aino Virtanen"],
}
_CASES = [
    {
        "case": 12,
        "playbook": "recall",
        "respond_by": (OPENED + timedelta(minutes=28)).isoformat(),
        "owner": None,
    },
    {"case": 9, "playbook": "complaint", "respond_by": None, "owner": "Ben Lindqvist"},
]
_WEEK = {
    "cases": 41,
    "answered": 38,
    "in_time": 35,
    "late": 3,
    "unanswered": 1,
    "waiting": 2,
    "median_s": 2460,
    "p90_s": 13_380,
    "share": 35 / 39,
    "days": [
        {"day": f"2026-11-{day}", "in_time": n, "waiting": n // 6, "late": n % 3, "unanswered": 0}
        for day, n in zip(range(16, 23), (9, 7, 4, 8, 6, 1, 0), strict=True)
    ],
}
_BEFORE = _WEEK | {"cases": 55, "median_s": 1800, "p90_s": 9000, "share": 0.97, "late": 1, "unanswered": 0}
_EMPTY_WEEK: dict[str, Any] = dict.fromkeys(_WEEK, 0) | {
    "median_s": None,
    "p90_s": None,
    "share": None,
    "days": [],
}
_HANDED = {
    "kind": "handoff",
    "team": "care",
    "comes": True,
    "other": "Aino Virtanen",
    "count": 9,
    "cases": [
        {
            "case": 12,
            "playbook": "recall",
            "due": "respond",
            "due_by": (OPENED + timedelta(minutes=28)).isoformat(),
            "owner": None,
        },
        {"case": 9, "playbook": "complaint", "due": None, "due_by": None, "owner": "Aino Virtanen"},
    ],
    "longest": {"case": 9, "since": (OPENED - timedelta(hours=3)).isoformat()},
    "promised": [
        {
            "case": 9,
            "what": "refund",
            "due_at": (OPENED + timedelta(days=2)).isoformat(),
            "by": "Aino Virtanen",
        }
    ],
}
NOTICES: dict[str, dict[str, Any]] = {
    "weekly": {"kind": "weekly", "team": "care", "name": "2026-W47", "week": _WEEK, "before": _BEFORE},
    "weekly-first": {
        "kind": "weekly",
        "team": "care",
        "name": "2026-W47",
        "week": _WEEK | {"waiting": 0},
        "before": _EMPTY_WEEK,
    },
    "weekly-none": {
        "kind": "weekly",
        "team": "care",
        "name": "2026-W02",
        "week": _EMPTY_WEEK,
        "before": _BEFORE,
    },
    "handoff-comes": _HANDED,
    "handoff-goes": _HANDED | {"comes": False, "other": "Ben Lindqvist", "count": 2, "promised": []},
    "handoff-nobody": _HANDED | {"comes": False, "other": None, "count": 0, "cases": [], "longest": None},
    "blind": {"kind": "blind", **_BLIND, "reason": "authorisation"},
    "budget-80": {**_BUDGET, "share": 80, "spent": 40_120_000, "forecast": 49_000_000},
    "budget-100": {**_BUDGET, "share": 100, "spent": 49_990_000, "forecast": 50_000_000},
    "burst": {"kind": "burst", "count": 42, "usual": 3.5, "since": OPENED - timedelta(minutes=16)},
    "held_back": {"kind": "held_back", "waiting": {"high": 2, "normal": 1240, "low": 1}},
    "held_back-over": {"kind": "held_back", "waiting": {}},
    "hot": {
        "kind": "hot",
        "since": OPENED - timedelta(days=7),
        "until": OPENED,
        "topics": [
            {"topic": "dream", "count": 4, "before": 2, "posts": [3]},
            {"topic": "problem", "count": 1200, "before": 0, "posts": [5, 8]},
            {"topic": "oat milk", "count": 0, "before": 0, "posts": []},
        ],
        "collected": [{"topic": "wishes", "count": 1, "before": 0, "posts": []}],
        "authors": 900,
        "posts": [3, 5, 8],
    },
    "morning": {**_NIGHT, "waiting": 7, "cases": _CASES, "review": 5, "oldest": OPENED - timedelta(days=2)},
    "morning-calm": {**_NIGHT, "opened": 1, "waiting": 0, "cases": [], "on_call": []},
    "report": {
        "kind": "report",
        "title": "Aino Kahvi: miten asiakkaille vastattiin",
        "subtitle": "Viikko 48/2026, 23.–29. marraskuuta 2026",
        "sentences": [
            "Vastausta odotti 81 asiakasta, ja heistä vastauksen sai 71: 88 % (edellisellä jaksolla 84 %).",
            "Vastauksen saaneista puolet odotti enintään 29 min ja yhdeksän kymmenestä enintään 5 t 30 min.",
            "Kaikki 81 vastauksen määräaikaa pidettiin.",
            "Kaikesta odottamisesta 52 % kului hälytyksestä siihen, että joku otti tapauksen.",
            "Mikään luku ei vaadi muuttamaan toimintaohjeita, vuoroja tai tavoitteita.",
        ],
        "tiles": [["sai vastauksen", "88 %", "71/81", "edellinen: 84 %"], ["kukaan ei ottanut", "0", "", ""]],
    },
    "sighted": {
        "kind": "sighted",
        **_BLIND,
        "until": OPENED - timedelta(minutes=34),
        "reason": "network",
        "found": 3,
    },
    "sighted-nothing": {
        "kind": "sighted",
        **_BLIND,
        "until": OPENED - timedelta(minutes=34),
        "reason": "downtime",
        "found": 0,
    },
    "told": {"kind": "told", "playbook": "tarina", "posts": [3]},
    "told-private": {"kind": "told", "playbook": "tarina", "posts": [5]},
    "told-deleted": {"kind": "told", "playbook": "tarina", "posts": [8]},
}
"""One notice of each kind and state: its kind and its facts, instants as they are."""


def notice(state: str = "burst", **changes: Any) -> Notice:
    """Owed at OPENED."""
    facts = NOTICES[state] | changes
    kind = facts.pop("kind")
    return Notice(kind, OPENED, {name: _json(fact) for name, fact in facts.items()}, QUOTES)


def hostile_notice(state: str, text: str) -> Notice:
    """The same with every word that is not ours replaced."""
    quotes = {
        number: QuotedPost(text, text, text, f"https://x.com/{text}", post.posted_at)
        for number, post in QUOTES.items()
    }
    return replace(notice(state), quotes=quotes)


def _json(fact: Any) -> Any:
    return fact.isoformat() if isinstance(fact, datetime) else fact
