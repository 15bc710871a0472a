"""What the parts of a configuration say of each other: names that nobody bears, times out of order.

It reads what is written rather than the finished settings, so that a mistake in one key hides no mistake
in another. A part whose shape is wrong is passed over here: the settings object to it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from casebook.asked import asked_phrase, holds_asked
from casebook.pattern import can_take_long
from casebook.words import words_of
from classifier.defaults import DEFAULT_TOPICS
from classifier.foreign import BUNDLED, is_hub_id, is_path
from classifier.topics import FEWEST_EXAMPLES, is_phrase
from listener.registry import KINDS
from vaste.faults import nearest
from vaste.locate import Flaw
from vaste.rota_flaws import layers_of, rota_flaws
from vaste.spot import Spot
from vaste.written import as_date, is_off, is_switch, weekdays_of

SHORTEST_SECRET = 16
"""Characters of a secret that nobody guesses; 32 random bytes are 64 of them."""
ALWAYS = "always"
"""The clock of every playbook that names no calendar."""
MOST_WITHIN = 8
"""Matches within a match; people lose their way long before."""
RESERVED = frozenset({"backup", "everyone", "on_call", "round_robin"})
"""Words that `to` understands by itself; no person can be called so."""


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


def _mailed(root: Spot, known: Known) -> Iterator[Flaw]:
    """Teams that have addresses of their own are teams."""
    for channel in root.key("channels").each():
        if channel.key("kind").value == "email":
            for name, addresses in channel.key("teams").entries():
                yield from _unknown(Spot(addresses.at, name), known.teams, "team", "teams")


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
            if kind not in KINDS:
                message = f"no kind of source is called so; {nearest(kind, KINDS)}"
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


def _rotas(root: Spot, known: Known) -> Iterator[Flaw]:
    """Layers, stand-ins and absences have a room of their own."""
    del known
    yield from rota_flaws(root.value)


def _playbooks(root: Spot, known: Known) -> Iterator[Flaw]:
    for playbook in root.key("playbooks").each():
        yield from _unknown(playbook.key("team"), known.teams, "team", "teams")
        yield from _matches(playbook.key("match"), known)
        yield from _steps(playbook.key("escalate"), known)
        yield from _clock(playbook.key("clock"), known)
        yield from _pace(playbook)
        yield from _held_back(playbook)
        yield from _collects(playbook, root)
        yield from _told(playbook, known)
        yield from _two(playbook, root)


def _without_handles(root: Spot, known: Known) -> Iterator[Flaw]:
    """Posts are known to be to somebody, or by somebody, by handles alone."""
    del known
    people = dict(root.key("people").entries())
    with_handles = {name for name, person in people.items() if person.key("handles").entries()}
    for spot in _each_match(root):
        person = spot.key("to_person")
        asks_any = person.value is True or "ours" in [one.text for one in spot.key("author").each()]
        if asks_any and not with_handles:
            message = "never holds: none of people has handles; add them (handles: {x: name})"
            yield Flaw(person.at if person.value is True else spot.key("author").at, message, fatal=False)
        for one in () if is_switch(person.value) else person.each():
            if one.text in people and one.text not in with_handles:
                message = "never holds: this person has no handles; add them (handles: {x: name})"
                yield Flaw(one.at, message, fatal=False)


def _each_match(root: Spot) -> Iterator[Spot]:
    """Every match of every playbook, those within others too."""
    left = [playbook.key("match") for playbook in root.key("playbooks").each()]
    while left:
        match = left.pop()
        if isinstance(match.value, dict):
            yield match
            left += [*match.key("all").each(), *match.key("any").each(), match.key("not")]


def _autoreplies(root: Spot, known: Known) -> Iterator[Flaw]:
    del known
    for source in root.key("sources").each():
        for pattern in source.key("autoreplies").each():
            yield from _slow(pattern)


def _crisis(root: Spot, known: Known) -> Iterator[Flaw]:
    crisis = root.key("crisis")
    yield from _unknown(crisis.key("team"), known.teams, "team", "teams")
    yield from _steps(crisis.key("escalate"), known)


def _who_is_told(root: Spot, known: Known) -> Iterator[Flaw]:
    """Those who are told what belongs to no case are teams, of topics that there are."""
    if root.key("tell").is_written:
        yield from _unknown(root.key("tell"), known.teams, "team", "teams")
    hot = root.key("digest").key("hot")
    yield from _unknown(hot.key("team"), known.teams, "team", "teams")
    for topic in hot.key("topics").each():
        yield from _unknown(topic, known.topics, "topic", "topics")


def _targets(root: Spot, known: Known) -> Iterator[Flaw]:
    """Targets are of playbooks that there are, and end after they begin."""
    del known
    playbooks = root.key("playbooks").each()
    names = frozenset(name for one in playbooks if (name := one.key("name").text) is not None)
    for target in root.key("report").key("targets").each():
        yield from _unknown(target.key("playbook"), names, "playbook", "playbooks")
        begins, until = (as_date(str(target.key(key).value)) for key in ("from", "until"))
        if begins is not None and until is not None and until <= begins:
            yield Flaw(target.key("until").at, "it ends before it begins; the end itself is left out")


def _matches(match: Spot, known: Known, depth: int = 1) -> Iterator[Flaw]:
    if depth > MOST_WITHIN:
        yield Flaw(match.at, f"more than {MOST_WITHIN} matches within each other; flatten it")
        return
    yield from _names_in(match, known)
    yield from _empty(match)
    yield from _rating(match.key("rating"))
    for pattern in match.key("regex").each():
        yield from _slow(pattern)
    for inner in (*match.key("all").each(), *match.key("any").each()):
        yield from _matches(inner, known, depth + 1)
    if isinstance(match.key("not").value, dict):
        yield from _matches(match.key("not"), known, depth + 1)


def _empty(match: Spot) -> Iterator[Flaw]:
    """A condition that asks nothing would be left out in silence, and its playbook take what it was not meant for."""
    for key, example in _CONDITIONS.items():
        condition = match.key(key)
        if condition.value in ([], {}):
            yield Flaw(condition.at, f"asks nothing; write for example {key}: {example}, or take it away")


def _names_in(match: Spot, known: Known) -> Iterator[Flaw]:
    """Whatever a match names, there is."""
    for topic in match.key("topics").each():
        yield from _unknown(topic, known.topics, "topic", "topics")
    for name, entry in match.key("topics").entries():
        if known.topics is not None and name not in known.topics:
            message = f"no topic has this name; {nearest(name, known.topics)} (topics are named under topics)"
            yield Flaw(entry.at, message, on_key=True, quotes=True)
    for source in match.key("source").each():
        yield from _unknown(source, known.sources, "source", "sources, or a kind of them")
    for calendar in match.key("open").each():
        yield from _unknown(calendar, known.calendars, "calendar", "calendars")
    if not is_switch(match.key("to_person").value):
        for person in match.key("to_person").each():
            yield from _unknown(person, known.people, "person", "people")


def _rating(rating: Spot) -> Iterator[Flaw]:
    least, most = rating.key("at_least").value, rating.key("at_most").value
    if isinstance(least, int | float) and isinstance(most, int | float) and most < least:
        yield Flaw(rating.key("at_most").at, "less than at_least, so no rating is both; turn them round")


def _slow(pattern: Spot) -> Iterator[Flaw]:
    """A pattern that a text can hold up is found out before the text comes."""
    if pattern.text is not None and can_take_long(pattern.text):
        message = (
            "some texts keep it busy for longer than the 0.05 s it has, and count as not found then; write it "
            "without a repeat inside a repeat, or use words"
        )
        yield Flaw(pattern.at, message, fatal=False)


def _steps(escalate: Spot, known: Known) -> Iterator[Flaw]:
    steps = escalate.each() if isinstance(escalate.value, list) else []
    for step in steps:
        for to in step.key("to").each():
            yield from _reaches(to, known)
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
        choices = known.people | (RESERVED - {"on_call"}) | {f"team:{team}" for team in known.teams or ()}
        message = f"nobody is called so; {nearest(name, choices)} (or a channel: '#name')"
        yield Flaw(to.at, message, quotes=True)


def _calendars(root: Spot, known: Known) -> Iterator[Flaw]:
    """A calendar opens at some time, and says once when; `always` needs none."""
    del known
    for name, calendar in root.key("calendars").entries():
        hours = calendar.key("hours")
        if name == ALWAYS:
            yield Flaw(
                calendar.at,
                "this word means every hour of the week; give the calendar another name",
                on_key=True,
            )
        if isinstance(hours.value, dict) and not any(_opens(entry) for _, entry in hours.entries()):
            yield Flaw(hours.at, 'never opens; write for example {mon-fri: "09:00-17:00"}')
        seen: set[int] = set()
        for days, entry in hours.entries():
            found = _weekdays(days)
            if found & seen:
                yield Flaw(
                    entry.at, "names a day that has its hours already; write each day once", on_key=True
                )
            seen |= found


def _opens(hours: Spot) -> bool:
    return hours.is_written and hours.value != []


def _weekdays(written: str) -> set[int]:
    try:
        return set(weekdays_of(written))
    except ValueError:
        return set()


def _clock(clock: Spot, known: Known) -> Iterator[Flaw]:
    if known.calendars is not None:
        yield from _unknown(clock, known.calendars | {ALWAYS}, "calendar", "calendars")


def _pace(playbook: Spot) -> Iterator[Flaw]:
    """Taking a case later than answering it, or answering it later than closing it, is possible and hardly meant."""
    for sooner, later in combinations(_IN_ORDER, 2):
        first, then = playbook.key(sooner), playbook.key(later)
        if first.duration and then.duration and first.duration > then.duration:
            message = f"longer than {later}; write a shorter time here, or a longer one there"
            yield Flaw(first.at, message, fatal=False)


def _held_back(playbook: Spot) -> Iterator[Flaw]:
    """What must not wait, or must not be missed, should not be held back by its own playbook."""
    is_critical = playbook.key("severity").text == "critical"
    for key, why in _HOLDS_BACK.items() if is_critical else ():
        spot = playbook.key(key)
        if spot.is_written and spot.value != 1:
            message = f"a critical playbook, and {why}; take this away, or lower severity"
            yield Flaw(spot.at, message, fatal=False, on_key=True)
    if playbook.key("digest").is_written:
        yield from _idle(playbook, _OF_CASES, "posts of a digest open no cases")


def _collects(playbook: Spot, root: Spot) -> Iterator[Flaw]:
    """What is collected should be told to somebody."""
    digest = playbook.key("digest")
    if digest.is_written and not root.key("digest").key("hot").is_written:
        message = "its posts open no case and nobody is told of them: digest.hot is off; name a team there"
        yield Flaw(digest.at, message, fatal=False, on_key=True)


def _two(playbook: Spot, root: Spot) -> Iterator[Flaw]:
    """A case that nobody handles alone needs a team of two."""
    together = playbook.key("together")
    team = root.key("teams").key(playbook.key("team").text or "")
    if not together.is_written or not isinstance(team.value, dict):
        return
    layers = layers_of(team)
    if any(layer.key("ical").is_written for layer in layers):  # who is in it, that calendar knows
        return
    in_turn = (spot for layer in layers for spot in layer.key("people").each())
    members = {spot.text for spot in (*in_turn, *team.key("people").each())}
    if len(members) < 2:  # noqa: PLR2004 - together is two
        message = "takes two, and this team has fewer; add people to it, or nobody can end its cases"
        yield Flaw(together.at, message, fatal=False, on_key=True)


def _told(playbook: Spot, known: Known) -> Iterator[Flaw]:
    """Others are told in channels, nobody by name; a playbook that only tells should tell somebody."""
    for told in playbook.key("also").each():
        to = told.key("to")
        name = to.text or ""
        if name.startswith("team:"):
            yield from _unknown(Spot(to.at, name.removeprefix("team:").strip()), known.teams, "team", "teams")
        elif to.text is not None and (not name.startswith("#") or len(name) == 1):
            yield Flaw(to.at, "only a channel or a team is told so; write '#name' or team:NAME")
    goes_on = playbook.key("continue")
    if not goes_on.is_written:
        return
    if not playbook.key("also").is_written:
        yield Flaw(goes_on.at, "takes nothing and tells nobody; add also", fatal=False, on_key=True)
    keys = [key for key in (*_OF_CASES, "digest") if key != "sample"]
    yield from _idle(playbook, keys, "a playbook that continues opens no cases")


_CONDITIONS = {
    "sentiment": "negative",
    "topics": "recall",
    "words": "[lasi, sirpale]",
    "regex": r"'\bALV\b'",
    "language": "fi",
    "source": "mastodon",
    "kind": "review",
    "rating": "{at_most: 2}",
    "reach": "{at_least: 1000}",
    "author": "new",
    "to_person": "true",
    "time": '"22:00-07:00"',
    "weekday": "sat",
    "open": "office",
    "all": "[{language: fi}, {question: true}]",
    "any": "[{topics: recall}, {words: lasi}]",
}
"""Keys of a match that may be written empty, each with what one writes there."""
_IN_ORDER = ("acknowledge_within", "respond_within", "resolve_within")
"""A case is taken, answered and closed in this order."""
_HOLDS_BACK = {
    "quiet_hours": "nobody would be called in these hours",
    "sample": "most of its posts would open no case",
    "at_most": "what its author writes next would open no case",
    "digest": "its posts would open no case",
}
_OF_CASES = (
    "acknowledge_within",
    "respond_within",
    "resolve_within",
    "update_within",
    "escalate",
    "repeat",
    "quiet_hours",
    "sample",
    "at_most",
)
"""Keys that say how a case is handled, or which posts open one."""


def _unknown(spot: Spot, names: frozenset[str] | None, word: str, section: str) -> Iterator[Flaw]:
    if spot.text is not None and names is not None and spot.text not in names:
        message = f"no {word} has this name; {nearest(spot.text, names)} ({word}s are named under {section})"
        yield Flaw(spot.at, message, quotes=True)


def _never_reached(root: Spot, known: Known) -> Iterator[Flaw]:
    del known
    playbooks = root.key("playbooks").each()
    takers = {index for index, one in enumerate(playbooks) if not one.key("continue").is_written}
    greedy = [
        index for index, one in enumerate(playbooks) if index in takers and one.key("match").value == {}
    ]
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
    web = root.key("web")
    for channel in root.key("channels").each():
        secret = channel.key("signing_secret")
        if secret.is_written and web.value is not None and is_off(web.value):
            message = "Slack sends presses to the page, and web is off; give web a listen address"
            yield Flaw(secret.at, message, fatal=False, on_key=True)
    for _, team in root.key("teams").entries():
        if isinstance(team.value, dict) and not team.key("channel").is_written:
            message = 'Slack is configured, but this team has no channel; add channel: "#name"'
            yield Flaw(team.at, message, fatal=False, on_key=True)


def _on_rotas(root: Spot) -> Iterator[str]:
    for _, team in root.key("teams").entries():
        people = (person for layer in layers_of(team) for person in layer.key("people").each())
        yield from (name for person in people if (name := person.text))


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
    return as_written or (might and holds_asked(text, asked_phrase(phrase)))


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


def _purpose(root: Spot, known: Known) -> Iterator[Flaw]:
    """Ask what figures by person are for, where nobody wrote it."""
    del known
    figures = root.key("people_figures")
    if figures.is_written and not is_off(figures.value) and not figures.key("purpose").is_written:
        message = 'figures by person need a purpose; write people_figures: {purpose: "what they are for"}'
        yield Flaw(figures.at, message, fatal=False, on_key=True)


_IDLE = {
    "people.*.email": "does nothing here: no channel sends e-mail, and no rota is kept in another calendar",
}
"""Keys that are understood and may do nothing; `*` stands for every entry."""


def _not_built(root: Spot, known: Known) -> Iterator[Flaw]:
    """Name what does nothing yet, so that nobody relies on it."""
    del known
    feeds = any(
        layer.key("ical").is_written for _, team in root.key("teams").entries() for layer in layers_of(team)
    )
    mails = any(channel.key("kind").value == "email" for channel in root.key("channels").each())
    for pattern, message in _IDLE.items():
        if (
            feeds or mails
        ) and pattern == "people.*.email":  # it names the person in a calendar, or is written to
            continue
        for spot in _spots(root, pattern.split(".")):
            if spot.is_written and spot.value != {}:
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
    _mailed,
    _people,
    _handles,
    _teams,
    _rotas,
    _calendars,
    _playbooks,
    _without_handles,
    _autoreplies,
    _crisis,
    _who_is_told,
    _targets,
    _never_reached,
    _nobody,
    _slack,
    _sent,
    _muted,
    _model,
    _not_built,
    _purpose,
)
