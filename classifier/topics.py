"""What a post is about: topics a person describes by words and examples, scored by words and by meaning.

A topic's score is the best of three, taken down by its counter-examples: the words it shares with an example,
what a head learnt from the meanings of the examples (`heads`), and what the model knows of a topic that comes
with it (`defaults`). Without a post's vector the words alone speak. They know inflections, not meanings: `lasia`
is near `lasinsiru` because one is part of the other, `sirpale` is far from both.

The words:

1. Every content word of an example is looked up in the text, inflected or not. The same word counts 1, a
   part of a compound less, a word that merely begins alike least.
2. An example scores by the share of its content words found, weighted: long words say more than short
   ones (Finnish and Swedish put the special into compounds), verbs of every story (found, came, ordered)
   say little, and function words nothing.
3. One short word of an example of several stays below one half, however heavy it is.
4. An example that denies something stays below one half in a text that denies nothing.
5. The best example gives the topic's score; counter-examples take it down.

The heads:

6. They are taught once, when first needed, all together: by the examples of three words or more (shorter ones
   are phrases, and stay with the words) and the counter-examples.
7. To an embedding "paketti tuli" is nearly the same as "paketti ei ole tullut". So a head also learns that an
   example without its denial is not about the topic, and where a post says all that a denying example says
   except that it denies nothing, the head stays below one half.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol

from casebook.words import base_forms, holds_phrase, words_of

if TYPE_CHECKING:  # numpy takes a tenth of a second that not every command needs
    from classifier.heads import Lesson, Vector

    Embed = Callable[[Sequence[str]], Sequence[Vector]]


class Head(Protocol):
    """What tells the posts of one topic from others."""

    def score(self, vector: "Vector", /) -> float:
        """Score a post 0..1; from 0.5 on it is rather about the topic."""
        ...


class Teaches(Protocol):
    """What makes heads of examples."""

    def fit_all(self, lessons: "Sequence[Lesson]", /) -> Sequence[Head]:
        """Teach topics together, in order."""
        ...


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


SAME: Final = 1.0
HEAD: Final = 0.9
"""The text's compound is a kind of the example's word: `kahvipurkki` for `purkki`."""
PART: Final = 0.7
"""One begins with the other: `lasi` for `lasinsiru`, `lasinsiru` for `lasi`."""
KIND: Final = 0.45
"""The text names only what the example's compound is a kind of: `liike` for `kuljetusliike`."""
ALIKE: Final = 0.6
"""They begin alike and part near their ends: `allergia` for `allerginen`."""

ALONE: Final = 0.45
"""The most that one short word scores for an example that has several."""
LONG_WORD: Final = 9
"""Letters from which one word alone may hold for its example."""
UNDENIED: Final = 0.45
"""What is left of an example that denies where the text denies nothing."""
SHORT_PHRASE: Final = 2
"""Words up to which an example is a phrase to be found as it stands."""

MOST_EXAMPLES: Final = 30
"""More say little that is new, and cost their time at each start."""
FEWEST_EXAMPLES: Final = 3
"""Sentences below which what a head learns is hardly more than a guess."""

_SHORTEST_PART: Final = 4
_LONGEST_PART: Final = 40
_SHORTEST_REST: Final = 3
_ALIKE_START: Final = 6
_ALIKE_SHARE: Final = 0.65
_LIGHT_WEIGHT: Final = 0.04

_STOP: Final = _listed(
    # Finnish, Swedish, English; base forms, and the forms that are not led back to them
    """
    olla oli on ja tai vai mutta että jotta koska kun jos kuin niin se ne tämä nämä tuo nuo minä mä mää sinä sä
    hän me te he joka mikä kuka jokin joku mitä missä mistä mihin minun mun sinun meidän teidän heidän itse
    myös vain vaan vielä jo nyt sitten siis kyllä juuri ihan tosi hyvin aina taas enää edes kanssa
    siinä siitä siihen sen sitä tässä tästä tuossa täällä siellä moi hei terve kiitos pitää voida

    vara är var och eller men att som på av för med till från om när där här det den de en ett jag du han hon
    vi ni dem mig dig oss er min mitt mina din ditt ert sin så nu också bara redan än ha har hade kan ska
    skulle vill hej tack i

    be is are was were been am the a an and or but that this these those it its he she they we you my
    your our their him her them us of in at to from for with by about as if when where what who which how
    so just also very too still have has had do does did will would can could should hi hello thanks please
    s m re ve ll d
    """
)
_LIGHT: Final = _listed(
    """
    löytää saada tulla mennä ostaa tilata antaa ottaa tehdä nähdä sanoa käydä löytyä haluta tuote asia päivä aika
    takaisin
    hitta få komma gå köpa beställa ge ta göra säga vilja produkt sak dag tid tillbaka
    find found get got come came go went buy bought order give gave take took make made see saw say said
    want product thing day time back
    """
)
_AFFIRMED: Final = {
    ("ei", "ole"): "on",
    ("en", "ole"): "olen",
    ("et", "ole"): "olet",
    ("emme", "ole"): "olemme",
    ("ette", "ole"): "olette",
    ("eivät", "ole"): "ovat",
    ("can't",): "can",
    ("won't",): "will",
}
"""Denials that leave another word behind; the others just go."""
_DENIALS: Final = _listed(
    """
    ei en et emme ette eivät eikä enkä etkä älä eikö ilman inte ej aldrig ingen inget inga utan
    not no never nothing none nobody cannot cant dont doesnt didnt isnt wont without
    """
)


@dataclass(frozen=True, slots=True)
class Topic:
    """Something posts may be about, as a person describes it."""

    name: str
    examples: tuple[str, ...] = ()
    """Posts or parts of posts about it. One or two words are a phrase, found inflected. A topic that comes with
    the model (`defaults`) needs none."""
    words: tuple[str, ...] = ()
    """Words or phrases any of which makes the post one about it, inflected or not."""
    counter_examples: tuple[str, ...] = ()
    """Posts that share the words and are not about it."""
    threshold: float = 0.5
    """The score 0..1 from which the topic holds."""


@dataclass(frozen=True, slots=True)
class _Example:
    """An example, ready to be compared: its content words by number, with their weights."""

    owner: int
    against: bool
    phrase: tuple[str, ...]
    """All its words where they must follow one another, else empty."""
    exact: bool
    """Nothing but the phrase itself counts."""
    weights: Mapping[int, float]
    """Content word → weight above 0."""
    long: frozenset[int]
    """Content words that may hold alone."""
    denies: bool

    def scores(self, found: Mapping[int, float], text_words: Sequence[str], *, denied: bool) -> float:
        """Score 0..1 of a text in which these content words were found, this strongly."""
        if self.phrase and self._all_in(found) and holds_phrase(text_words, self.phrase):
            return 1.0
        if self.exact:
            return 0.0
        mine = {number: found[number] for number in self.weights if number in found}
        share = sum(self.weights[number] * strength for number, strength in mine.items())
        score = share / sum(self.weights.values())
        if self.denies and not denied:
            return score * UNDENIED
        alone = len(mine) == 1 and len(self.weights) > 1 and not self.denies
        return min(score, ALONE) if alone and self.long.isdisjoint(mine) else score

    def is_contradicted(self, found: Mapping[int, float], *, denied: bool) -> bool:
        """Say whether a text says all this example says, except that it denies nothing."""
        return self.denies and not denied and all(found.get(number, 0.0) >= HEAD for number in self.weights)

    def _all_in(self, found: Mapping[int, float]) -> bool:
        """Rule most texts out before their words are compared one by one."""
        return all(found.get(number) == SAME for number in self.weights)


@dataclass(slots=True)
class _Compared:
    """What the words of a text say of one topic."""

    fits: float = 0.0
    against: float = 0.0
    """How well the best counter-example fits."""
    contradicted: bool = False
    """The text says the opposite of an example."""

    def add(self, example: _Example, score: float, *, contradicted: bool) -> None:
        """Take one more example into account."""
        if example.against:
            self.against = max(self.against, score)
        else:
            self.fits = max(self.fits, score)
            self.contradicted = self.contradicted or contradicted

    def joined(self, meant: float, known: float) -> float:
        """Give the topic's score from its words, from what its head says and from what the model knows."""
        if self.contradicted:
            meant *= UNDENIED
        return _settled(max(self.fits, meant, known), self.against)


@dataclass(slots=True)
class _Vocabulary:
    """The content words of all examples, found by themselves, by their parts and by their beginnings."""

    numbers: dict[str, int] = field(default_factory=dict)
    same: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    firsts: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    lasts: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    starts: dict[str, set[tuple[str, int]]] = field(default_factory=lambda: defaultdict(set))

    def add(self, word: str) -> int:
        """Give the number of a word, a new one where no inflection of it has one."""
        forms = sorted(base_forms(word))
        known = (self.numbers[form] for form in forms if form in self.numbers)
        number = next(known, len(self.numbers))
        for form in forms:
            self.numbers.setdefault(form, number)
            self.same[form].add(number)
            self.starts[form[:_ALIKE_START]].add((form, number))
            for first, last in _parts(form):
                self.firsts[first].add(number)
                self.lasts[last].add(number)
        return number

    def look_up(self, word: str) -> dict[int, float]:
        """Find the content words that a word of a text stands for, each with its strength 0..1."""
        found: dict[int, float] = {}
        for form in base_forms(word):
            _raise(found, self.same.get(form, ()), SAME)
            _raise(found, self.firsts.get(form, ()), PART)
            _raise(found, self.lasts.get(form, ()), KIND)
            _raise(found, (number for like, number in self._beginning_as(form) if _alike(form, like)), ALIKE)
            for first, last in _parts(form):
                _raise(found, self.same.get(first, ()), PART)
                _raise(found, self.same.get(last, ()), HEAD)
        return found

    def _beginning_as(self, form: str) -> Iterable[tuple[str, int]]:
        return self.starts.get(form[:_ALIKE_START], ()) if len(form) >= _ALIKE_START else ()


class TopicIndex:
    """Topics, prepared so that a text is compared with all their examples in one pass.

    With `embed` (texts to vectors, as `heads.features` makes them) and `teach`, a text that comes with its
    vector is scored by meaning as well; without, by words alone. Threads may share an index.
    """

    def __init__(
        self, topics: Sequence[Topic], embed: "Embed | None" = None, *, teach: Teaches | None = None
    ) -> None:
        self._topics = tuple(topics)
        self._embed, self._teach = embed, teach
        self._lock = Lock()
        self._taught: Mapping[str, Head] | None = None
        self._vocabulary = _Vocabulary()
        self._examples: list[_Example] = []
        self._having: dict[int, list[int]] = defaultdict(list)
        for owner, topic in enumerate(self._topics):
            self._add(owner, topic.examples)
            self._add(owner, topic.words, exact=True)
            self._add(owner, topic.counter_examples, against=True)
        # one per index: hostile texts may hold endless new words, and the same few make up most posts
        self._look_up = lru_cache(maxsize=20_000)(self._vocabulary.look_up)

    def score(
        self,
        text: str,
        vector: "Vector | None" = None,
        *,
        known: Mapping[str, float] | None = None,
        heads: Mapping[str, Head] | None = None,
    ) -> dict[str, float]:
        """Score 0..1 of every topic, in their order.

        `known` are the scores of the topics that come with the model; `heads` are those that the team's
        corrections taught, each in place of what the examples alone taught.
        """
        compared = self._compare(text)
        meant = self._ask_heads(vector, heads or {})
        return {
            topic.name: round(
                compared[at].joined(meant.get(topic.name, 0.0), (known or {}).get(topic.name, 0.0)), 6
            )
            for at, topic in enumerate(self._topics)
        }

    @property
    def heads(self) -> Mapping[str, Head]:
        """What the examples teach, by topic; taught at the first call, with one call of `embed`."""
        with self._lock:  # the others wait for the one that teaches
            if self._taught is None:
                self._taught = self._teach_heads()
            return self._taught

    def _ask_heads(self, vector: "Vector | None", taught: Mapping[str, Head]) -> dict[str, float]:
        if vector is None:
            return {}
        return {name: head.score(vector) for name, head in {**self.heads, **taught}.items()}

    def _teach_heads(self) -> Mapping[str, Head]:
        if self._embed is None or self._teach is None:
            return {}
        return teach_heads(self._topics, self._embed, self._teach)

    def _compare(self, text: str) -> list["_Compared"]:
        compared = [_Compared() for _ in self._topics]
        if not self._examples:  # spares those without words the loading of the dictionaries
            return compared
        text_words = words_of(text)
        found: dict[int, float] = {}
        for word in dict.fromkeys(text_words):
            for number, strength in self._look_up(word).items():
                found[number] = max(found.get(number, 0.0), strength)
        denied = any(_denies(word) for word in text_words)
        for at in sorted({at for number in found for at in self._having.get(number, ())}):
            example = self._examples[at]
            compared[example.owner].add(
                example,
                example.scores(found, text_words, denied=denied),
                contradicted=example.is_contradicted(found, denied=denied),
            )
        return compared

    def _add(self, owner: int, texts: Iterable[str], *, exact: bool = False, against: bool = False) -> None:
        for text in texts:
            words = words_of(text)
            if not words:
                continue
            example = self._prepare(words, owner=owner, exact=exact, against=against)
            for number in example.weights:
                self._having[number].append(len(self._examples))
            self._examples.append(example)

    def _prepare(self, words: Sequence[str], *, owner: int, exact: bool, against: bool) -> _Example:
        content = [word for word in words if not _is_stop(word) and not _denies(word)] or list(words)
        numbers = {self._vocabulary.add(word): word for word in content}
        denies = any(_denies(word) for word in words) and content != list(words)
        weights = {number: _weight(word) for number, word in numbers.items()}
        return _Example(
            owner=owner,
            against=against,
            phrase=tuple(words) if exact or len(words) <= SHORT_PHRASE else (),
            exact=exact,
            weights=weights,
            long=frozenset(number for number, word in numbers.items() if _length(word) >= LONG_WORD),
            denies=denies,
        )


def teach_heads(
    topics: Sequence[Topic],
    embed: "Embed",
    teach: Teaches,
    *,
    beside: "Mapping[str, tuple[Sequence[Vector], Sequence[Vector]]] | None" = None,
) -> dict[str, Head]:
    """Teach all topics that have something to learn from, together; gives their heads by name.

    `beside` are posts of which people said that they are about a topic, or are not: they count as its
    examples and counter-examples do.
    """
    said = beside or {}
    plans = {
        topic.name: _to_learn(topic) for topic in topics if _sentences(topic.examples) or topic.name in said
    }
    if not plans:
        return {}
    from classifier.heads import Lesson  # noqa: PLC0415 - numpy, see above

    texts = list(dict.fromkeys(text for plan in plans.values() for part in plan for text in part))
    vectors = dict(zip(texts, embed(texts), strict=True)) if texts else {}
    lessons = []
    for name, plan in plans.items():
        yes, no, opposite = ([vectors[text] for text in part] for part in plan)
        more = said.get(name, ((), ()))
        lessons.append(Lesson(name, [*yes, *more[0]], [*no, *more[1]], opposite))
    return dict(zip(plans, teach.fit_all(lessons), strict=True))


def score_topics(text: str, topics: Sequence[Topic]) -> dict[str, float]:
    """Score 0..1 of every topic for a text, in the order of the topics.

    The same topics are prepared once and kept.
    """
    return _index_of(tuple(topics)).score(text)


def topics_held(scores: Mapping[str, float], topics: Sequence[Topic]) -> tuple[str, ...]:
    """Name the topics at or over their own thresholds, best first, equals in the order of the topics."""
    held = [topic.name for topic in topics if scores[topic.name] >= topic.threshold]
    return tuple(sorted(held, key=lambda name: -scores[name]))


@lru_cache(maxsize=8)
def _index_of(topics: tuple[Topic, ...]) -> TopicIndex:
    return TopicIndex(topics)


def has_sentences(topic: Topic) -> bool:
    """Say whether the topic has an example that teaches a meaning."""
    return bool(_sentences(topic.examples))


def is_phrase(example: str) -> bool:
    """Say whether an example is so short that it is looked for as it stands, and teaches no meaning."""
    return len(words_of(example)) <= SHORT_PHRASE


def _sentences(examples: Iterable[str]) -> list[str]:
    return [text for text in examples if not is_phrase(text)]


def _to_learn(topic: Topic) -> tuple[list[str], list[str], list[str]]:
    """Give what a head learns from: examples, counter-examples, and the examples without their denials."""
    examples = _sentences(topic.examples)
    affirmed = [affirm(text) for text in examples if any(map(_denies, words_of(text)))]
    return examples, _sentences(topic.counter_examples), affirmed


def affirm(text: str) -> str:
    """Take the denials out of a text: "ei ole tullut" becomes "on tullut", "hasn't arrived" "has arrived"."""
    words = text.split()
    bare = [word.casefold().strip('.,;:!?()"”').replace("’", "'") for word in words]
    kept: list[str] = []
    at = 0
    while at < len(words):
        length = next((size for size in (2, 1) if tuple(bare[at : at + size]) in _AFFIRMED), 0)
        if length:
            kept.append(_AFFIRMED[tuple(bare[at : at + length])])
        elif bare[at].endswith("n't"):
            kept.append(bare[at].removesuffix("n't"))
        elif not _denies(bare[at]):
            kept.append(words[at])
        at += length or 1
    return " ".join(kept)


def _settled(score: float, against: float) -> float:
    """Take a counter-example into account.

    One half as good as the best example changes nothing, one as good takes the score to 0.
    """
    return max(0.0, min(score, 2 * (score - against)))


def _raise(found: dict[int, float], numbers: Iterable[int], strength: float) -> None:
    for number in numbers:
        found[number] = max(found.get(number, 0.0), strength)


def _parts(form: str) -> list[tuple[str, str]]:
    """Beginnings and ends of a word, of like lengths, that may be words, with a rest that may be one too."""
    longest = min(len(form) - _SHORTEST_REST, _LONGEST_PART)
    return [(form[:length], form[-length:]) for length in range(_SHORTEST_PART, longest + 1)]


def _alike(one: str, other: str) -> bool:
    common = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        common += 1
    return common >= _ALIKE_SHARE * max(len(one), len(other))


def _is_stop(word: str) -> bool:
    return not base_forms(word).isdisjoint(_STOP)


def _denies(word: str) -> bool:
    return word in _DENIALS or word.endswith("n't")


def _length(word: str) -> int:
    """Letters of the shortest base form: inflection makes no word more special."""
    return min(len(form) for form in base_forms(word))


def _weight(word: str) -> float:
    if not base_forms(word).isdisjoint(_LIGHT):
        return _LIGHT_WEIGHT
    return (min(max(_length(word), 3), 9) / 9) ** 2
