"""Where heads are taught by posts beside the examples, and tried as verdicts would be with them.

A lesson is worth what it changes of verdicts. So posts are scored here in the very way of `Classifier.judge`:
words, head and the topics that come with the model joined, counter-examples taken off. And a head is taught in
the very way of the examples' own, all topics together, so that one to which nobody said anything is the same.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from classifier.topics import Head, Teaches, Topic, TopicIndex, teach_heads
from classifier.understanding import Seen

if TYPE_CHECKING:  # numpy takes a tenth of a second that not every command needs
    from classifier.heads import Vector


class Classroom:
    """Teaches heads of `topics` and scores texts with them; each text is looked at once.

    It remembers the texts: let it go when the lesson is over, for no post may outlive its erasure.
    """

    def __init__(
        self, topics: Sequence[Topic], look: Callable[[Sequence[str]], Sequence[Seen]], teach: Teaches
    ) -> None:
        self._topics = tuple(topics)
        self._look, self._teach = look, teach
        self._seen: dict[str, Seen] = {}
        self._index_of = lru_cache(maxsize=8)(TopicIndex)

    def look_at(self, texts: Iterable[str]) -> None:
        """Look at texts together, which is quicker than one by one."""
        new = [text for text in dict.fromkeys(texts) if text not in self._seen]
        if new:
            self._seen.update(zip(new, self._look(new), strict=True))

    def vectors(self, texts: Sequence[str]) -> "list[Vector]":
        """Give what heads see of each text, in order."""
        self.look_at(texts)
        return [self._seen[text].vector for text in texts]

    def fit(self, topic: Topic, yes: "Sequence[Vector]", no: "Sequence[Vector]") -> Head:
        """Teach the head of a topic by its examples and these posts, beside the other topics' examples."""
        beside = {topic.name: (yes, no)}
        return teach_heads(self._with(topic), self.vectors, self._teach, beside=beside)[topic.name]

    def score(self, topic: Topic, text: str, head: Head | None) -> float:
        """Score a text as a verdict would with this head; without one, by what else speaks of the topic."""
        self.look_at([text])
        seen = self._seen[text]
        heads = {} if head is None else {topic.name: head}
        scores = self._index_of(self._with(topic)).score(text, seen.told, known=seen.known, heads=heads)
        return scores[topic.name]

    def _with(self, topic: Topic) -> tuple[Topic, ...]:
        return tuple(topic if one.name == topic.name else one for one in self._topics)
