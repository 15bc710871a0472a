"""From the record to a lesson and back: what is learnt from, what holds now, and who may teach what.

Nothing of a lesson outlives what it came from: it holds as long as the topics, the model and every correction
behind it do.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from casebook.correction import ATTENTION, TOPIC, YES, Answered, Correction, Learnt
from casebook.mention import Verdict
from casebook.store import Store
from classifier.learning import (
    Ground,
    Lesson,
    May,
    Standing,
    Statement,
    Thresholds,
    Wish,
    learn,
    may_all_teach,
    may_teach,
    taught,
)
from classifier.model import Classifier
from playbooks.playbook import Match, Playbook
from vaste.config import Config

USUAL_ATTENTION: Final = 0.5
"""From where a post is worth a look when no playbook asks for attention."""


@dataclass(frozen=True, slots=True)
class Learning:
    """What a lesson is learnt from, and what it changes."""

    ground: Ground
    today: Standing
    lesson: Lesson
    corrections: int
    """How many stand, whatever they may teach."""


def ground_of(config: Config, model: str) -> Ground:
    """Give what lessons of this configuration and this model stand on."""
    return Ground(
        topics=config.topics,
        model=model,
        abstain_below=config.classifier.abstain_below,
        attention_at=least_attention(config.playbooks),
        wishes=wishes_of(config),
    )


def wishes_of(config: Config) -> dict[str, Wish]:
    """Give what each source's posts may teach, where the configuration says so."""
    return {settings.name: settings.learn for settings in config.sources if settings.learn != "allowed"}


def least_attention(playbooks: Iterable[Playbook]) -> float:
    """Give the least attention that any playbook asks for."""
    asked = [least for playbook in playbooks for least in _attentions(playbook.match)]
    return min(asked, default=USUAL_ATTENTION)


def _attentions(match: Match) -> Iterator[float]:
    if match.attention is not None:
        yield match.attention
    for inner in (*match.any, *match.none):
        yield from _attentions(inner)


def teaches(post: Correction | Answered, wishes: Mapping[str, Wish]) -> May:
    """Say what a post may teach, by every source that showed it."""
    ways = (may_teach(post.network, kind, wishes.get(name, "allowed")) for name, kind in post.shown)
    return may_all_teach(ways)


def standing(store: Store, ground: Ground) -> Standing:
    """Give what holds today: the newest lesson of this ground, or nothing but the configuration."""
    learnt = store.lesson(ground.key)
    if learnt is None:
        return Standing()
    return Standing(Thresholds.from_json(learnt.thresholds), learnt.corrections)


def taught_by(store: Store, config: Config) -> Callable[[Sequence[Verdict]], list[Verdict]]:
    """Give what turns the classifier's verdicts into those of today's lesson; the record is asked each time.

    So a lesson that somebody takes, or takes back, holds from the next tick on, on every machine.
    """

    def teach(verdicts: Sequence[Verdict]) -> list[Verdict]:
        if not verdicts:
            return []
        thresholds = standing(store, ground_of(config, verdicts[0].model)).thresholds
        below = config.classifier.abstain_below
        return [taught(verdict, thresholds, abstain_below=below) for verdict in verdicts]

    return teach


def learn_from(store: Store, config: Config, classifier: Classifier) -> Learning:
    """Learn from every correction on record; takes nothing yet. Raises ModelUnavailable."""
    ground = ground_of(config, classifier.model_id)
    today = standing(store, ground)
    corrections = store.corrections()
    said = _statements(corrections, ground.wishes, classifier)
    lesson = learn(ground, said, today=today, answered=_answered(store, ground.wishes, classifier))
    return Learning(ground, today, lesson, sum(correction.stands for correction in corrections))


def take(store: Store, learning: Learning, *, now: datetime) -> bool:
    """Keep a lesson, so that it holds from the next tick on; False when the same one was kept before."""
    lesson = learning.lesson
    return store.keep_lesson(
        Learnt(
            key=lesson.key,
            ground=learning.ground.key,
            thresholds=lesson.thresholds.as_json(),
            heads=tuple(lesson.heads),
            corrections=lesson.corrections,
            reasons=lesson.reasons,
            at=now,
        )
    )


def _statements(
    corrections: list[Correction], wishes: Mapping[str, Wish], classifier: Classifier
) -> list[Statement]:
    verdicts = classifier.judge([one.text for one in corrections], [one.language_hint for one in corrections])
    return [
        Statement(
            number=one.number,
            label=one.said.label,
            value=one.said.value,
            text=one.text,
            verdict=verdict,
            teaches=teaches(one, wishes),
            stands=one.stands,
        )
        for one, verdict in zip(corrections, verdicts, strict=True)
    ]


def _answered(store: Store, wishes: Mapping[str, Wish], classifier: Classifier) -> list[Statement]:
    posts = store.answered_posts()
    verdicts = classifier.judge([post.text for post in posts], [post.language_hint for post in posts])
    return [
        Statement(post.post, ATTENTION, YES, post.text, verdict, teaches(post, wishes))
        for post, verdict in zip(posts, verdicts, strict=True)
    ]


def label_shown(correction: Correction) -> str:
    """Word what a correction says, for lists: `sentiment negative`, `attention no`, `delivery yes`."""
    return f"{correction.said.label.removeprefix(TOPIC)} {correction.said.value}"
