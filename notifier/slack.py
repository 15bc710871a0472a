"""Slack as a channel, through slack_sdk: cards and pages out, presses in.

Every message carries its delivery's key as metadata, so that a message whose outcome is unknown is looked up
before it is repeated. Calls and their errors are in `slack_calls`, the connection over which presses come in
`slack_line`, what is done with a press in `slack_presses`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from casebook.allowance import Allowance
from notifier.blocks import Payload, payload
from notifier.channel import (
    ChannelUnavailable,
    Inbox,
    Message,
    Notice,
    Page,
    Sending,
    Sent,
    Tongue,
    WebAnswer,
    Whereabouts,
)
from notifier.front import Front
from notifier.notices import word_missing_paper
from notifier.slack_calls import CALL_TIMEOUT_S, SlackSettings, Uneditable, Unfit, call, pages, web_client
from notifier.slack_check import app_problems, bot_problems, person_problems, place_problems, try_out
from notifier.slack_commands import SlackCommands
from notifier.slack_files import enclose, is_enclosed, lacking_scope, sent_with_picture
from notifier.slack_home import SlackHomes
from notifier.slack_home_blocks import link_to
from notifier.slack_http import PATH, SlackRequests
from notifier.slack_line import SlackListener
from notifier.slack_manifest import scopes
from notifier.slack_pace import SlackPace
from notifier.slack_people import SlackPeople, is_member
from notifier.slack_presses import SlackPresses, Taker

_log = structlog.get_logger(__name__)

EVENT_TYPE = "vaste_delivery"
LOOK_BACK = timedelta(seconds=30)
"""Slack's clock and ours may differ; look that much before the attempt."""
_PLACE = re.compile(r"[CDG][A-Z0-9]{2,}")


class SlackChannel:
    """Posts cards and pages to Slack, keeps cards up to date, and hears presses."""

    kind = "slack"

    def __init__(self, settings: SlackSettings, tongue: Tongue) -> None:
        self._settings = settings
        self._tongue = tongue
        self._client = web_client(settings, timeout=CALL_TIMEOUT_S)
        self._places: dict[str, str] = {}
        self._listener: SlackListener | None = None
        self._requests: SlackRequests | None = None
        self._people = SlackPeople(self._client)
        self._by_email = False
        self._workspace: str | None = None
        self._front: Front | None = None
        self._homes: SlackHomes | None = None
        self._pace = SlackPace(settings.bot_token.get_secret_value(), cards_a_minute=settings.cards_a_minute)
        self.repeated = 0
        """Messages posted again because it could not be looked up whether they were there."""
        self.recovered = 0
        """Messages of unknown outcome that were found, and not posted again."""

    def send(self, message: Message, *, now: datetime) -> Sent:  # noqa: ARG002  # the protocol's; Slack stamps its own time
        """Post or update one message; looks first where an earlier attempt may have posted it.

        Raises ChannelUnavailable.
        """
        if message.update is None and message.attempted_at is not None:
            found = self._look(message, message.attempted_at)
            if found is not None:
                self.recovered += 1
                self._enclose(message, found, was_tried=True)
                return found
        message = self._with_leave(message)
        drawn = payload(message.content, self._tongue, in_full=message.thread is None)
        if not drawn.blocks:
            _log.error("slack_blocks_unfit", delivery=message.key, sent_as="text")
        sent = self._deliver(message, drawn)
        self._enclose(message, sent)
        return sent

    def _with_leave(self, message: Message) -> Message:
        """Say in a message that has a paper whether it comes along, or which right is missing for it."""
        notice = message.content
        if not isinstance(notice, Notice) or notice.paper is None or message.update is not None:
            return message
        scope = lacking_scope(self._client, notice.paper)
        if scope is None:
            return replace(message, content=replace(notice, carried="whole"))
        reason = f"the bot token lacks the scope {scope}"
        _log.warning("slack_paper_not_sent", reason=reason, sent_as="words alone")
        words = replace(notice, carried="forbidden", lacks=scope, chart=None, paper=None)
        return replace(message, content=words)

    def _enclose(self, message: Message, sent: Sent, *, was_tried: bool = False) -> None:
        """Put a message's paper into the thread below it, once; where that fails, say so there."""
        notice = message.content
        if not isinstance(notice, Notice) or notice.paper is None or message.update is not None:
            return
        if was_tried and is_enclosed(self._client, notice.paper, sent):
            return
        if not enclose(self._client, notice.paper, sent):
            words = word_missing_paper(self._tongue)
            told = partial(self._client.chat_postMessage, channel=sent.place, thread_ts=sent.ref, text=words)
            try:
                call(told, to=message.destination)
            except ChannelUnavailable as error:  # the message itself is there, and is not sent again for this
                _log.warning("slack_paper_not_told", reason=str(error))

    def attend(self, front: Front) -> None:
        """Answer commands and draw homes by this front, from `listen` on."""
        self._front = front

    def _others(self) -> Sequence[Taker]:
        """Give who takes what is no press of a card."""
        if self._front is None:
            return ()
        commands = SlackCommands(self._settings, self._tongue, self._front)
        self._homes = SlackHomes(
            self._settings,
            self._tongue,
            self._front,
            workspace=commands.workspace,
            command=self._settings.command,
        )
        self._homes.start()
        return commands, self._homes

    def link_to(self, sent: Sent) -> str | None:
        """Give the address of a message, as Slack's own "copy link" writes it; the workspace's is asked for once."""
        if self._workspace is None:
            try:
                self._workspace = str(call(self._client.auth_test, to="the workspace").get("url") or "")
            except (ChannelUnavailable, Unfit) as error:
                _log.warning("slack_workspace_unknown", reason=str(error), effect="no link to the other card")
                return None
        return link_to(sent, self._workspace)

    def costs(self, sending: Sending) -> tuple[Allowance, ...]:
        """Give what a message takes of Slack's limits and of our own cap."""
        return self._pace.costs(sending)

    def look_for(self, written: str) -> Whereabouts:
        """Say who somebody is in Slack, by member id or e-mail address, and whether they can be reached."""
        return self._people.look_for(written)

    def listen(self, inbox: Inbox) -> None:
        """Begin to hear presses, over a socket, by requests, or both; `check` says where neither is set up."""
        app_token, secret = self._settings.app_token, self._settings.signing_secret
        if (app_token is None and secret is None) or self._listener or self._requests:
            return
        presses = SlackPresses(self._settings, self._tongue, inbox, others=self._others())
        if secret is not None:
            self._requests = SlackRequests(secret, presses)
        if app_token is not None:
            self._listener = SlackListener(self._settings, app_token, presses)
            self._listener.start()

    @property
    def path(self) -> str | None:
        """Where Slack's requests come in; None without a signing secret."""
        return None if self._settings.signing_secret is None else PATH

    def hear(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> WebAnswer:
        """Take one request of Slack's; before `listen` there is nobody to file it."""
        if self._requests is None:
            return WebAnswer(503, "not yet")
        return self._requests.take(headers, body, now=now)

    def check(self) -> list[str]:
        """Ask Slack about both tokens and the bot's scopes."""
        return [*bot_problems(self._client, scopes(by_email=self._by_email)), *app_problems(self._settings)]

    def walk(self, places: Sequence[str], people: Mapping[str, str]) -> list[str]:
        """Say in which channels the bot can't post, and whom Slack can't reach."""
        self._by_email = any("@" in written for written in people.values())
        token = bot_problems(self._client, scopes(by_email=self._by_email))
        found = [*token, *app_problems(self._settings)]
        if any("lacks the scope" not in problem for problem in token):
            return found  # nothing else can be asked
        return [*found, *place_problems(self._client, places), *person_problems(self._people, people)]

    def try_out(self, place: str) -> list[str]:
        """Post, find, edit and delete one message in a channel, or to a person."""
        return try_out(
            self._client, self._people.member(place), f"{self._tongue.brand}: vaste check --online"
        )

    def close(self) -> None:
        """Stop listening, within 3 s."""
        if self._homes is not None:
            self._homes.close()
        if self._listener is not None:
            self._listener.close()

    # -- sending

    def _deliver(self, message: Message, drawn: Payload) -> Sent:
        arguments: dict[str, Any] = {"text": drawn.text, "blocks": list(drawn.blocks)}
        chart = message.content.chart if isinstance(message.content, Notice) else None
        if chart is not None and message.update is None and drawn.blocks:
            write = partial(self._write, message)
            sent = sent_with_picture(self._client, chart, write, arguments)
            if sent is not None:
                return sent
        try:
            return self._write(message, arguments)
        except Unfit as unfit:
            # nothing is lost for its form: the same words as text, at once
            _log.error("slack_refused_blocks", delivery=message.key, error=unfit.error, sent_as="text")
        try:
            return self._write(message, {"text": drawn.whole_text, "blocks": []})
        except Unfit as unfit:
            sentence = f"Slack refuses this message even as plain text ({unfit.error}): please report it"
            raise ChannelUnavailable(sentence, permanent=True) from unfit

    def _write(self, message: Message, arguments: dict[str, Any]) -> Sent:
        """One call: chat.update in place, else chat.postMessage. Raises Unfit, ChannelUnavailable."""
        arguments["metadata"] = {"event_type": EVENT_TYPE, "event_payload": {"key": message.key}}
        if message.update is not None:
            place, ts = message.update.place, message.update.ref
            try:
                call(
                    lambda: self._client.chat_update(channel=place, ts=ts, **arguments),
                    to=message.destination,
                    rests=self._pace.updates,
                )
            except Uneditable:
                if not _must_not_quote(message):
                    raise
                # what it quotes must not stay: better no message than one with those words
                call(lambda: self._client.chat_delete(channel=place, ts=ts), to=message.destination)
            return message.update
        if message.thread is not None:
            arguments["thread_ts"] = message.thread.ref
        to = message.thread.place if message.thread is not None else self._people.member(message.destination)
        answer = call(
            lambda: self._client.chat_postMessage(
                channel=to, unfurl_links=False, unfurl_media=False, **arguments
            ),
            to=message.destination,
            repeatable=False,
            rests=self._pace.room(message.destination),
        )
        return self._sent(message, answer)

    def _sent(self, message: Message, answer: Mapping[str, Any]) -> Sent:
        place, ts = answer.get("channel"), answer.get("ts")
        if not isinstance(place, str) or not isinstance(ts, str):
            sentence = "Slack accepted the message and did not say where it is; it is looked up"
            raise ChannelUnavailable(sentence, ambiguous=True)
        if message.thread is None:
            self._places[message.destination] = place
        return Sent(place=place, ref=ts)

    # -- looking before repeating

    def _look(self, message: Message, attempted_at: datetime) -> Sent | None:
        """Find the message where an earlier attempt would have put it.

        None when it is not there, and when that cannot be known for good: a second page beats a lost one,
        and is counted. Raises ChannelUnavailable when it cannot be known right now.
        """
        try:
            place = message.thread.place if message.thread else self._find_place(message.destination)
            if place is not None:
                return self._search(message, place, attempted_at)
            why = f"no channel {message.destination} is listed"
        except ChannelUnavailable as error:
            if not error.permanent:
                raise ChannelUnavailable(
                    str(error), retry_after=error.retry_after, ambiguous=True, rests=self._pace.look_ups
                ) from error
            why = str(error)
        self.repeated += 1
        _log.warning("slack_cannot_look_up", delivery=message.key, why=why, repeated=self.repeated)
        return None

    def _find_place(self, destination: str) -> str | None:
        """The id of a channel or of a direct conversation; None when no such channel is listed."""
        if destination not in self._places:
            member = self._people.member(destination)
            if is_member(member):
                opened = call(lambda: self._client.conversations_open(users=member), to=destination)
                self._places[destination] = str(opened["channel"]["id"])
            elif _PLACE.fullmatch(destination):
                return destination
            else:
                self._learn_places()
        return self._places.get(destination)

    def _learn_places(self) -> None:
        kinds = "public_channel,private_channel"
        listed = pages(
            lambda cursor: self._client.conversations_list(
                types=kinds, exclude_archived=True, limit=200, cursor=cursor
            )
        )
        for page in listed:
            for channel in page.get("channels", []):
                self._places[f"#{channel['name']}"] = self._places[channel["name"]] = channel["id"]

    def _search(self, message: Message, place: str, attempted_at: datetime) -> Sent | None:
        oldest = f"{(attempted_at - LOOK_BACK).timestamp():.6f}"
        thread = message.thread

        def read(cursor: str) -> Any:
            asked: dict[str, Any] = {"channel": place, "oldest": oldest, "limit": 200, "cursor": cursor}
            if thread is None:
                return self._client.conversations_history(include_all_metadata=True, **asked)
            return self._client.conversations_replies(ts=thread.ref, include_all_metadata=True, **asked)

        for page in pages(read):
            for posted in page.get("messages", []):
                metadata = posted.get("metadata") or {}
                if metadata.get("event_payload", {}).get("key") == message.key:
                    return Sent(place=place, ref=str(posted["ts"]))
        return None


def _must_not_quote(message: Message) -> bool:
    content = message.content
    card = content.card if isinstance(content, Page) else content
    return card.must_not_quote
