"""The Home tab: drawn when somebody opens it, drawn anew when what it shows has changed, and its buttons.

1. Opening the tab is an event. It is acked at once, and the one thread of ours draws the home.
2. Whoever has opened it within the last hours is remembered, in this process alone: their homes are looked at when
   the record has changed, and drawn anew where they say something else. Many changes make one drawing, at most one
   in APART_S a person; and where time runs against somebody, it is drawn every few minutes for the time left.
3. Another process, or this one after a restart, knows nobody until they open the tab again: it is right then.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from typing import Any, Final, cast

import structlog

from notifier.channel import ChannelUnavailable, Tongue
from notifier.front import Front, Home
from notifier.home import word_take_over
from notifier.slack_calls import CALL_TIMEOUT_S, SlackSettings, Unfit, call, web_client
from notifier.slack_home_blocks import (
    OPEN_ID,
    TAKE_ID,
    TAKE_VIEW_ID,
    UNTIL_ID,
    draw_home,
    draw_take_over,
    draw_taken,
    view_state,
)
from notifier.slack_presses import QUICK_TIMEOUT_S, Filed

_log = structlog.get_logger(__name__)

LOOK_EVERY_S: Final = 2.0
APART_S: Final = 10.0
"""Between two drawings of one home because something changed."""
AGAIN_S: Final = 300.0
"""A home that shows how much time is left is drawn anew this often."""
REMEMBERED_S: Final = 12 * 3600.0
PEOPLE_MOST: Final = 500
_PERSON = re.compile(r"[UW][A-Z0-9]{2,}")


@dataclass(slots=True)
class _Watcher:
    """Somebody who has opened their home, and what it shows."""

    opened_at: float
    drawn_at: float = 0.0
    gist: object = None
    runs: bool = False
    """Time runs against them: what is left is shown."""
    is_dirty: bool = True
    is_asked: bool = True
    """They opened it just now: it is drawn without waiting."""


class SlackHomes:
    """Draws homes and takes what is pressed in them. Safe to call from several threads."""

    def __init__(
        self,
        settings: SlackSettings,
        tongue: Tongue,
        front: Front,
        *,
        workspace: Callable[[], str | None],
        command: str,
    ) -> None:
        self._tongue = tongue
        self._front = front
        self._workspace = workspace
        self._command = command
        self._client = web_client(settings, timeout=CALL_TIMEOUT_S)
        self._quick = web_client(settings, timeout=QUICK_TIMEOUT_S)
        self._watchers: dict[str, _Watcher] = {}
        self._lock = Lock()
        self._wake = Event()
        self._stopped = Event()
        self._rests_until = 0.0
        self._mark: object = None
        self._is_failing = False
        self._thread = Thread(target=self._run, name="vaste-slack-home", daemon=True)

    def start(self) -> None:
        """Begin to draw, in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Draw nothing more."""
        self._stopped.set()
        self._wake.set()

    # -- what comes in

    def take(self, payload: object) -> Filed | None:
        """Take what concerns homes; None where the envelope holds something else.

        Raises whatever the front raises: a turn is not agreed on then, and Slack says so to who pressed.
        """
        try:
            act = self._read(cast("dict[str, Any]", payload))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            return None
        return act() if act is not None else None

    def _read(self, payload: dict[str, Any]) -> Callable[[], Filed] | None:
        if payload["type"] == "event_callback":
            return self._opened(payload["event"])
        user = payload["user"]["id"]
        if not _PERSON.fullmatch(user):
            return None
        if payload["type"] == "block_actions":
            return self._pressed(payload, user)
        if payload["type"] == "view_submission" and payload["view"]["callback_id"] == TAKE_VIEW_ID:
            team, seconds, command = view_state(payload)
            until = datetime.fromtimestamp(seconds, UTC)
            return lambda: self._taken(user, team, until, command)
        return None

    def _opened(self, event: dict[str, Any]) -> Callable[[], Filed] | None:
        if event["type"] != "app_home_opened" or not _PERSON.fullmatch(event["user"]):
            return None
        if event.get("tab", "home") != "home":
            return _passed_over  # they look at their messages
        user = event["user"]
        return lambda: Filed(lambda: self._want(user))

    def _want(self, user: str) -> None:
        with self._lock:
            known = self._watchers.get(user)
            if known is None and len(self._watchers) >= PEOPLE_MOST:
                del self._watchers[min(self._watchers, key=lambda one: self._watchers[one].opened_at)]
            watcher = known or _Watcher(time.monotonic())
            watcher.opened_at, watcher.is_dirty, watcher.is_asked = time.monotonic(), True, True
            self._watchers[user] = watcher
        self._wake.set()

    def _pressed(self, payload: dict[str, Any], user: str) -> Callable[[], Filed] | None:
        action = payload["actions"][0]["action_id"]
        if action == OPEN_ID:
            return _passed_over  # Slack opens the address by itself
        if action != TAKE_ID:
            return None
        trigger = payload["trigger_id"]
        return lambda: Filed(lambda: self._ask_until(user, trigger))

    def _ask_until(self, user: str, trigger: str) -> None:
        home = self._front.home(user, command=self._command)
        if not home.may_take:  # the button was there before they were taken out of the configuration
            self._want(user)
            return
        view = draw_take_over(home, self._tongue)
        try:
            call(lambda: self._quick.views_open(trigger_id=trigger, view=view), to="the presser")
        except (ChannelUnavailable, Unfit) as error:
            _log.warning("slack_presser_not_told", method="views.open", reason=str(error))

    def _taken(self, user: str, team: str, until: datetime, command: str) -> Filed:
        answer = self._front.take_over(user, team, until, command=command)
        if answer.kind == "mistake" and answer.facts["reason"] in {"backwards", "too_long"}:
            past = word_take_over(self._tongue).past
            return Filed(lambda: None, reply={"response_action": "errors", "errors": {UNTIL_ID: past}})
        reply = {"response_action": "update", "view": draw_taken(answer, self._tongue)}
        return Filed(lambda: self._want(user), reply=reply)

    # -- what goes out

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(LOOK_EVERY_S)
            self._wake.clear()
            try:
                self._look()
            except Exception as error:  # noqa: BLE001  # the record may be away for a while; homes come later
                if not self._is_failing:
                    _log.warning("slack_homes_not_drawn", error=type(error).__name__, retried="every 2 s")
                self._is_failing = True
            else:
                self._is_failing = False

    def _look(self) -> None:
        now = time.monotonic()
        with self._lock:
            for user in [one for one, kept in self._watchers.items() if now - kept.opened_at > REMEMBERED_S]:
                del self._watchers[user]
            watchers = dict(self._watchers)
        if not watchers or now < self._rests_until:
            return
        mark = self._front.mark()
        if mark != self._mark:
            self._mark = mark
            for watcher in watchers.values():
                watcher.is_dirty = True
        for user, watcher in watchers.items():
            if self._stopped.is_set() or time.monotonic() < self._rests_until:
                return
            if _is_due(watcher, now):
                self._draw(user, watcher)

    def _draw(self, user: str, watcher: _Watcher) -> None:
        with self._lock:
            is_asked, watcher.is_asked, watcher.is_dirty = watcher.is_asked, False, False
        try:
            home = self._front.home(user, command=self._command)
        except Exception:
            watcher.is_dirty, watcher.is_asked = True, watcher.is_asked or is_asked
            raise
        is_old = time.monotonic() - watcher.drawn_at >= AGAIN_S
        if home.gist == watcher.gist and not is_asked and not is_old:
            return
        if self._publish(user, watcher, home):
            watcher.gist, watcher.drawn_at, watcher.runs = home.gist, time.monotonic(), _runs(home)

    def _publish(self, user: str, watcher: _Watcher, home: Home) -> bool:
        view = draw_home(home, self._tongue, workspace=self._workspace())
        try:
            call(lambda: self._client.views_publish(user_id=user, view=view), to=user)
        except (ChannelUnavailable, Unfit) as error:
            wait = error.retry_after if isinstance(error, ChannelUnavailable) else None
            if wait is not None:
                self._rests_until = time.monotonic() + wait.total_seconds()
                watcher.is_asked = watcher.is_dirty = True
            else:
                # they get it when they open it again
                _log.warning("slack_home_not_drawn", reason=str(error))
            return False
        return True


def _passed_over() -> Filed:
    """Ack what calls for nothing."""
    return Filed(lambda: None)


def _is_due(watcher: _Watcher, now: float) -> bool:
    """Say whether a home is looked at now."""
    if watcher.is_asked:
        return True
    since = now - watcher.drawn_at
    return (watcher.is_dirty and since >= APART_S) or (watcher.runs and since >= AGAIN_S)


def _runs(home: Home) -> bool:
    """Say whether it shows how much time is left."""
    return bool(home.cases or home.untaken or home.owing)
