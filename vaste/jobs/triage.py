"""Triage: mentions without a verdict are judged and ruled upon, the dearest to keep waiting first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from casebook.mention import Verdict
from casebook.store import ToJudge
from classifier.model import ModelUnavailable
from vaste.folding import gist_for
from vaste.jobs.means import Means
from vaste.order import triage_order
from vaste.ruling import rule

JUDGE_LEASE = timedelta(minutes=2)
MODEL_WAIT = timedelta(seconds=30)
"""Before mentions that could not be judged are tried again."""
JUDGED_AT_ONCE = 32
_ABOUT = "mention:"
ORDERED_AT_ONCE = 8 * JUDGED_AT_ONCE
"""Mentions that keep their turn once they have it: a second or two of judging."""


@dataclass(slots=True)
class Triage:
    """From a mention to its verdict and its case."""

    means: Means

    def triage(self) -> int:
        """Judge and rule upon every mention that waits, the dearest to keep waiting first; gives how many."""
        ruled = self._triage_all()
        if ruled:
            self._over()
        return ruled

    def _triage_all(self) -> int:
        ruled = 0
        while posts := self._next_to_judge():
            for start in range(0, len(posts), JUDGED_AT_ONCE):
                done = self._triage(posts[start : start + JUDGED_AT_ONCE])
                if done is None:
                    return ruled
                ruled += done
        return ruled

    def _over(self) -> None:
        """End the problems of mentions that wait no more: ruled upon by whomever, or erased."""
        told = {key for problem in self.means.store.problems() if (key := problem.key).startswith(_ABOUT)}
        if told:
            posts = {int(key.removeprefix(_ABOUT)) for key in told}
            still = self.means.store.still_waiting(posts)
            self.means.over_except(_ABOUT, {f"{_ABOUT}{post}" for post in still})

    def _next_to_judge(self) -> list[int]:
        handles = [handle for _, settings in self.means.sources.values() for handle in settings.handles]
        now = self.means.clock.now()
        # only the first of them: what comes meanwhile may be more urgent than the rest
        return triage_order(self.means.store.waiting(now=now, handles=handles), now)[:ORDERED_AT_ONCE]

    def _triage(self, posts: Sequence[int]) -> int | None:
        """Judge and rule upon those of these posts that are still nobody's; None when there is no model."""
        mentions = self.means.store.claim_unjudged(
            now=self.means.clock.now(), lease=JUDGE_LEASE, limit=JUDGED_AT_ONCE, posts=posts
        )
        if not mentions:  # another machine got there first
            return 0
        self.means.crash("claimed mentions")
        verdicts = self._judge(mentions)
        if verdicts is None:
            return None
        self.means.crash("judged")
        return sum(self._rule(mention, verdict) for mention, verdict in zip(mentions, verdicts, strict=True))

    def _judge(self, mentions: Sequence[ToJudge]) -> list[Verdict] | None:
        """Judge mentions; without a model they wait, and somebody is told."""
        try:
            verdicts = self.means.as_taught(
                self.means.classifier,
                [mention.text for mention in mentions],
                [mention.spoken or mention.language_hint for mention in mentions],
            )
        except ModelUnavailable as error:
            self._not_judged(mentions, str(error))
            return None
        except Exception as error:  # noqa: BLE001 - one text that breaks it must not hold the others for ever
            self._not_judged(mentions, f"{type(error).__name__}; see the log", apart=True)
            structlog.get_logger().exception("mentions can't be judged", mentions=len(mentions))
            return None
        self.means.over("classifier")
        return verdicts

    def _not_judged(self, mentions: Sequence[ToJudge], why: str, *, apart: bool = False) -> None:
        """Let mentions wait; `apart` brings them back one by one, so that the one at fault is alone with it."""
        self.means.trouble("classifier", f"classifier: {why}")
        now = self.means.clock.now()
        for place, mention in enumerate(mentions):
            wait = MODEL_WAIT * (1 + place if apart and mention.attempts else 1)
            self.means.store.put_off(mention, until=now + wait)

    def _rule(self, mention: ToJudge, verdict: Verdict) -> bool:
        """Rule upon one mention; one that can't be ruled upon waits and blocks nobody."""
        now = self.means.clock.now()
        try:
            desk = self.means.staffed(now)
            gist = gist_for(mention, verdict, desk)
            done = self.means.store.rule(
                mention,
                verdict,
                lambda surroundings: rule(surroundings, verdict, desk, now=now, gist=gist),
                configuration=self.means.desk.fingerprint,
                now=now,
                window=self.means.desk.crisis.within if self.means.desk.crisis else None,
            )
        except Exception as error:  # noqa: BLE001 - whatever is wrong with this one, the others go on
            wait = min(timedelta(seconds=10) * 2 ** min(mention.attempts, 8), timedelta(hours=1))
            self.means.store.put_off(mention, until=now + wait)
            self.means.trouble(
                f"{_ABOUT}{mention.post}",
                f"mention {mention.post} can't be ruled upon: {type(error).__name__}",
            )
            structlog.get_logger().exception("mention can't be ruled upon", mention=mention.post)
            return False
        self.means.crash("ruled")
        return done is not None
