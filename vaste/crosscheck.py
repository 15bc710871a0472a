"""What the parts of a configuration say of each other: names that nobody bears, times out of order.

It reads what is written rather than the finished settings, so that a mistake in one key hides no mistake
in another. A part whose shape is wrong is passed over here: the settings object to it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from casebook.duration import parse_duration
from casebook.words import holds_phrase, words_of
from classifier.defaults import DEFAULT_TOPICS
from classifier.foreign import BUNDLED, is_hub_id, is_path
from classifier.topics import FEWEST_EXAMPLES, is_phrase
from listener.registry import KINDS, PLANNED
from vaste.faults import nearest
from vaste.locate import At, Flaw
from vaste.written import is_off

SHORTEST_SECRET = 16
"""Characters of a secret that nobody guesses; 32 random bytes are 64 of them."""
RESERVED = frozenset({"backup", "everyone", "on_call"})
"""Words that `to` understands by itself; no person can be called so."""


@dataclass(frozen=True, slots=True)
class Spot:
    """What is written at one place; reading on from a place that is not there gives nothing."""

    at: At
    value: object

    def key(self, name: str) -> "Spot":
        """What stands under a key; its value is None where there is none."""
        return Spot((*self.at, name), self.value.get(name) if isinstance(self.value, dict) else None)

    def entries(self) -> list[tuple[str, "Spot"]]:
        """The entries of a mapping."""
        return [(name, self.key(name)) for name in self.value] if isinstance(self.value, dict) else []

    def each(self) -> list["Spot"]:
        """The elements of a list; a word that stands alone is one."""
        if isinstance(self.value, list):
            return [Spot((*self.at, index), value) for index, value in enumerate(self.value)]
        return [] if self.value is None or isinstance(self.value, dict) else [self]

    @property
    def text(self) -> str | None:
        """Its text; a number that lacks its quotes is one."""
        if isinstance(self.value, str):
            return self.value
        return str(self.value) if isinstance(self.value, int) and not isinstance(self.value, bool) else None

    @property
    def duration(self) -> timedelta | None:
        """The duration written here, where one is."""
        try:
            return None if self.value is None else parse_duration(self.value)
        except ValueError:
            return None

    @property
    def is_written(self) -> bool:
        """Something stands here that does not say `off`."""
        return self.value is not None and not is_off(self.value)


@dataclass(frozen=True, slots=True)
class Known:
    """The names that may be referred to; None where their section is unreadable, and anything goes."""

    people: frozenset[str] | None
    teams: frozenset[str] | None
    topics: frozenset[str] | None
    calendars: frozenset[str] | None
    sources: frozenset[str] | None


Reader = Callable[[Spot, Known], Iterator[Flaw]]


def crosscheck(written: object, kinds: Iterable[str]) -> list[Flaw]:
    """List what the parts of a configuration say wrongly of each other; `kinds` are all kinds of sources."""
    root = Spot((), written)
    known = Known(
        people=_names(root.key("people")),
        teams=_names(root.key("teams")),
        topics=_topics(root.key("topics")),
        calendars=_names(root.key("calendars")),
        sources=_sources(root, kinds),
    )
    return [flaw for read in _READERS for flaw in read(root, known)]


def _names(section: Spot) -> frozenset[str] | None:
    if section.value is None or isinstance(section.value, dict):
        return frozenset(name for name, _ in section.entries())
    return None


def _topics(section: Spot) -> frozenset[str] | None:
    """Those of the file, and those that come with the model."""
    names = _names(section)
    return None if names is None else names.union(DEFAULT_TOPICS)


def _sources(root: Spot, kinds: Iterable[str]) -> frozenset[str] | None:
    names = [source.key("name").text for source in root.key("sources").each()]
    return None if None in names else frozenset(kinds).union(name for name in names if name)


def _twice(root: Spot, known: Known) -> Iterator[Flaw]:
    """Names of sources and of playbooks are given once: cases and cursors are kept under them."""
    del known
    for section in ("sources", "playbooks"):
        seen: set[str] = set()
        for one in root.key(section).each():
            name = one.key("name").text
            if name is not None and name in seen:
                yield Flaw((*one.at, "name"), "another one has this name already; give it a name of its own")
            seen.update([name] if name else [])


def _taught(root: Spot, known: Known) -> Iterator[Flaw]:
    """A topic needs something to be known by, and a few examples rather than one."""
    del known
    for name, topic in root.key("topics").entries():
        if not isinstance(topic.value, dict):
            continue
        examples = [text for spot in topic.key("examples").each() if (text := spot.text) is not None]
        sentences = [text for text in examples if not is_phrase(text)]
        if not examples and not topic.key("words").each() and name not in DEFAULT_TOPICS:
            message = (
                "never holds: it has neither examples nor words, and no topic that comes with Vaste has this "
                f"name; {nearest(name, DEFAULT_TOPICS)}"
            )
            yield Flaw(topic.at, message, fatal=False, on_key=True)
        elif 0 < len(sentences) < FEWEST_EXAMPLES:
            message = (
                f"learnt from {len(sentences)} only, which is little; write {FEWEST_EXAMPLES} to 10 examples "
                "of three words or more (shorter ones are looked for as they stand)"
            )
            yield Flaw(topic.key("examples").at, message, fatal=False)


def _people(root: Spot, known: Known) -> Iterator[Flaw]:
    del known
    for name, person in root.key("people").entries():
        if name in RESERVED or name.startswith(("#", "team:")):
            yield Flaw(
                person.at,
                "this word means something else in escalate; give the person another key",
                on_key=True,
            )


def _handles(root: Spot, known: Known) -> Iterator[Flaw]:
    """A handle is looked for by the kinds of sources that can, if it is one of theirs."""
    del known
    for _, person in root.key("people").entries():
        for kind, handle in person.key("handles").entries():
            form = KINDS[kind].handles if kind in KINDS else None
            if kind not in KINDS.keys() | PLANNED:
                message = f"no kind of source is called so; {nearest(kind, KINDS.keys() | PLANNED)}"
                yield Flaw(handle.at, message, on_key=True, quotes=True)
            elif form is None:
                message = "not built yet for this kind of source; posts addressed to it are not looked for"
                yield Flaw(handle.at, message, fatal=False, on_key=True)
            elif handle.text is not None and not re.search(form, handle.text.strip().removeprefix("@")):
                yield Flaw(handle.at, f"no handle there; its form is {form}, with or without @")


def _teams(root: Spot, known: Known) -> Iterator[Flaw]:
    for _, team in root.key("teams").entries():
        for person in (*team.key("people").each(), *team.key("rota").key("people").each()):
            yield from _unknown(person, known.people, "person", "people")


def _playbooks(root: Spot, known: Known) -> Iterator[Flaw]:
    for playbook in root.key("playbooks").each():
        yield from _unknown(playbook.key("team"), known.teams, "team", "teams")
        yield from _matches(playbook.key("match"), known)
        yield from _steps(playbook.key("escalate"), known)
        yield from _clock(playbook.key("clock"), known)
        yield from _pace(playbook)


def _crisis(root: Spot, known: Known) -> Iterator[Flaw]:
    crisis = root.key("crisis")
    yield from _unknown(crisis.key("team"), known.teams, "team", "teams")
    yield from _steps(crisis.key("escalate"), known)


def _matches(match: Spot, known: Known) -> Iterator[Flaw]:
    for topic in match.key("topics").each():
        yield from _unknown(topic, known.topics, "topic", "topics")
    for source in match.key("source").each():
        yield from _unknown(source, known.sources, "source", "sources, or a kind of them")
    for inner in match.key("any").each():
        yield from _matches(inner, known)
    if isinstance(match.key("not").value, dict):
        yield from _matches(match.key("not"), known)


def _steps(escalate: Spot, known: Known) -> Iterator[Flaw]:
    steps = escalate.each() if isinstance(escalate.value, list) else []
    for step in steps:
        yield from _reaches(step.key("to"), known)
    for before, after in pairwise(step.key("after") for step in steps):
        if before.duration and after.duration and after.duration < before.duration:
            message = (
                "sooner than the step before it; every after counts from the opening, so write them rising"
            )
            yield Flaw(after.at, message)


def _reaches(to: Spot, known: Known) -> Iterator[Flaw]:
    name = to.text
    if name is None or name in RESERVED - {"on_call"} or (name.startswith("#") and len(name) > 1):
        return
    if name.startswith("team:"):
        yield from _unknown(Spot(to.at, name.removeprefix("team:").strip()), known.teams, "team", "teams")
    elif known.people is not None and name not in known.people:
        choices = known.people | {"backup", "everyone"} | {f"team:{team}" for team in known.teams or ()}
        message = f"nobody is called so; {nearest(name, choices)} (or a channel: '#name')"
        yield Flaw(to.at, message, quotes=True)


def _clock(clock: Spot, known: Known) -> Iterator[Flaw]:
    if known.calendars is not None:
        yield from _unknown(clock, known.calendars | {"always"}, "calendar", "calendars")


def _pace(playbook: Spot) -> Iterator[Flaw]:
    """Taking a case later than answering it is possible, and hardly meant."""
    taken, answered = playbook.key("acknowledge_within"), playbook.key("respond_within")
    if taken.duration and answered.duration and taken.duration > answered.duration:
        yield Flaw(
            taken.at,
            "longer than respond_within; write a shorter time here, or a longer one there",
            fatal=False,
        )


def _unknown(spot: Spot, names: frozenset[str] | None, word: str, section: str) -> Iterator[Flaw]:
    if spot.text is not None and names is not None and spot.text not in names:
        message = f"no {word} has this name; {nearest(spot.text, names)} ({word}s are named under {section})"
        yield Flaw(spot.at, message, quotes=True)


def _never_reached(root: Spot, known: Known) -> Iterator[Flaw]:
    del known
    playbooks = root.key("playbooks").each()
    greedy = [index for index, one in enumerate(playbooks) if one.key("match").value == {}]
    for playbook in playbooks[greedy[0] + 1 :] if greedy else ():
        message = f"never reached: playbook {greedy[0]} (match: {{}}) takes every post before it; move it up"
        yield Flaw(playbook.at, message, fatal=False)


def _nobody(root: Spot, known: Known) -> Iterator[Flaw]:
    """A team may be without anybody, but not in silence."""
    del known
    for _, team in root.key("teams").entries():
        rota = team.key("rota")
        if not isinstance(team.value, dict | None):
            continue
        if not rota.is_written:
            yield Flaw(team.at, "no rota: nobody is ever on call here; give it one", fatal=False, on_key=True)
        elif rota.key("people").value == []:
            yield Flaw(
                rota.key("people").at,
                "nobody is in this rota, so nobody is ever on call; add people",
                fatal=False,
            )


def _slack(root: Spot, known: Known) -> Iterator[Flaw]:
    """With Slack, everybody of a rota should be reachable there, and every team have a channel."""
    del known
    if not any(channel.key("kind").text == "slack" for channel in root.key("channels").each()):
        return
    people = root.key("people")
    for key in dict.fromkeys(_on_rotas(root)):
        if isinstance(people.key(key).value, dict) and not people.key(key).key("slack").is_written:
            message = "on a rota, but not to be reached in Slack; add slack: U… (profile, ⋮, Copy member ID)"
            yield Flaw(people.key(key).at, message, fatal=False, on_key=True)
    for _, team in root.key("teams").entries():
        if isinstance(team.value, dict) and not team.key("channel").is_written:
            message = 'Slack is configured, but this team has no channel; add channel: "#name"'
            yield Flaw(team.at, message, fatal=False, on_key=True)


def _on_rotas(root: Spot) -> Iterator[str]:
    for _, team in root.key("teams").entries():
        yield from (name for person in team.key("rota").key("people").each() if (name := person.text))


def _sent(root: Spot, known: Known) -> Iterator[Flaw]:
    """Posts that are sent to us need a page that hears them, a way nobody reads along, and a real secret."""
    del known
    web = root.key("web")
    listen = web.key("listen").text or "127.0.0.1"
    for source in root.key("sources").each():
        if source.key("kind").text != "webhook":
            continue
        secret = source.key("secret")
        if secret.text and len(secret.text) < SHORTEST_SECRET:
            message = "short enough to be guessed; make one with: openssl rand -hex 32"
            yield Flaw(secret.at, message, fatal=False)
        if web.value is not None and is_off(web.value):
            message = "nobody can send to it: web is off; give web a listen address"
            yield Flaw((*source.at, "kind"), message, fatal=False)
        elif not _is_here(listen):
            message = (
                "posts come to it over plain http from other machines; let web listen on 127.0.0.1, behind a proxy "
                "that speaks https"
            )
            yield Flaw((*source.at, "kind"), message, fatal=False)


def _is_here(listen: str) -> bool:
    """Say whether nobody but this machine reaches an address."""
    host = listen.rpartition(":")[0] or listen
    return host.strip("[]") in {"::1", "localhost"} or host.startswith("127.")


def _muted(root: Spot, known: Known) -> Iterator[Flaw]:
    """A muting should not take away what Vaste is there for."""
    del known
    brand = words_of(root.key("brand").text or "")
    for source in root.key("sources").each():
        names = [
            brand,
            *(words_of(name.text or "") for key in ("handle", "also") for name in source.key(key).each()),
        ]
        for muted in source.key("muted_words").each():
            words = words_of(muted.text or "")
            if muted.text and not words:
                yield Flaw(muted.at, "holds no word, so it mutes nothing; take it away", fatal=False)
            elif any(_holds(name, words) for name in names):
                message = "mutes every post that names you; write a longer phrase, or take it away"
                yield Flaw(muted.at, message, fatal=False)


def _holds(text: Sequence[str], phrase: Sequence[str]) -> bool:
    """Say whether a text holds a phrase, inflected or not.

    The dictionaries that know inflections take seconds to load: they are asked only where they could matter.
    """
    as_written = any(list(text[at : at + len(phrase)]) == list(phrase) for at in range(len(text)))
    might = all(any(word[:2] == other[:2] for other in text) for word in phrase)
    return as_written or (might and holds_phrase(text, phrase))


def _model(root: Spot, known: Known) -> Iterator[Flaw]:
    """A model is bundled, a folder or a name on the hub, and only some keys concern each."""
    del known
    classifier = root.key("classifier")
    model = classifier.key("model").text or BUNDLED
    if model == BUNDLED:
        yield from _idle(classifier, ("labels", "fetch", "revision"), "the bundled model needs no such key")
    elif is_path(model):
        yield from _idle(classifier, ("fetch", "revision"), "it concerns models on the hub; this is a folder")
    elif not is_hub_id(model):
        message = "neither a folder nor a name on the hub; write bundled, a folder as ./name, or an id as owner/name"
        yield Flaw(classifier.key("model").at, message)


def _idle(section: Spot, keys: Iterable[str], why: str) -> Iterator[Flaw]:
    for spot in map(section.key, keys):
        if spot.is_written and spot.value != {}:
            yield Flaw(spot.at, f"does nothing here: {why}; take it away", fatal=False, on_key=True)


_ACTING = {"playbooks.*.clock": "always"}
"""The one value of these keys that already does what it says."""
_IDLE = {
    "calendars": "business calendars are not built yet; all times run always",
    "people_figures": "figures per person are not built yet; there are none",
    "people.*.email": "e-mail is not built yet; nothing is sent to this address",
    "playbooks.*.clock": "business calendars are not built yet; this playbook's times run always",
    "playbooks.*.repeat": "repeating is not built yet; the chain ends after its last step",
}
"""Keys that are understood and do nothing yet; `*` stands for every entry."""


def _not_built(root: Spot, known: Known) -> Iterator[Flaw]:
    """Name what does nothing yet, so that nobody relies on it."""
    del known
    for pattern, message in _IDLE.items():
        for spot in _spots(root, pattern.split(".")):
            if spot.is_written and spot.value != {} and spot.text != _ACTING.get(pattern, ""):
                yield Flaw(spot.at, message, fatal=False, on_key=True)


def _spots(spot: Spot, pattern: list[str]) -> Iterator[Spot]:
    if not pattern:
        yield spot
    elif pattern[0] == "*":
        for inner in (*spot.each(), *(entry for _, entry in spot.entries())):
            yield from _spots(inner, pattern[1:])
    else:
        yield from _spots(spot.key(pattern[0]), pattern[1:])


_READERS: tuple[Reader, ...] = (
    _twice,
    _taught,
    _people,
    _handles,
    _teams,
    _playbooks,
    _crisis,
    _never_reached,
    _nobody,
    _slack,
    _sent,
    _muted,
    _model,
    _not_built,
)
