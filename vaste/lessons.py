"""From the record to a lesson and back: what is learnt from, what holds now, and who may teach what.

Nothing of a lesson outlives what it came from: it holds as long as the topics, the model and every correction
behind it do. Its thresholds are on record; its heads never are. They are fitted again, from the posts as they
stand on record, by whichever process judges first, and forgotten when the lesson falls.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Final, Protocol

from casebook.correction import ATTENTION, TOPIC, YES, Answered, Correction, Learnt
from casebook.mention import Verdict
from casebook.store import Store
from classifier.classroom import Classroom
from classifier.language import Hint
from classifier.learning import (
    Ground,
    Lesson,
    May,
    Standing,
    Statement,
    Thresholds,
    Vector,
    Wish,
    fit_heads,
    learn,
    may_all_teach,
    may_teach,
    taught,
)
from classifier.model import Classifier
from classifier.topics import Head
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


class Judges(Protocol):
    """Judges texts by a classifier and what it was taught."""

    def __call__(
        self, classifier: Classifier, texts: Sequence[str], hints: Sequence[Hint] | None = None, /
    ) -> list[Verdict]:
        """Judge each text, as `Classifier.judge` does. Raises ModelUnavailable."""
        ...


def by_itself(
    classifier: Classifier, texts: Sequence[str], hints: Sequence[Hint] | None = None
) -> list[Verdict]:
    """Judge as the classifier does by itself, nothing learnt."""
    return classifier.judge(texts, hints)


def taught_by(store: Store, config: Config) -> Judges:
    """Give what judges by today's lesson; the record is asked each time.

    So a lesson that somebody takes, or takes back, holds from the next tick on, on every machine. Threads may
    share it.
    """
    return _Taught(store, config).judge


@dataclass(frozen=True, slots=True)
class _Fitted:
    """The heads of a lesson, as long as it holds."""

    ground: str
    corrections: Mapping[str, tuple[int, ...]]
    heads: Mapping[str, Head]


@dataclass(slots=True)
class _Taught:
    """Judges by the lesson that holds."""

    store: Store
    config: Config
    _lock: Lock = field(default_factory=Lock)
    _fitted: _Fitted | None = None

    def judge(
        self, classifier: Classifier, texts: Sequence[str], hints: Sequence[Hint] | None = None
    ) -> list[Verdict]:
        """Judge texts, in order. Raises ModelUnavailable."""
        if not texts:
            return []
        ground = ground_of(self.config, classifier.model_id)
        today = standing(self.store, ground)
        heads = self._heads(ground, today, classifier)
        verdicts = (
            classifier.judge_with(heads, texts, hints) if heads else by_itself(classifier, texts, hints)
        )
        below = ground.abstain_below
        return [taught(verdict, today.thresholds, abstain_below=below) for verdict in verdicts]

    def _heads(self, ground: Ground, today: Standing, classifier: Classifier) -> Mapping[str, Head]:
        with self._lock:  # the others wait for the one that fits
            kept = self._fitted
            if kept is None or (kept.ground, kept.corrections) != (ground.key, today.corrections):
                self._fitted = None  # what fell is forgotten, even where the next can't be fitted
                heads = heads_of(self.store, ground, today, classifier)
                kept = self._fitted = _Fitted(ground.key, today.corrections, heads)
            return kept.heads


def heads_of(store: Store, ground: Ground, today: Standing, classifier: Classifier) -> dict[str, Head]:
    """Fit the heads of what holds today, from the record as it stands. Raises ModelUnavailable."""
    of_topics = {
        number
        for label, numbers in today.corrections.items()
        if label.startswith(TOPIC)
        for number in numbers
    }
    room = _room(ground, classifier) if of_topics else None
    if room is None:
        return {}
    corrections = store.corrections()  # all: they keep each other's places
    vectors = _vectors([one for one in corrections if one.number in of_topics], ground.wishes, room)
    said = [_statement(one, _UNASKED, ground.wishes, vectors.get(one.number)) for one in corrections]
    return fit_heads(ground.topics, said, today, room=room)


_UNASKED: Final = Verdict(0.0, 1.0, 0.0, 0.0, {}, (), "other", abstained=True, model="")
"""Stands where no verdict is asked for."""


def learn_from(store: Store, config: Config, classifier: Classifier) -> Learning:
    """Learn from every correction on record; takes nothing yet. Raises ModelUnavailable."""
    ground = ground_of(config, classifier.model_id)
    today = standing(store, ground)
    corrections = store.corrections()
    room = _room(ground, classifier)
    said = _statements(corrections, ground.wishes, classifier, room)
    answered = _answered(store, ground.wishes, classifier)
    lesson = learn(ground, said, today=today, answered=answered, room=room)
    return Learning(ground, today, lesson, sum(correction.stands for correction in corrections))


def _room(ground: Ground, classifier: Classifier) -> Classroom | None:
    """Open a classroom, where the classifier can say what a text means and there are topics to teach."""
    if not classifier.has_vectors or not ground.topics:
        return None
    return Classroom(ground.topics, classifier.look, classifier.school)


def _vectors(
    corrections: Iterable[Correction], wishes: Mapping[str, Wish], room: Classroom
) -> dict[int, Vector]:
    """Give the vectors of those posts that may move a weight, by the corrections' numbers; of no others."""
    may = [one for one in corrections if one.stands and teaches(one, wishes) == "weights"]
    return dict(zip([one.number for one in may], room.vectors([one.text for one in may]), strict=True))


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
    corrections: list[Correction],
    wishes: Mapping[str, Wish],
    classifier: Classifier,
    room: Classroom | None,
) -> list[Statement]:
    verdicts = by_itself(
        classifier, [one.text for one in corrections], [one.language_hint for one in corrections]
    )
    of_topics = [one for one in corrections if one.said.label.startswith(TOPIC)]
    if room is not None:
        room.look_at(one.text for one in of_topics)
    vectors = {} if room is None else _vectors(of_topics, wishes, room)
    return [
        _statement(one, verdict, wishes, vectors.get(one.number))
        for one, verdict in zip(corrections, verdicts, strict=True)
    ]


def _statement(
    one: Correction, verdict: Verdict, wishes: Mapping[str, Wish], vector: Vector | None
) -> Statement:
    return Statement(
        number=one.number,
        label=one.said.label,
        value=one.said.value,
        text=one.text,
        verdict=verdict,
        teaches=teaches(one, wishes),
        stands=one.stands,
        vector=vector,
    )


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
