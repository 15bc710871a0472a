"""What is learnt from the team's corrections: thresholds, shifts and heads. Pure: no database, no model.

Theory of operation:
1. Statements with the same words and label are one post; the newest that stands counts. Every third post of a
   label, in the order in which they were first spoken of, is kept apart and never learnt from. The configured
   examples of a topic are kept too: each is judged by what is left without it.
2. Each topic gets the threshold with which the fewest of the posts to learn from are wrong; of equals the one
   that changes least. Where there are heads, it gets a head first, taught by those of the posts that may move
   a weight; what counts is the score that a verdict would have with it, words and all. `negative` and
   `attention` get a shift of their odds, the same way and within bounds.
3. A topic of which every post is right today stays as it is. What was learnt of a label is taken only if no more of its kept posts are wrong than today. Else the label
   stays as it is today, and the lesson says why.

The same statements give the same lesson, bit for bit: nothing here is drawn by lot or depends on an order.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from casebook.correction import ATTENTION, SENTIMENT, TOPIC, YES
from casebook.mention import Sentiment, Verdict
from classifier.topics import Head, Topic, TopicIndex, has_sentences

Vector = npt.NDArray[np.floating[Any]]
May = Literal["weights", "thresholds", "nothing"]
Wish = Literal["allowed", "weights", "thresholds", "off"]

KEPT_EVERY: Final = 3
LEAST_OF_TOPIC: Final = 3
"""Posts to learn from without which a topic stays as it is; a slip of the finger must not teach."""
LEAST_OF_SHIFT: Final = 6
"""The same for a shift, which moves every post."""
MOST_SHIFT: Final = 1.4
"""Bound of a shift of log odds: at most about four times the odds, or a quarter of them."""
MOST_OF_THRESHOLD: Final = 0.3
"""How far a topic's threshold moves from where it starts."""
_TURNS: Final = 5
"""In which a topic's examples are left out where each turn fits a head: a tenth of a second or more."""
_STEP: Final = 0.1
_FINE_STEP: Final = 0.02
_LEAST_THRESHOLD, _GREATEST_THRESHOLD = 0.1, 0.95
_KEY_LENGTH: Final = 16

_ORDER: Final[tuple[May, ...]] = ("nothing", "thresholds", "weights")
_BY_KIND: Final[Mapping[str, May]] = {"file": "weights", "webhook": "weights", "x": "thresholds"}
"""What posts of each kind of source may teach; of kinds not named here: thresholds."""
_CAPPED: Final[Mapping[str, May]] = {"reddit": "thresholds", "x": "thresholds"}
"""Networks and kinds whose terms set a limit that no configuration lifts."""
_WISHES: Final[Mapping[Wish, May]] = {"weights": "weights", "thresholds": "thresholds", "off": "nothing"}


def may_teach(network: str, kind: str, wish: Wish = "allowed") -> May:
    """Say what posts of a network, shown by a source of this kind, may teach.

    X's and Reddit's terms forbid training models on their posts, so they may move a threshold and never a weight, whatever
    is wished and whichever way they came. Elsewhere the wish of the configuration decides.
    """
    limit = min((_CAPPED.get(name, "weights") for name in (network, kind)), key=_ORDER.index)
    wished = _WISHES.get(wish, _BY_KIND.get(kind, "thresholds"))
    return min(limit, wished, key=_ORDER.index)


def may_all_teach(ways: Iterable[May]) -> May:
    """Say what a post may teach that came in several ways: the least of them; nothing if in none."""
    return min(ways, key=_ORDER.index, default="nothing")


class Classroom(Protocol):
    """What makes heads and tries them; the same posts give the same head."""

    def fit(self, topic: Topic, yes: Sequence[Vector], no: Sequence[Vector]) -> Head:
        """Fit the head of a topic on its configured examples, and beside them on what people said."""
        ...

    def score(self, topic: Topic, text: str, head: Head | None) -> float:
        """Score a text 0..1 as a verdict would with this head: joined with its words and all else."""
        ...


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What differs from the configuration."""

    topics: Mapping[str, float] = field(default_factory=dict)
    """The score from which a topic holds, of topics that have learnt another one."""
    negative: float = 0.0
    """What is added to the log odds of negative."""
    attention: float = 0.0
    """What is added to the log odds of attention."""

    def as_json(self) -> dict[str, Any]:
        """Write it as JSON values; `from_json` reads them back."""
        return {"topics": dict(self.topics), "negative": self.negative, "attention": self.attention}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Thresholds":
        """Read what `as_json` wrote."""
        topics = {str(name): float(least) for name, least in written.get("topics", {}).items()}
        return cls(topics, float(written.get("negative", 0.0)), float(written.get("attention", 0.0)))


@dataclass(frozen=True, slots=True)
class Ground:
    """What a lesson stands on: change any of it, and it is no lesson any more."""

    topics: tuple[Topic, ...]
    model: str
    """Model id and revision."""
    abstain_below: float = 0.5
    attention_at: float = 0.5
    """The least attention that any playbook asks for: from there on a post is looked at."""
    wishes: Mapping[str, Wish] = field(default_factory=dict)
    """What each source's posts may teach, where the configuration says so."""

    @property
    def key(self) -> str:
        """A hash of all of it."""
        topics = [
            [topic.name, topic.examples, topic.words, topic.counter_examples, topic.threshold]
            for topic in self.topics
        ]
        return _hashed([topics, self.model, self.abstain_below, self.attention_at, dict(self.wishes)])


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody said of a post, with what the model says of it by itself."""

    number: int
    """The correction's; of an answered post its row."""
    label: str
    value: str
    text: str = field(repr=False)
    verdict: Verdict
    """By the model and the configuration alone, nothing learnt."""
    teaches: May
    stands: bool = True
    vector: Vector | None = None
    """Only of a post that may move a weight."""

    @property
    def yes(self) -> bool:
        """The label is true: about the topic, worth a look, negative."""
        return self.value == (Sentiment.NEGATIVE if self.label == SENTIMENT else YES)


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds today: nothing but the configuration, or the newest lesson."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    corrections: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Of each label: the numbers of the corrections it was learnt from."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What would hold from now on, and why."""

    taken: bool
    """Something changes for the better, or at least not for the worse."""
    reasons: tuple[str, ...]
    """A sentence for each label that changes, is refused, or has too little to learn from."""
    heads: Mapping[str, Head]
    """Of the topics that were taught by somebody's post."""
    thresholds: Thresholds
    from_corrections: int
    refused: tuple[str, ...]
    """Labels that stay as they are, for more would be wrong."""
    corrections: Mapping[str, tuple[int, ...]]
    """Of each label: the numbers of the corrections it comes from, kept posts included."""
    key: str
    """Hash of what it comes from: ground, corrections, answered posts."""


def taught(verdict: Verdict, thresholds: Thresholds, *, abstain_below: float) -> Verdict:
    """Give the verdict as the team has taught it; what was not learnt stays as the classifier said it.

    An unsure model is never talked into an opinion: who abstained abstains.
    """
    if thresholds == Thresholds():
        return verdict
    negative, neutral, positive = _shifted(verdict, thresholds.negative)
    # a topic whose threshold was not learnt holds as before, whatever made it hold
    held = [
        name
        for name, score in verdict.topics.items()
        if (score >= thresholds.topics[name] if name in thresholds.topics else name in verdict.topics_held)
    ]
    return replace(
        verdict,
        negative=negative,
        neutral=neutral,
        positive=positive,
        attention=_odds_moved(verdict.attention, thresholds.attention),
        topics_held=tuple(sorted(held, key=lambda name: -verdict.topics[name])),
        abstained=verdict.abstained
        or (thresholds.negative != 0 and max(negative, neutral, positive) < abstain_below),
    )


def learn(
    ground: Ground,
    said: Sequence[Statement],
    *,
    today: Standing | None = None,
    answered: Sequence[Statement] = (),
    room: Classroom | None = None,
) -> Lesson:
    """Learn from every correction there is, those that were taken back included (they keep others' places).

    `answered` are posts that the team answered: without them only false alarms would speak of attention.
    With a `room`, topics are taught heads; without, thresholds alone move.
    """
    study = _Study(ground, tuple(said), today or Standing(), room)
    outcomes = [
        *(study.learn_topic(topic) for topic in ground.topics),
        study.learn_shift(SENTIMENT, (), lambda shift: Thresholds(negative=shift), _is_negative),
        study.learn_shift(
            ATTENTION,
            answered,
            lambda shift: Thresholds(attention=shift),
            lambda verdict: verdict.attention >= ground.attention_at and not verdict.abstained,
        ),
    ]
    return _lesson(ground, outcomes, said, answered)


def fit_heads(
    topics: Sequence[Topic], said: Sequence[Statement], holds: Standing, *, room: Classroom
) -> dict[str, Head]:
    """Fit the heads of a lesson again, as they were when it was taken; of verdicts nothing is asked."""
    fitted = {}
    for topic in topics:
        pile = _pile(said, TOPIC + topic.name, among=holds.corrections.get(TOPIC + topic.name, ()))
        head = _fit(topic, pile, room)
        if head is not None:
            fitted[topic.name] = head
    return fitted


@dataclass(frozen=True, slots=True)
class _Pile:
    """The posts of which one label was said, each once."""

    learnt_from: tuple[Statement, ...]
    kept: tuple[Statement, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(sorted(one.number for one in (*self.learnt_from, *self.kept)))

    @property
    def weighty(self) -> tuple[Statement, ...]:
        """Those that may move a weight."""
        return tuple(one for one in self.learnt_from if one.teaches == "weights" and one.vector is not None)

    @property
    def teaching(self) -> list[int]:
        """The numbers of those that may move a weight."""
        return [one.number for one in self.weighty]

    def vectors(self, *, yes: bool) -> list[Vector]:
        """Give those that say yes, or no, of them."""
        return [one.vector for one in self.weighty if one.vector is not None and one.yes is yes]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was learnt of one label."""

    label: str
    value: float
    """Its threshold or shift from now on."""
    start: float
    """What it is without any lesson."""
    numbers: tuple[int, ...]
    reason: str | None = None
    changed: bool = False
    refused: bool = False
    head: Head | None = None


@dataclass(frozen=True, slots=True)
class _Teller:
    """A way of telling whether a topic holds."""

    score: Callable[[Statement], float]
    head: Head | None = None

    def errors(self, posts: Iterable[Statement], threshold: float) -> int:
        return sum((self.score(one) >= threshold) != one.yes for one in posts)


@dataclass(frozen=True, slots=True)
class _Study:
    """What is to be learnt, and from what."""

    ground: Ground
    said: tuple[Statement, ...]
    today: Standing
    room: Classroom | None

    def learn_topic(self, topic: Topic) -> _Outcome:
        label = TOPIC + topic.name
        pile = _pile(self.said, label)
        now_from = self.today.corrections.get(label, ())
        now_pile = _pile(self.said, label, among=now_from)
        before = self._teller(topic, now_pile)
        today = self.today.thresholds.topics.get(topic.name, topic.threshold)
        stays = _Outcome(label, today, topic.threshold, now_from, head=before.head)
        if len(pile.learnt_from) < LEAST_OF_TOPIC:
            return replace(stays, reason=_too_few(label, pile, LEAST_OF_TOPIC))
        if not before.errors((*pile.learnt_from, *pile.kept), today):
            return stays  # nobody said that it is wrong: another head could only harm posts nobody spoke of
        # as it is where no other posts may move it
        after = before if pile.teaching == now_pile.teaching else self._teller(topic, pile)
        threshold = _best(
            _near(topic.threshold), lambda least: after.errors(pile.learnt_from, least), start=topic.threshold
        )
        if threshold == today and after is before:
            return replace(stays, reason=_stuck(label, after.errors(pile.learnt_from, today), pile))
        was = self._examples(topic, now_pile)
        is_ = was if after is before else self._examples(topic, pile)
        wrong = (
            before.errors(pile.kept, today) + _errors(was, today),
            after.errors(pile.kept, threshold) + _errors(is_, threshold),
        )
        kept = len(pile.kept) + len(is_)
        if wrong[1] > wrong[0]:
            return replace(stays, refused=True, reason=_refusal(label, wrong, kept))
        head = "" if after.head is None else f"a head from {len(pile.weighty)} posts, "
        holds = f"holds from {threshold:.2f} on, from {today:.2f} today"
        reason = f"{_named(label)}: {head}{holds}; {_kept(wrong, kept)}"
        return _Outcome(
            label, threshold, topic.threshold, pile.numbers, reason, changed=True, head=after.head
        )

    def learn_shift(
        self,
        label: str,
        answered: Sequence[Statement],
        thresholds: Callable[[float], Thresholds],
        tells: Callable[[Verdict], bool],
    ) -> _Outcome:
        pile = _with_answered(_pile(self.said, label), answered)
        today = self.today.thresholds.negative if label == SENTIMENT else self.today.thresholds.attention
        stays = _Outcome(label, today, 0.0, self.today.corrections.get(label, ()))
        corrected = _pile(self.said, label)
        if len(corrected.learnt_from) < LEAST_OF_SHIFT:
            return replace(stays, reason=_too_few(label, corrected, LEAST_OF_SHIFT))

        def errors(shift: float, posts: Iterable[Statement]) -> int:
            moved = thresholds(shift)
            told = (
                (taught(one.verdict, moved, abstain_below=self.ground.abstain_below), one) for one in posts
            )
            return sum(tells(verdict) != one.yes for verdict, one in told)

        shift = _best(_shifts(), lambda shift: errors(shift, pile.learnt_from), start=0.0)
        if shift == today:
            return replace(stays, reason=_stuck(label, errors(today, pile.learnt_from), pile))
        wrong = errors(today, pile.kept), errors(shift, pile.kept)
        if wrong[1] > wrong[0]:
            return replace(stays, refused=True, reason=_refusal(label, wrong, len(pile.kept)))
        odds = f"odds times {math.exp(shift):.2f}, times {math.exp(today):.2f} today"
        reason = f"{_named(label)}: {odds}; {_kept(wrong, len(pile.kept))}"
        return _Outcome(label, shift, 0.0, corrected.numbers, reason, changed=True)

    def _teller(self, topic: Topic, pile: _Pile) -> _Teller:
        room = self.room
        head = None if room is None else _fit(topic, pile, room)
        if room is None or head is None:  # as the configuration alone says it
            return _Teller(lambda one: one.verdict.topics.get(topic.name, 0.0))
        known: dict[str, float] = {}  # every threshold asks for them again

        def score(one: Statement) -> float:
            if one.text not in known:
                known[one.text] = room.score(topic, one.text, head)
            return known[one.text]

        return _Teller(score, head)

    def _examples(self, topic: Topic, pile: _Pile) -> tuple[tuple[float, bool], ...]:
        """Judge each configured example by what is left without it: (score, belongs to the topic)."""
        if self.room is None:
            return _by_words(topic)
        return tuple(_by_heads(topic, pile, self.room))


def _pile(said: Iterable[Statement], label: str, *, among: Sequence[int] | None = None) -> _Pile:
    """Put the posts of a label apart: those to learn from, and every third one to keep.

    Places are given for ever, by whoever spoke first of a post's words, so that what is taken back moves
    nobody from one side to the other. With `among` only those numbers count.
    """
    posts: dict[str, list[Statement]] = {}
    for one in sorted(said, key=lambda one: one.number):
        if one.label == label:
            posts.setdefault(_words(one), []).append(one)
    sides: tuple[list[Statement], list[Statement]] = ([], [])
    for place, of_post in enumerate(posts.values(), start=1):
        counting = [one for one in of_post if one.stands and (among is None or one.number in among)]
        if counting and counting[-1].teaches != "nothing":
            sides[place % KEPT_EVERY == 0].append(counting[-1])
    return _Pile(tuple(sides[False]), tuple(sides[True]))


def _with_answered(pile: _Pile, answered: Sequence[Statement]) -> _Pile:
    """Add the posts that were answered and of which nobody said otherwise; every third of them is kept."""
    spoken = {_words(one) for one in (*pile.learnt_from, *pile.kept)}
    silent = {_words(one): one for one in answered if one.teaches != "nothing"}
    more = [one for words, one in silent.items() if words not in spoken]
    kept = tuple(one for one in more if one.number % KEPT_EVERY == 0)
    return _Pile((*pile.learnt_from, *(one for one in more if one.number % KEPT_EVERY)), (*pile.kept, *kept))


def _words(one: Statement) -> str:
    """Give what makes two posts one; a post whose words were erased is like no other."""
    return " ".join(one.text.casefold().split()) or f"\0{one.number}"


def _fit(topic: Topic, pile: _Pile, room: Classroom) -> Head | None:
    """Fit a head on what people said beside the examples; None where nobody said anything that teaches one."""
    yes, no = pile.vectors(yes=True), pile.vectors(yes=False)
    if not yes and not (no and has_sentences(topic)):  # nothing says what the topic is
        return None
    return room.fit(topic, yes, no)


def _by_heads(topic: Topic, pile: _Pile, room: Classroom) -> Iterable[tuple[float, bool]]:
    yes, no = pile.vectors(yes=True), pile.vectors(yes=False)
    for out, rest, belongs in _left_out(topic, turns=_TURNS):
        head = room.fit(rest, yes, no) if yes or has_sentences(rest) else None
        yield from ((room.score(rest, text, head), belongs) for text in out)


@lru_cache(maxsize=64)  # judged as it is today and as it would be, by the same words
def _by_words(topic: Topic) -> tuple[tuple[float, bool], ...]:
    """Score each configured example by the others."""
    each = len(topic.examples) + len(topic.counter_examples)
    return tuple(
        (TopicIndex([rest]).score(text)[topic.name], belongs)
        for out, rest, belongs in _left_out(topic, turns=each)
        for text in out
    )


def _left_out(topic: Topic, *, turns: int) -> Iterable[tuple[Sequence[str], Topic, bool]]:
    """Leave each configured example out once, in so many turns: (left out, the rest, belong to the topic)."""
    for turn in range(min(turns, len(topic.examples))):
        out = topic.examples[turn::turns]
        yield out, replace(topic, examples=_but(topic.examples, out)), True
    for turn in range(min(turns, len(topic.counter_examples))):
        out = topic.counter_examples[turn::turns]
        yield out, replace(topic, counter_examples=_but(topic.counter_examples, out)), False


def _but(texts: Sequence[str], out: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for text in texts if text not in out)


def _errors(examples: Iterable[tuple[float, bool]], threshold: float) -> int:
    return sum((score >= threshold) != belongs for score, belongs in examples)


def _best(candidates: Iterable[float], errors: Callable[[float], int], *, start: float) -> float:
    """Give the value with the fewest errors; of equals the one nearest to the start, then the lower one."""
    return min(candidates, key=lambda value: (errors(value), round(abs(value - start), 6), value))


def _near(start: float) -> list[float]:
    """Give thresholds around a start, itself included whatever it is."""
    steps = round(MOST_OF_THRESHOLD / _FINE_STEP)
    around = [round(start + step * _FINE_STEP, 4) for step in range(-steps, steps + 1) if step]
    return [start, *(value for value in around if _LEAST_THRESHOLD <= value <= _GREATEST_THRESHOLD)]


def _shifts() -> list[float]:
    steps = round(MOST_SHIFT / _STEP)
    return [round(step * _STEP, 1) for step in range(-steps, steps + 1)]


def _shifted(verdict: Verdict, shift: float) -> tuple[float, float, float]:
    weight = verdict.negative * math.exp(shift)
    whole = weight + verdict.neutral + verdict.positive
    return weight / whole, verdict.neutral / whole, verdict.positive / whole


def _odds_moved(probability: float, shift: float) -> float:
    weight = probability * math.exp(shift)
    return weight / (weight + (1 - probability))


def _is_negative(verdict: Verdict) -> bool:
    return verdict.sentiment is Sentiment.NEGATIVE and not verdict.abstained


def _named(label: str) -> str:
    return f"topic {label.removeprefix(TOPIC)}" if label.startswith(TOPIC) else label


def _kept(wrong: tuple[int, int], kept: int) -> str:
    return f"{wrong[1]} of {kept} kept posts would be wrong, {wrong[0]} today"


def _refusal(label: str, wrong: tuple[int, int], kept: int) -> str:
    return f"{_named(label)}: {_kept(wrong, kept)}; not taken"


def _stuck(label: str, wrong: int, pile: _Pile) -> str | None:
    """Say that mistakes stay which nothing learnt here can mend; None where there are none."""
    if not wrong:
        return None
    is_topic = label.startswith(TOPIC)
    means = "threshold" if is_topic else "shift"
    hint = "change its words or examples in the configuration" if is_topic else "as today"
    return f"{_named(label)}: {wrong} of {len(pile.learnt_from)} to learn from stay wrong, and no {means} mends that; {hint}"


def _too_few(label: str, pile: _Pile, least: int) -> str | None:
    count = len(pile.learnt_from)
    if not pile.numbers:
        return None
    return (
        f"{_named(label)}: {count} to learn from ({len(pile.kept)} kept apart), {least} are needed; as today"
    )


def _lesson(
    ground: Ground, outcomes: Sequence[_Outcome], said: Sequence[Statement], answered: Sequence[Statement]
) -> Lesson:
    shifts = {outcome.label: outcome.value for outcome in outcomes if not outcome.label.startswith(TOPIC)}
    topics = {
        outcome.label.removeprefix(TOPIC): outcome.value
        for outcome in outcomes
        if outcome.label.startswith(TOPIC) and outcome.value != outcome.start
    }
    corrections = {outcome.label: outcome.numbers for outcome in outcomes if outcome.numbers}
    used = frozenset(number for numbers in corrections.values() for number in numbers)
    return Lesson(
        taken=any(outcome.changed for outcome in outcomes),
        reasons=tuple(outcome.reason for outcome in outcomes if outcome.reason),
        heads={
            outcome.label.removeprefix(TOPIC): outcome.head
            for outcome in outcomes
            if outcome.head is not None and outcome.numbers
        },
        thresholds=Thresholds(topics, shifts[SENTIMENT], shifts[ATTENTION]),
        from_corrections=len(used),
        refused=tuple(outcome.label for outcome in outcomes if outcome.refused),
        corrections=corrections,
        key=_hashed(
            [
                ground.key,
                sorted([one.number, one.label, one.value] for one in said if one.number in used),
                sorted(one.number for one in answered),
            ]
        ),
    )


def _hashed(value: object) -> str:
    written = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(written.encode()).hexdigest()[:_KEY_LENGTH]
