"""What people do in Slack: read out of an envelope, filed, and answered.

The same for every way in which an envelope comes. A press is filed (a quick database write) before it is acked,
and what the presser is told or asked comes after the ack.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import structlog

from notifier.blocks import WHERE_ID, draw_where, escape
from notifier.channel import Answer, ChannelUnavailable, Inbox, Press, Tongue
from notifier.slack_calls import SlackSettings, Unfit, call, web_client
from notifier.wording import word_where

_log = structlog.get_logger(__name__)

VERBS = frozenset({"acknowledge", "replied", "close", "dismiss", "reopen", "snooze"})
QUICK_TIMEOUT_S = 3
"""For what follows a press: a trigger is good for 3 s."""
_PERSON = re.compile(r"[UW][A-Z0-9]{2,}")
_CASE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Click:
    """A press with what is needed to answer the presser."""

    press: Press
    place: str | None
    trigger: str | None


@dataclass(frozen=True, slots=True)
class Filed:
    """What came of an envelope that may be acked now."""

    after: Callable[[], None]
    """To be called after the ack, never before it."""
    reply: Mapping[str, Any] | None = None
    """What the ack says, where Slack wants words (errors of a dialogue)."""


class Taker(Protocol):
    """Takes the envelopes of one kind."""

    def take(self, payload: object) -> Filed | None:
        """File what an envelope holds; None when it is another's."""
        ...


class SlackPresses:
    """Files what people press and answers them. Safe to call from several threads."""

    def __init__(
        self, settings: SlackSettings, tongue: Tongue, inbox: Inbox, *, others: Sequence[Taker] = ()
    ) -> None:
        """`others` take what is no press of a card: commands, homes."""
        self._others = others
        self._tongue = tongue
        self._inbox = inbox
        self._quick = web_client(settings, timeout=QUICK_TIMEOUT_S)

    def take(self, payload: object) -> Filed | None:
        """File what an envelope holds; None when it is none of ours and may be acked all the same.

        Raises whatever the inbox raises: it is not filed then and must not be acked, so that Slack sends it again.
        """
        click = read_click(payload)
        if click is None:
            taken = (other.take(payload) for other in self._others)
            return next((filed for filed in taken if filed is not None), None)
        answer = self._inbox(click.press)
        return Filed(lambda: self._answer(click, answer))

    def _answer(self, click: Click, answer: Answer) -> None:
        """Ask where they replied (the trigger is good for 3 s), then say what is to be said."""
        if click.press.verb == "replied" and click.press.value == "unsaid" and click.trigger:
            view = draw_where(word_where(self._tongue), private=_private(click))
            self._tell("views.open", lambda: self._quick.views_open(trigger_id=click.trigger, view=view))
        if answer.text and click.place:
            text, user, place = escape(answer.text), click.press.user, click.place
            self._tell(
                "chat.postEphemeral",
                lambda: self._quick.chat_postEphemeral(channel=place, user=user, text=text),
            )

    def _tell(self, method: str, ask: Callable[[], Any]) -> None:
        """Call what is a courtesy: the press is filed, so a failure is logged and no more."""
        try:
            call(ask, to="the presser")
        except (ChannelUnavailable, Unfit) as error:
            _log.warning("slack_presser_not_told", method=method, reason=str(error))


def read_click(payload: object) -> Click | None:
    """Read a press out of an envelope's payload; None when it is none of ours."""
    try:
        kind = payload["type"]  # type: ignore[index]  # whatever it is, the errors below say that it is not ours
        if kind == "block_actions":
            return _read_button(cast("dict[str, Any]", payload))
        if kind == "view_submission":
            return _read_where(cast("dict[str, Any]", payload))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None
    return None


def _read_button(payload: dict[str, Any]) -> Click | None:
    action = payload["actions"][0]
    verb, case, user = action["action_id"], action["value"], payload["user"]["id"]
    if verb not in VERBS or not _CASE.fullmatch(case) or not _PERSON.fullmatch(user):
        return None
    press = Press(case=int(case), verb=verb, user=user, value="unsaid" if verb == "replied" else None)
    place = (payload.get("container") or {}).get("channel_id") or (payload.get("channel") or {}).get("id")
    return Click(press=press, place=place, trigger=payload.get("trigger_id"))


def _read_where(payload: dict[str, Any]) -> Click | None:
    view, user = payload["view"], payload["user"]["id"]
    if view["callback_id"] != WHERE_ID or not _PERSON.fullmatch(user):
        return None
    private = json.loads(view["private_metadata"])
    value = view["state"]["values"][WHERE_ID][WHERE_ID]["selected_option"]["value"]
    if value not in {"public", "direct", "elsewhere"}:
        return None
    press = Press(case=int(private["case"]), verb="replied", user=user, value=value)
    return Click(press=press, place=private.get("place"), trigger=None)


def _private(click: Click) -> str:
    return json.dumps({"case": click.press.case, "place": click.place})
