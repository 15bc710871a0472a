"""What Slack lets an app send: messages a channel, calls of each method a minute, and our own cap. Pure.

docs.slack.dev/apis/web-api/rate-limits: one message a second and channel with short bursts above that, several
hundred messages a minute and workspace, and for other methods a tier: 50 calls a minute for those used here. An
allowance's name holds no token, only a digest that tells one installation from another.
"""

from datetime import timedelta
from hashlib import sha256

from casebook.allowance import Allowance, Holds
from notifier.channel import Sending

MINUTE = timedelta(minutes=1)
BURST = 3
"""New messages at once in one channel; then one a second."""
POSTS_A_MINUTE, POSTS_AT_ONCE = 240, 30
"""New messages in all channels of a workspace."""
TIER_3, TIER_3_AT_ONCE = 45, 5
"""Calls of one method: together with those at once the 50 that Slack allows in a minute."""


class SlackPace:
    """Names what each message takes; the same for all processes with one bot token."""

    def __init__(self, token: str, *, cards_a_minute: int | None) -> None:
        self._app = f"slack {sha256(token.encode()).hexdigest()[:10]}"
        self._cards_a_minute = cards_a_minute

    def costs(self, sending: Sending) -> tuple[Allowance, ...]:
        """Give what a message takes, first what Slack's own wait is for."""
        if sending.is_update:
            return (self._tier_3(self.updates, "updates"),)
        looks = (self._tier_3(self.look_ups, "look_ups"),) if sending.is_looked_up else ()
        posts = Allowance(
            f"{self._app} posts", POSTS_A_MINUTE, MINUTE, POSTS_AT_ONCE, holds="posts", is_wide=True
        )
        return (self._room(sending.destination), posts, *looks, *self._cap(sending))

    @property
    def updates(self) -> str:
        """Name the allowance of chat.update."""
        return f"{self._app} updates"

    @property
    def look_ups(self) -> str:
        """Name the allowance of conversations.history and conversations.replies."""
        return f"{self._app} look_ups"

    def room(self, destination: str) -> str:
        """Name the allowance of new messages in one channel, or to one person."""
        return f"{self._app} posts {destination}"

    def _room(self, destination: str) -> Allowance:
        return Allowance(self.room(destination), 60, MINUTE, BURST, holds="posts")

    def _tier_3(self, name: str, holds: Holds) -> Allowance:
        return Allowance(name, TIER_3, MINUTE, TIER_3_AT_ONCE, holds=holds, is_wide=True)

    def _cap(self, sending: Sending) -> tuple[Allowance, ...]:
        if self._cards_a_minute is None or not sending.may_wait:
            return ()
        name = f"{self._app} cards {sending.destination}"
        return (Allowance(name, self._cards_a_minute, MINUTE, holds="cards"),)
