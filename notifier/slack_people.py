"""Who our people are in Slack: their member id, also from their e-mail address, and whether they can be reached.

Slack lets a message mention somebody who left long ago, and says nothing: only who asks is told. So each person is
asked for now and then (users.info; users.lookupByEmail where an address is given), not before every page.
"""

import re

from slack_sdk import WebClient

from notifier.channel import Whereabouts
from notifier.slack_calls import Unreachable, call

MEMBER = re.compile(r"[UW][A-Z0-9]{2,}")


class SlackPeople:
    """Looks people up; remembers the ids behind e-mail addresses. Safe to call from several threads."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._by_email: dict[str, str] = {}

    def member(self, written: str) -> str:
        """Give the member id of somebody, as the configuration names them; raises ChannelUnavailable."""
        if "@" not in written:
            return written
        if written not in self._by_email:
            answer = call(lambda: self._client.users_lookupByEmail(email=written), to=written)
            self._by_email[written] = str(answer["user"]["id"])
        return self._by_email[written]

    def look_for(self, written: str) -> Whereabouts:
        """Say who somebody is and whether they can be reached; raises ChannelUnavailable where Slack can't say."""
        self._by_email.pop(written, None)
        try:
            member = self.member(written)
            answer = call(lambda: self._client.users_info(user=member), to=written)
        except Unreachable as error:
            return Whereabouts(None, str(error))
        user = answer.get("user") or {}
        if user.get("deleted"):
            return Whereabouts(
                member, f"the Slack account {written} is deactivated: put another person on call"
            )
        if user.get("is_bot"):
            return Whereabouts(member, f"{written} is a bot, and bots get no direct messages: name a person")
        return Whereabouts(member)


def is_member(written: str) -> bool:
    """Say whether this is a member's id."""
    return MEMBER.fullmatch(written) is not None
