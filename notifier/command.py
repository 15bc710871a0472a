"""What somebody types after `/vaste`, read: what they want, of whom, from when until when. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from notifier.channel import Person
from notifier.moments import NotUnderstood, Period, read_times

MOST_WORDS: Final = 40
_VERBS: Final[tuple[tuple[str, str, str], ...]] = (
    # the longest first: "ota vuoro" before "ota"; a sentence that begins with one of them is meant
    ("help", "en", "help|?|commands"),
    ("help", "fi", "apua|ohje|ohjeet|komennot"),
    ("help", "sv", "hjälp|kommandon"),
    ("on_call", "en", "who is on call|who's on call|on-call|oncall|on call|who|duty"),
    ("on_call", "fi", "kuka on vuorossa|kuka päivystää|vuorossa|vuorot|päivystys|päivystäjä|kuka"),
    ("on_call", "sv", "vem har jour|vem har jouren|jour|jouren|vem"),
    ("take", "en", "i will take over|i'll take over|i take over|take over|takeover|i take|take|cover"),
    ("take", "fi", "otan vuoron|ota vuoro|ottaa vuoron|otan|ota|tuuraan|tuuraa"),
    ("take", "sv", "jag tar över|tar över|ta över|jag tar|ta"),
    ("swap", "en", "swap shifts|swap|switch|trade"),
    ("swap", "fi", "vaihda vuoro|vaihdan vuoroa|vaihdan vuoron|vaihda|vaihdan|vaihto"),
    ("swap", "sv", "byt jour|jag byter|byt|byter|byta"),
    ("mine", "en", "my cases|mine|my"),
    ("mine", "fi", "omat tapaukset|omat|minun|mun"),
    ("mine", "sv", "mina ärenden|mina|mitt"),
    ("stats", "en", "stats|statistics|figures|numbers"),
    ("stats", "fi", "luvut|tilastot|tilasto"),
    ("stats", "sv", "statistik|statistiken|siffror|siffrorna"),
    ("coverage", "en", "coverage|sources"),
    ("coverage", "fi", "kattavuus|lähteet|näkyvyys"),
    ("coverage", "sv", "täckning|täckningen|källor|källorna"),
    ("cancel", "en", "cancel|undo"),
    ("cancel", "fi", "peru|peruuta"),
    ("cancel", "sv", "avboka|ångra"),
)
_BY_WORDS: Final = sorted(
    ((written, verb, language) for verb, language, all_of in _VERBS for written in all_of.split("|")),
    key=lambda one: -len(one[0]),
)
_FILLERS: Final = frozenset(
    "with kanssa med my minun mina vuoro vuoron vuoroa vuorot shift shifts duty jour jouren team teamet tiimi "  # noqa: SIM905  # words read best as words
    "tiimin tiimissä laget over över please kiitos tack me minä jag is has now nyt nu ? of för".split()
)
_MENTION = re.compile(r"<@([UW][A-Z0-9]{2,})(?:\|[^>]*)?>")
_HALF_DAY = re.compile(r"(\d) (am|pm)\b", re.IGNORECASE)
_NUMBER = re.compile(r"#?(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody wants."""

    verb: str
    """`help`, `on_call`, `take`, `swap`, `mine`, `stats`, `coverage` or `cancel`."""
    names: tuple[str, ...] = ()
    """People and teams, as they were typed."""
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    number: int | None = None
    """Of what is to be cancelled."""


@dataclass(frozen=True, slots=True)
class Named:
    """Whom and what the names of a command mean."""

    people: tuple[str, ...]
    """Keys, each once."""
    teams: tuple[str, ...]


def read_command(written: str, *, zone: ZoneInfo, now: datetime) -> Command:
    """Read a command; nothing at all asks for help. Raises NotUnderstood."""
    text = _HALF_DAY.sub(r"\1\2", " ".join(written.split()))
    if not text:
        return Command("help")
    verb, language, rest = _verb(text)
    words = rest.split()[:MOST_WORDS]
    if verb == "cancel":
        found = _NUMBER.fullmatch(words[0]) if len(words) == 1 else None
        if found is None:
            raise NotUnderstood("no_number", rest)
        return Command(verb, number=int(found[1]))
    words = [word for word in (one.strip(",;!") for one in words) if word and word.casefold() not in _FILLERS]
    period, names = read_times(words, language=language, zone=zone, now=now)
    if verb in {"mine", "help"}:
        period, names = Period(None, None), []
    return Command(verb, tuple(names), period.begins_at, period.ends_at)


def _verb(text: str) -> tuple[str, str, str]:
    folded = text.casefold()
    for written, verb, language in _BY_WORDS:
        if folded == written or folded.startswith(f"{written} ") or folded == f"{written}?":
            return verb, language, text[len(written) :].strip(" ?")
    raise NotUnderstood("unknown", text.split(maxsplit=1)[0])


def named(names: Iterable[str], people: Mapping[str, Person], teams: Collection[str]) -> Named:
    """Say whom names mean: keys, first or whole names, mentions, also inflected; raises NotUnderstood.

    What is nobody's name, or more than one person's, is told with the word that was typed.
    """
    found: list[tuple[str, list[str]]] = []
    chosen: list[str] = []
    for name in names:
        team = next((one for one in teams if one.casefold() == name.casefold().lstrip("#")), None)
        fitting = _people_called(name, people) if team is None else []
        if team is not None:
            chosen.append(team)
        elif not fitting:
            raise NotUnderstood("nobody", name)
        elif found and (both := [key for key in fitting if key in found[-1][1]]):
            # a first name and then a last one
            found[-1] = f"{found[-1][0]} {name}", both
        else:
            found.append((name, fitting))
    for name, fitting in found:
        if len(fitting) > 1:
            raise NotUnderstood("ambiguous", name)
    return Named(tuple(dict.fromkeys(keys[0] for _, keys in found)), tuple(dict.fromkeys(chosen)))


def _people_called(name: str, people: Mapping[str, Person]) -> list[str]:
    mention = _MENTION.fullmatch(name)
    if mention:
        return [key for key, person in people.items() if person.slack == mention[1]]
    wanted = name.casefold().lstrip("@")
    exact = [key for key, person in people.items() if wanted in _names_of(key, person)]
    if exact or len(wanted) < 3:  # noqa: PLR2004  # two letters are no inflected name
        return exact
    return [
        key
        for key, person in people.items()
        if any(len(one) > 1 and _is_inflected(wanted, one) for one in _names_of(key, person))
    ]


def _names_of(key: str, person: Person) -> set[str]:
    return {key.casefold(), *person.name.casefold().split()}


def _is_inflected(word: str, name: str) -> bool:
    """Say whether a word may be a name with a Finnish or Swedish ending: Ainon, Benin, Carolle, Bens."""
    endings = {"n", "in", "lle", "ille", "lta", "ilta", "a", "ia", "ä", "iä", "s", "hin"}
    return word.startswith(name) and word[len(name) :] in endings
