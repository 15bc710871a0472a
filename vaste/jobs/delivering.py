"""Delivery: messages that are due are claimed, worded from the case as it stands now, sent, and marked."""

import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from casebook.allowance import Allowance, Gate
from casebook.record import Lies
from casebook.store import Claimed
from notifier.channel import (
    Channel,
    ChannelUnavailable,
    Content,
    Links,
    Message,
    Notice,
    Paced,
    Page,
    Reminders,
    Sending,
    Sent,
)
from notifier.notices import word_notice
from vaste.cards import card_of, moved_card, page_of
from vaste.jobs.means import LONGEST_BACKOFF, REFRESH, Means
from vaste.jobs.people import People
from vaste.jobs.stale import has_left, is_stale
from vaste.notices import notice_of, with_enclosed
from vaste.weekly_chart import chart_of

SEND_LEASE = timedelta(minutes=2)
"""Longer than any one call's time-outs together, shorter than a team's patience."""
REFUSED_WAIT = timedelta(seconds=15)
"""Before a message that every channel refused is tried again; doubled each time up to LONGEST_BACKOFF."""
FALL_BACK_AFTER = timedelta(minutes=2)
"""A message that a channel could not take for this long goes to the next one."""


@dataclass(slots=True)
class Delivering:
    """From a message that is owed to one that was sent."""

    means: Means
    people: People
    _gate: Gate = field(init=False)
    _counted: set[tuple[int, str]] | None = None

    def __post_init__(self) -> None:
        self._gate = Gate(self._costs)

    def deliver(self) -> int:
        """Send what is due and may be sent now; gives how many messages were accepted."""
        sent = self._deliver()
        self._count()
        return sent + self._deliver()

    def _deliver(self) -> int:
        sent = 0
        while (claimed := self._claim()) is not None:
            self.means.crash("claimed delivery")
            sent += self._send(claimed)
        return sent

    def deliver_all(self) -> int:
        """Send what is due, resting between messages to one destination; gives how many were accepted.

        Ends when nothing is left but what a vendor made wait.
        """
        sent = self.deliver()
        while (at := self.next_delivery_at()) is not None and at <= self.means.clock.now() + self.means.pace:
            time.sleep(max(0.0, (at - self.means.clock.now()).total_seconds()))
            sent += self.deliver()
        return sent

    def next_delivery_at(self) -> datetime | None:
        """Give the instant at which a message could be sent next; None when none is owed."""
        now = self.means.clock.now()
        gate = self._gate
        free = self.means.store.next_delivery(gate=gate, now=now)
        owed = self.means.store.next_delivery()
        if owed is None:
            return None
        opens = min(gate.shut(now).values(), default=None)
        return min((max(at, now) for at in (free, opens) if at is not None), default=None)

    def _costs(self, claimed: Claimed) -> tuple[Allowance, ...]:
        """Say what a message takes of what its channel's vendor allows."""
        channel = self._channel(claimed)
        destination = self._destination(claimed)
        if isinstance(channel, Paced):
            is_update = claimed.ref is not None
            is_looked_up = claimed.attempted_at is not None and not is_update
            return channel.costs(Sending(destination, is_update, is_looked_up, claimed.may_wait))
        is_paced = self.means.reaches[min(claimed.channel, len(self.means.reaches) - 1)] is not None
        apart = self.means.pace if is_paced else timedelta(0)
        return (Allowance(f"{channel.kind} {destination}", 1, apart, burst=1),)

    def _channel(self, claimed: Claimed) -> Channel:
        return self.means.channels[min(claimed.channel, len(self.means.channels) - 1)]

    def _destination(self, claimed: Claimed) -> str:
        by = self.means.reaches[min(claimed.channel, len(self.means.reaches) - 1)]
        return (self.means.desk.destination(claimed.addressee, by=by) or "") if by else claimed.addressee

    def _claim(self) -> Claimed | None:
        return self.means.store.claim_delivery(now=self.means.clock.now(), lease=SEND_LEASE, gate=self._gate)

    def _count(self) -> None:
        """Keep the messages true that say how many cards are held back."""
        now = self.means.clock.now()
        if self._counted is None:  # one may have been left by a process that died
            self._counted = set(self.means.store.counting())
        shut = {
            (door.channel, door.addressee)
            for door in self._gate.shut(now)
            if door.holds == "cards" and door.addressee is not None
        }
        self._counted = {
            (channel, addressee)
            for channel, addressee in self._counted | shut
            if self.means.store.count_held_back(
                channel, addressee, is_shut=(channel, addressee) in shut, now=now, refresh=REFRESH
            )
        }

    def _send(self, claimed: Claimed) -> bool:
        now = self.means.clock.now()
        channel = self._channel(claimed)
        try:
            prepared = self._prepare(claimed, now=now)
        except Exception as error:  # noqa: BLE001 - a case that can't be read must not stop the other messages
            self._not_worded(claimed, error)
            return False
        if prepared is None:
            self.means.store.withdraw(claimed)
            return False
        message, revision = prepared
        try:
            if not message.destination:
                raise ChannelUnavailable(f"{claimed.addressee} has no address here; add it", permanent=True)  # noqa: TRY301
            sent = channel.send(message, now=now)
        except ChannelUnavailable as error:
            self._not_sent(claimed, channel, error, revision=revision)
            return False
        except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the other messages
            structlog.get_logger().exception("channel failed", delivery=claimed.key)
            unknown = ChannelUnavailable(f"{type(error).__name__}; see the log", ambiguous=True)
            self._not_sent(claimed, channel, unknown, revision=revision)
            return False
        self.means.crash("sent")
        # what was found there, by looking for an earlier try, says what was true at that try
        shown = -1 if claimed.attempted_at is not None and claimed.ref is None else revision
        accepted_at = self.means.clock.now()
        self.means.persist(
            lambda: self.means.store.mark_sent(
                claimed, place=sent.place, ref=sent.ref, revision=shown, now=accepted_at
            )
        )
        self.means.crash("marked")
        if self.means.over(f"channel:{channel.kind}:{claimed.addressee}"):
            self.means.store.owe_again(now=self.means.clock.now(), addressee=claimed.addressee)
        return True

    def _not_worded(self, claimed: Claimed, error: Exception) -> None:
        if claimed.beside:  # the others are told without it
            self.means.store.leave_alone(claimed)
        of_case = claimed.case is not None
        about = f"case:{claimed.case}" if of_case else claimed.key
        what = f"case {claimed.case} can't be looked at" if of_case else f"{claimed.key} can't be worded"
        sentence = f"{what}: {type(error).__name__}"
        self.means.trouble(about, sentence)
        until = self.means.clock.now() + _backed_off(claimed.attempts)
        self.means.store.put_off_delivery(claimed, until=until, error=sentence, ambiguous=False)

    def _prepare(self, claimed: Claimed, *, now: datetime) -> tuple[Message, int] | None:
        """Word a delivery from its case as it stands now; None when nobody needs it any more."""
        if claimed.kind == "notice":
            return self._addressed(claimed, self._notice(claimed)), 0
        if claimed.beside:
            return self._remind(claimed, now=now)
        view = self.means.store.view(claimed.case) if claimed.case is not None else None
        if view is None or is_stale(view.case, claimed):
            return None
        if claimed.kind != "card":
            content = page_of(view, claimed.content, self.means.desk, now=now)
            return self._addressed(claimed, content), view.revision
        card = card_of(view, self.means.desk, now=now)
        # until the card of the team that has it stands, this one is the only one
        if claimed.successor is not None and has_left(view.case, claimed):
            card = moved_card(card, url=self._link_to(claimed.successor, claimed))
        return self._addressed(claimed, card), view.revision

    def _link_to(self, there: Lies, claimed: Claimed) -> str | None:
        channel = self._channel(claimed)
        if there.channel != claimed.channel or not isinstance(channel, Links):
            return None
        return channel.link_to(Sent(there.place, there.ref))

    def _remind(self, claimed: Claimed, *, now: datetime) -> tuple[Message, int] | None:
        """Word reminders of several cases, as far as they are still owed; None when none is."""
        told = [
            pair for one in (claimed, *claimed.beside) if (pair := self._reminder(one, now=now, of=claimed))
        ]
        due = [page for page, is_owed in told if is_owed]
        if not due and claimed.ref is not None:  # what stands there is kept right
            due = [page for page, _ in told]
        if len(due) < 2:  # noqa: PLR2004 - one is told in full
            return (self._addressed(claimed, due[0]), 0) if due else None
        lines = tuple(replace(page, people=()) for page in due)
        return self._addressed(claimed, Reminders(lines, due[0].people)), 0

    def _reminder(self, one: Claimed, *, now: datetime, of: Claimed) -> tuple[Page, bool] | None:
        """Give a reminder and whether it is still owed; None where it can't be told, and leaves by itself later."""
        try:
            view = self.means.store.view(one.case or 0)
            if view is None:
                return None
            page = page_of(view, one.content, self.means.desk, now=now)
        except Exception as error:
            if one is of:
                raise
            self._not_worded(one, error)
            return None
        is_owed = not is_stale(view.case, replace(one, ref=None))
        if not is_owed and one is not of and one.ref is None:
            self.means.store.withdraw(one)
        return page, is_owed

    def _notice(self, claimed: Claimed) -> Notice:
        """Give a message of no case, with the posts it quotes as they stand now; raises ValueError."""
        notice = notice_of(claimed.content, self.means.store.quoted(claimed.content))
        # what no channel could word is told of here, and stops none of them
        word_notice(notice, self.means.tongue)
        self.means.over(claimed.key)
        painted = replace(notice, chart=chart_of(notice, self.means.tongue))
        return with_enclosed(painted, self.means.store.enclosed(claimed.id))

    def _addressed(self, claimed: Claimed, content: Content) -> Message:
        there = Sent(claimed.place, claimed.ref) if claimed.place and claimed.ref else None
        return Message(
            key=claimed.key,
            destination=self._destination(claimed),
            content=content,
            update=there,
            thread=Sent(*claimed.thread) if claimed.thread else None,
            attempted_at=None if there else claimed.attempted_at,
        )

    def _not_sent(
        self, claimed: Claimed, channel: Channel, error: ChannelUnavailable, *, revision: int
    ) -> None:
        """Keep a message that was not accepted: for later, for the next channel, or as refused."""
        now = self.means.clock.now()
        self.means.trouble(
            f"channel:{channel.kind}:{claimed.addressee}", f"{channel.kind}, {claimed.addressee}: {error}"
        )
        if error.retry_after is not None:
            self.means.store.rest(error.rests or self._costs(claimed)[0].name, until=now + error.retry_after)
        if error.unreachable:
            self.people.not_reached(claimed, error)
        waited = now - (claimed.first_tried_at or now)
        # a page that was sent is sent again only to take words out of it: that is news for nobody else
        is_sent_page = claimed.kind != "card" and claimed.ref is not None
        is_news = not is_sent_page and claimed.successor is None
        has_next = claimed.channel + 1 < len(self.means.channels) and is_news
        if has_next and (error.permanent or waited >= FALL_BACK_AFTER):
            self.means.store.fall_back(claimed, channel=claimed.channel + 1, error=str(error), now=now)
        elif error.permanent and claimed.ref is not None and not error.is_final:
            # the card is there and says less than is true: it is brought up to date once this is mended
            wait = min(REFUSED_WAIT * 2 ** min(claimed.attempts, 10), LONGEST_BACKOFF)
            self.means.store.put_off_delivery(claimed, until=now + wait, error=str(error), ambiguous=False)
        elif error.permanent and claimed.place is not None and claimed.ref is not None:
            # the message is there and can't be edited any more: it stays as it is until the case changes again
            self.means.store.mark_sent(
                claimed, place=claimed.place, ref=claimed.ref, revision=revision, now=now
            )
        elif error.permanent:
            wait = min(REFUSED_WAIT * 2 ** min(claimed.attempts, 10), LONGEST_BACKOFF)
            self.means.store.refuse(claimed, error=str(error), retry_at=now + wait, now=now)
        else:
            until = now + max(_backed_off(claimed.attempts), error.retry_after or timedelta(0))
            self.means.store.put_off_delivery(
                claimed, until=until, error=str(error), ambiguous=error.ambiguous
            )


def _backed_off(attempts: int) -> timedelta:
    """Give the wait before a message is tried again: 2 s, 4 s, and so on to five minutes."""
    return min(timedelta(seconds=2 * 2 ** min(attempts, 10)), LONGEST_BACKOFF)
