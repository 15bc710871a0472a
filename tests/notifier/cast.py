"""The cast and the cases of the channels' tests: Aino is on call, Ben leads, a customer found glass."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from notifier.channel import Card, Message, Person, Tongue

HELSINKI = ZoneInfo("Europe/Helsinki")
OPENED = datetime(2026, 11, 24, 1, 26, 40, tzinfo=UTC)
AINO = Person("aino", "Aino Virtanen", "U0123")
BEN = Person("ben", "Ben Lindqvist", "U0124")
CHANNEL = "#some-asiakaspalvelu"
HOSTILE = (
    "<!channel> <@U0123> <https://evil.example|klikkaa> *b* _i_ ~s~ `c` & \x00\x1b[31m\u202egnp.exe "
    "[bold red]x[/] \ud800 @here :fire:\n> quote\n\n\n\n```code```"
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
        "reason": "topic recall (0.91 of 0.60), negative (0.97)",
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
        "drafts": (("en", "We are so sorry."), ("fi", "Hei! Otamme tämän vakavasti.\nLaitatko kuvan?")),
    }
    return Card(**(given | changes))


TAKEN = {"status": "acknowledged", "owner": "Aino Virtanen", "acknowledged_at": OPENED + timedelta(minutes=4)}
ANSWERED = TAKEN | {
    "status": "responded",
    "responded_at": OPENED + timedelta(minutes=20),
    "responded_by": "ainokahvi",
    "response_found": "platform",
}
LATE = ANSWERED | {
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
    "open-nobody-took-it": {"nobody_took_it": True, "breaches": ("acknowledge", "respond")},
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
}


def message(content: Any, **changes: Any) -> Message:
    return Message(**({"key": "case-12-card", "destination": CHANNEL, "content": content} | changes))
