"""What people do in Slack: read out of an envelope, filed, and answered.

The same for every way in which an envelope comes. A press is filed (a quick database write) before it is acked,
and what the presser is told or asked comes after the ack. What is only asked for (a dialogue) changes nothing, so it
is looked up after the ack, too: a trigger is good for three seconds.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import structlog

from notifier.blocks import CASE_BLOCK, MENU_ID, escape
from notifier.channel import Answer, ChannelUnavailable, Inbox, Press, Question, Tongue
from notifier.dialogue import draw_form, read_submission
from notifier.forms import NONE, word_form, word_mistake
from notifier.inbox import ASK
from notifier.limits import view_problems
from notifier.slack_calls import SlackSettings, Unfit, call, web_client

_log = structlog.get_logger(__name__)

VERBS = frozenset({"acknowledge", "replied", "close", "dismiss", "reopen", "snooze"})
ASKING = frozenset({"reassign", "snooze", "wrong_label", "why", "show_all"})
"""What is asked first in a dialogue, or only shown in one."""
UNSAID = "unsaid"
SUBMITTED = frozenset({"replied", "close", "reassign", "snooze", "wrong_label"})
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

    @property
    def only_asks(self) -> bool:
        """It changes nothing: it asks to be asked, or to be shown something."""
        return self.press.value == ASK


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
        if click.only_asks:
            return Filed(lambda: self._look_up(click))
        answer = self._inbox(click.press)
        if answer.mistake is not None and click.trigger is None:
            return Filed(_nothing, _kept_open(click.press, answer.mistake, self._tongue))
        return Filed(lambda: self._answer(click, answer))

    def _look_up(self, click: Click) -> None:
        """Find out what is to be asked or shown; a failure harms nobody, and the presser presses again."""
        try:
            answer = self._inbox(click.press)
        except Exception as error:  # noqa: BLE001 - the envelope is acked: nothing may stop what listens
            _log.warning("slack_question_not_found", verb=click.press.verb, reason=type(error).__name__)
            return
        self._answer(click, answer)

    def _answer(self, click: Click, answer: Answer) -> None:
        """Ask or show what is to be asked or shown (the trigger is good for 3 s), then say what is to be said."""
        question = answer.question
        if click.press.verb == "replied" and click.press.value == UNSAID:
            # asked whatever came of it: who presses just after the answer was found knows where it stands
            question = Question("replied", click.press.case)
        if question is not None and click.trigger:
            self._open(question, click)
        if answer.text and click.place:
            text, user, place = escape(answer.text), click.press.user, click.place
            self._tell(
                "chat.postEphemeral",
                lambda: self._quick.chat_postEphemeral(channel=place, user=user, text=text),
            )

    def _open(self, question: Question, click: Click) -> None:
        view = draw_form(word_form(question, self._tongue), place=click.place)
        wrong = view_problems(view)
        if wrong:
            _log.error("slack_dialogue_unfit", verb=question.verb, problems=wrong[:3])
            return
        self._tell("views.open", lambda: self._quick.views_open(trigger_id=click.trigger, view=view))

    def _tell(self, method: str, ask: Callable[[], Any]) -> None:
        """Call what is a courtesy: the press is filed, so a failure is logged and no more."""
        try:
            call(ask, to="the presser")
        except (ChannelUnavailable, Unfit) as error:
            _log.warning("slack_presser_not_told", method=method, reason=str(error))


def _nothing() -> None:
    """Nobody is told anything: the dialogue says it."""


_AT_FAULT: Mapping[str, Mapping[str, str]] = {
    "replied": {"no_due": "due", "no_promise": "promise"},
    "close": {"no_due": "due", "no_promise": "promise"},
    "snooze": {"no_time": "until_at"},
}
"""The question at which a mistake is shown, by the verb of its dialogue."""


def _kept_open(press: Press, mistake: str, tongue: Tongue) -> Mapping[str, Any]:
    name = _AT_FAULT.get(press.verb, {}).get(mistake, "until_at")
    return {"response_action": "errors", "errors": {name: word_mistake(mistake, tongue)}}


def read_click(payload: object) -> Click | None:
    """Read a press out of an envelope's payload; None when it is none of ours."""
    try:
        kind = payload["type"]  # type: ignore[index]  # whatever it is, the errors below say that it is not ours
        if kind == "block_actions":
            return _read_button(cast("dict[str, Any]", payload))
        if kind == "view_submission":
            return _read_submission(cast("dict[str, Any]", payload))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, StopIteration):
        return None
    return None


def _read_button(payload: dict[str, Any]) -> Click | None:
    action, user = payload["actions"][0], payload["user"]["id"]
    is_menu = action["action_id"] == MENU_ID
    verb = action["selected_option"]["value"] if is_menu else action["action_id"]
    case = _case_of_menu(action, payload) if is_menu else action["value"]
    asks = is_menu or verb in ASKING - VERBS
    if verb not in (ASKING if asks else VERBS) or not _CASE.fullmatch(case) or not _PERSON.fullmatch(user):
        return None
    value = ASK if asks else UNSAID if verb == "replied" else None
    press = Press(case=int(case), verb=verb, user=user, value=value)
    place = (payload.get("container") or {}).get("channel_id") or (payload.get("channel") or {}).get("id")
    return Click(press=press, place=place, trigger=payload.get("trigger_id"))


def _case_of_menu(action: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
    """Give the case that a menu belongs to: its block tells; where it does not, a button beside it does."""
    block = str(action.get("block_id") or "")
    if block.startswith(CASE_BLOCK):
        return block.removeprefix(CASE_BLOCK)
    blocks = (payload.get("message") or {}).get("blocks") or ()
    values = (
        one.get("value") for block in blocks for one in block.get("elements") or () if isinstance(one, dict)
    )
    return next(str(value) for value in values if value)


def _read_submission(payload: dict[str, Any]) -> Click | None:
    user = payload["user"]["id"]
    said = read_submission(payload["view"])
    if said is None or said.verb not in SUBMITTED or not _PERSON.fullmatch(user):
        return None
    answers = {name: answer for name, answer in said.answers.items() if answer != NONE}
    value = answers.pop(_MAIN.get(said.verb, ""), None)
    if value is not None and not isinstance(value, str):
        return None
    if said.verb == "replied" and value not in {"public", "direct", "elsewhere"}:
        return None
    if said.verb == "close" and value is None:
        value = "said"  # the press of the button closed it: this only says what was promised
    press = Press(case=said.case, verb=said.verb, user=user, value=value, answers=answers)
    return Click(press=press, place=said.place, trigger=None)


_MAIN = {"replied": "where", "reassign": "to", "snooze": "until"}
"""The question whose answer is the press's value."""
