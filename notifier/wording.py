"""Cards and pages in words: Finnish, Swedish and English, once for every channel.

Pure: the same content gives the same words, and no clock is read. Nothing here knows a vendor: a wording is
a headline, parts in order, and buttons; each channel draws those in its own way.

Customers' texts leave here cleaned (no control characters, no direction overrides, no lone surrogates) and
cut, but not escaped: escaping belongs to the medium. A part that holds words of outsiders says so
(`foreign`), and no channel may read markup in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import Formatter
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import regex
from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_time
from babel.numbers import format_decimal
from babel.units import format_unit

from casebook.draft import fill
from casebook.promise import Promise
from notifier.channel import Card, Gathering, Page, Person, Tongue
from notifier.crisis_words import CRISIS_WORDS, STEPS, bars

LANGUAGES = ("fi", "sv", "en")
_LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}

QUOTE_LENGTH = 1500
FOLLOW_UP_LENGTH = 600
REASON_LENGTH = 600
MANDATE_LENGTH = 800
DRAFT_LENGTH = 1500
DRAFTS_LENGTH = 4500
STEP_LENGTH = 200
STEPS_SHOWN = 15
DRAFTS_SHOWN = 6
NAME_LENGTH = 80
PEOPLE_SHOWN = 20
URL_LENGTH = 2000
TONE_LENGTH = 30
PROMISES_SHOWN = 5
COPIED_LINK_LENGTH = 300

# ---------------------------------------------------------------------------------------------------------
# Values


@dataclass(frozen=True, slots=True)
class Span:
    """Some words of a line, all alike."""

    text: str
    strong: bool = False
    url: str | None = None
    """An http(s) address that these words open; checked by `safe_url`."""
    slack: str | None = None
    """These words name a person whom Slack can mention by this member id."""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """A line."""

    line: Line
    foreign: bool = False
    """It holds words of outsiders: no channel may read markup in it."""
    quiet: bool = False
    """Background, drawn smaller where the channel can."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A customer's own words."""

    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value, drawn beside other facts."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A few facts side by side."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """A short list to go through."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to copy."""

    label: str
    text: str


Part = Say | Quote | Facts | Steps | Draft


@dataclass(frozen=True, slots=True)
class Button:
    """One thing that can be done to the case; `action` is the Act's verb."""

    action: str
    label: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Worded:
    """A message in words, before any medium."""

    summary: Line
    """One line that says it all: a notification, or one line of a terminal."""
    parts: tuple[Part, ...]
    """What stands above the buttons."""
    headline: str | None = None
    severity: str | None = None
    buttons: tuple[Button, ...] = ()
    more: tuple[Part, ...] = ()
    """What stands below the buttons."""
    case: int | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """The words of the question where a customer was answered."""

    title: str
    options: tuple[tuple[str, str], ...]
    """(value of the Act's `where`, label)."""
    submit: str
    skip: str


# ---------------------------------------------------------------------------------------------------------
# The words

_WORDS: dict[str, dict[str, str]] = {
    "fi": {
        "severity.critical": "Kriittinen",
        "severity.high": "Kiireellinen",
        "severity.normal": "Tavallinen",
        "severity.low": "Vähäinen",
        "status.acknowledged": "Otettu",
        "status.responded": "Vastattu",
        "status.closed": "Suljettu",
        "status.dismissed": "Väärä hälytys",
        "status.merged": "Yhdistetty",
        "status.again": "Asiakas odottaa taas",
        "case": "tapaus {case}",
        "at": "klo {time}",
        "on": "{date} klo {time}",
        "time": "{time}",
        "date": "{date} klo {time}",
        "on_call": "Vuorossa {people}. Kukaan ei ole vielä ottanut tätä.",
        "called": "Vuorossa {people}.",
        "untaken": "Kukaan ei ole vielä ottanut tätä.",
        "together": "Tätä ei hoida kukaan yksin: päättämiseen tarvitaan kaksi ihmistä.",
        "end_asked": "{who} päättäisi tämän. Toisen ihmisen on vielä painettava.",
        "promised": "🤝 Luvattu: {what}, {moment} mennessä ({by}).",
        "promise.kept": " ✓ pidetty",
        "promise.broken": " ⚠ ei pidetty ajoissa",
        "promise.what.answer": "vastaus",
        "promise.what.send": "lähetys",
        "promise.what.refund": "hyvitys",
        "promise.what.call": "soitto",
        "promise.what.fix": "korjaus",
        "promise.what.other": "muuta",
        "calls_at": "Kukaan ei ole vielä ottanut tätä. Päivystäjä hälytetään {moment}.",
        "nobody_on_call": "Kukaan ei ole nyt päivystysvuorossa. Ota tämä, jos näet sen.",
        "nobody_took_it": "Kaikki hälytettiin, eikä kukaan ottanut tätä.",
        "had_by": "Tämä oli jo otettu ({owner}), mutta siitä ei kuulunut mitään: ottajaa haetaan uudelleen.",
        "snoozed": "Lykätty, tähän palataan {moment}.",
        "took": "{owner} otti tämän {moment}.",
        "owner": "Hoitaa: {owner}.",
        "answered": "Vastattu {moment}, asiakas odotti {waited}.",
        "answered_by": "{by} vastasi {moment}, asiakas odotti {waited}.",
        "manual": "Merkitty käsin.",
        "again": "Asiakas kirjoitti uudelleen ja odottaa vastausta.",
        "deleted": "Asiakas poisti julkaisun (huomattu {moment}). Vastausta ei enää odoteta, eikä ketään enää hälytetä.",
        "missing.deleted": "(asiakas on poistanut julkaisun)",
        "missing.expired": "(teksti on poistettu, koska sen säilytysaika päättyi)",
        "edited": "muokattu, huomattu {moment}",
        "times": "{n} kerta 30 päivässä.",
        "times_answered": "{n} kerta 30 päivässä; viimeksi vastasimme {waited}.",
        "in.second": "{n} sekunnissa",
        "in.minute": "{n} minuutissa",
        "in.hour": "{n} tunnissa",
        "in.day": "{n} päivässä",
        "merged": "Sama asia: jatkuu tapauksessa {into}.",
        "closed": "Suljettu {moment}.",
        "closed_once": "Suljettu.",
        "dismissed": "Merkitty vääräksi hälytykseksi {moment}.",
        "dismissed_once": "Merkitty vääräksi hälytykseksi.",
        "withdrawn": "Vastaus oli sittenkin ajoissa: merkintä myöhästymisestä on peruttu.",
        "breach.acknowledge": "Tätä ei otettu ajoissa.",
        "breach.respond": "Asiakkaalle ei vastattu ajoissa.",
        "breach.resolve": "Tapausta ei saatu päätökseen ajoissa.",
        "take_by": "Ota viimeistään",
        "answer_by": "Vastaa viimeistään",
        "update_by": "Kerro tilanne viimeistään",
        "met": "✓ ajoissa",
        "passed": "⚠ ylittyi",
        "late": "⚠ {late} myöhässä",
        "followers.one": "{n} seuraaja",
        "followers.other": "{n} seuraajaa",
        "open_post": "Avaa julkaisu",
        "posted": "julkaistu {moment}",
        "posts": "Asiakkaalta {n} viestiä.",
        "posts_latest": "Asiakkaalta {n} viestiä, uusin:",
        "why": "Miksi tämä on tässä: {reason}",
        "team": "Tiimi: {team}",
        "mandate": "Valtuutesi",
        "checklist": "Muistilista",
        "draft": "Vastausluonnos ({language}), kopioi ja muokkaa",
        "and_more": "ja {n} muuta",
        "cut": "… [lyhennetty]",
        "no_text": "(ei tekstiä)",
        "no_buttons": "Kortin painikkeita ei voitu näyttää. Kun asiakkaalle vastataan julkisesti, kello pysähtyy itsestään.",
        "button.acknowledge": "Otan tämän",
        "button.replied": "Vastasin",
        "button.close": "Sulje",
        "button.dismiss": "Väärä hälytys",
        "button.reopen": "Avaa uudelleen",
        "button.still": "Hoidan tätä yhä",
        "button.snooze": "Lykkää tunnilla",
        "page.opened": "Uusi tapaus {case}: {severity}, {playbook}.",
        "page.escalated": "Tapaus {case} odottaa yhä ottajaa (porras {step}): {severity}, {playbook}.",
        "page.raised": "Tapaus {case} muuttui vakavammaksi: {severity}, {playbook}.",
        "page.waits_again": "Tapaus {case}: asiakas kirjoitti uudelleen ja odottaa vastausta.",
        "page.reopened": "Tapaus {case} avattiin uudelleen: {severity}, {playbook}.",
        "page.reassigned": "Tapaus {case} siirrettiin sinulle: {severity}, {playbook}.",
        "page.chain_ended": "Tapaus {case}: kaikki hälytettiin, eikä kukaan ottanut tätä.",
        "page.nobody_on_call": "Tapaus {case}: kukaan ei ole nyt päivystysvuorossa.",
        "page.promise": "Tapaus {case}: se mitä asiakkaalle luvattiin, on nyt tehtävä.",
        "page.update": "Tapaus {case}: asiakas odottaa väliaikatietoa. Kerro tilanne julkisesti, tai sulje tapaus, jos asia on valmis.",
        "page.second": "Tapaus {case} odottaa toista ihmistä: katso tilanne ja paina sinäkin, jos asia on kunnossa.",
        "page.repeated": "Tapausta {case} ei ole vieläkään otettu, hälytys alkaa alusta: {severity}, {playbook}.",
        "page.asked": "Tapaus {case} on sinulla, eikä siitä ole kuulunut: hoidatko sitä yhä? {severity}, {playbook}.",
        "page.returned": "Tapaus {case} otettiin, mutta siitä ei kuulunut mitään. Ota sinä tämä: {severity}, {playbook}.",
        "page.snooze_over": "Tapaus {case} palaa, lykkäys päättyi: {severity}, {playbook}.",
        "where.title": "Missä vastasit?",
        "where.public": "Julkisesti",
        "where.direct": "Yksityisviestillä",
        "where.elsewhere": "Muualla",
        "where.submit": "Tallenna",
        "where.skip": "Ohita",
    },
    "sv": {
        "severity.critical": "Kritiskt",
        "severity.high": "Brådskande",
        "severity.normal": "Normalt",
        "severity.low": "Lågt",
        "status.acknowledged": "Taget",
        "status.responded": "Besvarat",
        "status.closed": "Stängt",
        "status.dismissed": "Falskt alarm",
        "status.merged": "Sammanslaget",
        "status.again": "Kunden väntar igen",
        "case": "ärende {case}",
        "at": "kl. {time}",
        "on": "{date} kl. {time}",
        "time": "{time}",
        "date": "{date} kl. {time}",
        "on_call": "Jour: {people}. Ingen har tagit det här ännu.",
        "called": "Jour: {people}.",
        "untaken": "Ingen har tagit det här ännu.",
        "together": "Ingen sköter det här ensam: det krävs två för att avsluta det.",
        "end_asked": "{who} vill avsluta det här. Någon annan måste också trycka.",
        "promised": "🤝 Utlovat: {what}, senast {moment} ({by}).",
        "promise.kept": " ✓ hållet",
        "promise.broken": " ⚠ inte hållet i tid",
        "promise.what.answer": "svar",
        "promise.what.send": "försändelse",
        "promise.what.refund": "återbetalning",
        "promise.what.call": "samtal",
        "promise.what.fix": "rättelse",
        "promise.what.other": "annat",
        "calls_at": "Ingen har tagit det här ännu. Jouren larmas {moment}.",
        "nobody_on_call": "Ingen har jour just nu. Ta det här om du ser det.",
        "nobody_took_it": "Alla har larmats och ingen har tagit det här.",
        "had_by": "Det här var redan taget ({owner}), men inget hördes: någon måste ta det på nytt.",
        "snoozed": "Uppskjutet, tas upp igen {moment}.",
        "took": "{owner} tog det här {moment}.",
        "owner": "Sköts av {owner}.",
        "answered": "Besvarat {moment}, kunden väntade {waited}.",
        "answered_by": "{by} svarade {moment}, kunden väntade {waited}.",
        "manual": "Markerat för hand.",
        "again": "Kunden har skrivit igen och väntar på svar.",
        "deleted": "Kunden tog bort inlägget (upptäckt {moment}). Inget svar väntas längre och ingen larmas mer.",
        "missing.deleted": "(kunden har tagit bort inlägget)",
        "missing.expired": "(texten har raderats eftersom den inte får sparas längre)",
        "edited": "ändrat, upptäckt {moment}",
        "times": "{n} gången på 30 dagar.",
        "times_answered": "{n} gången på 30 dagar; senast svarade vi på {waited}.",
        "in.second": "{n} sekunder",
        "in.minute": "{n} minuter",
        "in.hour": "{n} timmar",
        "in.day": "{n} dagar",
        "merged": "Samma sak: fortsätter i ärende {into}.",
        "closed": "Stängt {moment}.",
        "closed_once": "Stängt.",
        "dismissed": "Markerat som falskt alarm {moment}.",
        "dismissed_once": "Markerat som falskt alarm.",
        "withdrawn": "Svaret kom ändå i tid: anmärkningen om försening har tagits tillbaka.",
        "breach.acknowledge": "Ingen tog det här i tid.",
        "breach.respond": "Kunden fick inte svar i tid.",
        "breach.resolve": "Ärendet blev inte klart i tid.",
        "take_by": "Ta senast",
        "answer_by": "Svara senast",
        "update_by": "Berätta läget senast",
        "met": "✓ i tid",
        "passed": "⚠ passerad",
        "late": "⚠ {late} för sent",
        "followers.one": "{n} följare",
        "followers.other": "{n} följare",
        "open_post": "Öppna inlägget",
        "posted": "publicerat {moment}",
        "posts": "{n} inlägg av kunden.",
        "posts_latest": "{n} inlägg av kunden, det senaste:",
        "why": "Därför är det här: {reason}",
        "team": "Team: {team}",
        "mandate": "Ditt mandat",
        "checklist": "Minneslista",
        "draft": "Utkast till svar ({language}), kopiera och anpassa",
        "and_more": "och {n} till",
        "cut": "… [förkortat]",
        "no_text": "(ingen text)",
        "no_buttons": "Kortets knappar kunde inte visas. När kunden får ett offentligt svar stannar klockan av sig själv.",
        "button.acknowledge": "Jag tar det",
        "button.replied": "Jag har svarat",
        "button.close": "Stäng",
        "button.dismiss": "Falskt alarm",
        "button.reopen": "Öppna igen",
        "button.still": "Jag sköter det ännu",
        "button.snooze": "Skjut upp en timme",
        "page.opened": "Nytt ärende {case}: {severity}, {playbook}.",
        "page.escalated": "Ärende {case} väntar fortfarande på att någon tar det (steg {step}): {severity}, {playbook}.",
        "page.raised": "Ärende {case} har blivit allvarligare: {severity}, {playbook}.",
        "page.waits_again": "Ärende {case}: kunden har skrivit igen och väntar på svar.",
        "page.reopened": "Ärende {case} har öppnats igen: {severity}, {playbook}.",
        "page.reassigned": "Ärende {case} har flyttats till dig: {severity}, {playbook}.",
        "page.chain_ended": "Ärende {case}: alla har larmats och ingen har tagit det.",
        "page.nobody_on_call": "Ärende {case}: ingen har jour just nu.",
        "page.promise": "Ärende {case}: det som kunden blev lovad ska göras nu.",
        "page.update": "Ärende {case}: kunden väntar på besked. Berätta läget offentligt, eller stäng ärendet om saken är klar.",
        "page.second": "Ärende {case} väntar på en andra person: se efter och tryck du också om allt är i ordning.",
        "page.repeated": "Ärende {case} har fortfarande inte tagits, larmet börjar om: {severity}, {playbook}.",
        "page.asked": "Du har ärende {case} och inget har hörts: sköter du det ännu? {severity}, {playbook}.",
        "page.returned": "Ärende {case} togs, men inget har hörts. Ta du det: {severity}, {playbook}.",
        "page.snooze_over": "Ärende {case} är tillbaka, det var uppskjutet till nu: {severity}, {playbook}.",
        "where.title": "Var svarade du?",
        "where.public": "Offentligt",
        "where.direct": "I direktmeddelande",
        "where.elsewhere": "Någon annanstans",
        "where.submit": "Spara",
        "where.skip": "Hoppa över",
    },
    "en": {
        "severity.critical": "Critical",
        "severity.high": "High",
        "severity.normal": "Normal",
        "severity.low": "Low",
        "status.acknowledged": "Taken",
        "status.responded": "Answered",
        "status.closed": "Closed",
        "status.dismissed": "False alarm",
        "status.merged": "Merged",
        "status.again": "The customer waits again",
        "case": "case {case}",
        "at": "at {time}",
        "on": "on {date} at {time}",
        "time": "{time}",
        "date": "{date}, {time}",
        "on_call": "On call: {people}. Nobody has taken this yet.",
        "called": "On call: {people}.",
        "untaken": "Nobody has taken this yet.",
        "together": "Nobody handles this alone: it takes two to end it.",
        "end_asked": "{who} would end this. Somebody else must press too.",
        "promised": "🤝 Promised: {what}, by {moment} ({by}).",
        "promise.kept": " ✓ kept",
        "promise.broken": " ⚠ not kept in time",
        "promise.what.answer": "an answer",
        "promise.what.send": "a parcel",
        "promise.what.refund": "a refund",
        "promise.what.call": "a call",
        "promise.what.fix": "a repair",
        "promise.what.other": "something else",
        "calls_at": "Nobody has taken this yet. Whoever is on call is called {moment}.",
        "nobody_on_call": "Nobody is on call right now. Please take this if you see it.",
        "nobody_took_it": "Everybody was called and nobody took this.",
        "had_by": "This had been taken ({owner}), but nothing was heard of it: somebody must take it again.",
        "snoozed": "Put off; it comes back {moment}.",
        "took": "{owner} took this {moment}.",
        "owner": "Handled by {owner}.",
        "answered": "Answered {moment}; the customer waited {waited}.",
        "answered_by": "{by} answered {moment}; the customer waited {waited}.",
        "manual": "Marked by hand.",
        "again": "The customer wrote again and is waiting for an answer.",
        "deleted": "The customer deleted the post (found {moment}). No answer is expected any more, and nobody is called.",
        "missing.deleted": "(the customer has deleted the post)",
        "missing.expired": "(the text was erased: it may not be kept for longer)",
        "edited": "edited, found {moment}",
        "times": "{n} time in 30 days.",
        "times_answered": "{n} time in 30 days; last time we answered in {waited}.",
        "in.second": "{n} seconds",
        "in.minute": "{n} minutes",
        "in.hour": "{n} hours",
        "in.day": "{n} days",
        "merged": "The same matter: it goes on in case {into}.",
        "closed": "Closed {moment}.",
        "closed_once": "Closed.",
        "dismissed": "Marked as a false alarm {moment}.",
        "dismissed_once": "Marked as a false alarm.",
        "withdrawn": "The answer was in time after all: the missed deadline is withdrawn.",
        "breach.acknowledge": "This was not taken in time.",
        "breach.respond": "The customer was not answered in time.",
        "breach.resolve": "The case was not settled in time.",
        "take_by": "Take by",
        "answer_by": "Answer by",
        "update_by": "Give news by",
        "met": "✓ in time",
        "passed": "⚠ missed",
        "late": "⚠ {late} late",
        "followers.one": "{n} follower",
        "followers.other": "{n} followers",
        "open_post": "Open the post",
        "posted": "posted {moment}",
        "posts": "{n} posts from the customer.",
        "posts_latest": "{n} posts from the customer, the latest:",
        "why": "Why this is here: {reason}",
        "team": "Team: {team}",
        "mandate": "Your mandate",
        "checklist": "Checklist",
        "draft": "Draft reply ({language}), copy and adapt",
        "and_more": "and {n} more",
        "cut": "… [shortened]",
        "no_text": "(no text)",
        "no_buttons": "The card's buttons could not be shown. A public answer to the customer stops the clock by itself.",
        "button.acknowledge": "I'll take it",
        "button.replied": "I replied",
        "button.close": "Close",
        "button.dismiss": "False alarm",
        "button.reopen": "Reopen",
        "button.still": "Still on it",
        "button.snooze": "Put off for an hour",
        "page.opened": "New case {case}: {severity}, {playbook}.",
        "page.escalated": "Case {case} still waits for somebody to take it (step {step}): {severity}, {playbook}.",
        "page.raised": "Case {case} has become more serious: {severity}, {playbook}.",
        "page.waits_again": "Case {case}: the customer wrote again and is waiting for an answer.",
        "page.reopened": "Case {case} was reopened: {severity}, {playbook}.",
        "page.reassigned": "Case {case} was handed to you: {severity}, {playbook}.",
        "page.chain_ended": "Case {case}: everybody was called and nobody took it.",
        "page.nobody_on_call": "Case {case}: nobody is on call right now.",
        "page.promise": "Case {case}: what the customer was promised is due now.",
        "page.update": "Case {case}: the customer waits for news. Say in public how things stand, or close the case if it is settled.",
        "page.second": "Case {case} waits for a second person: have a look, and press too if all is well.",
        "page.repeated": "Case {case} has still not been taken, so the calls begin again: {severity}, {playbook}.",
        "page.asked": "You have case {case} and nothing was heard of it: are you still on it? {severity}, {playbook}.",
        "page.returned": "Case {case} was taken, but nothing was heard of it. Please take it: {severity}, {playbook}.",
        "page.snooze_over": "Case {case} is back, it was put off until now: {severity}, {playbook}.",
        "where.title": "Where did you reply?",
        "where.public": "In public",
        "where.direct": "By direct message",
        "where.elsewhere": "Elsewhere",
        "where.submit": "Save",
        "where.skip": "Skip",
    },
}

_SEVERITY_SIGNS = {"critical": "🔴", "high": "🟠", "normal": "🔵", "low": "⚪"}
_STATUS_SIGNS = {"acknowledged": "✋", "responded": "✅", "closed": "🔒", "dismissed": "🚫", "merged": "🔗"}
_ENDED = frozenset({"closed", "dismissed", "merged"})
_BUTTONS = {
    "open": ("acknowledge", "replied", "close", "dismiss"),
    "acknowledged": ("acknowledge", "replied", "close", "dismiss"),
    "responded": ("close",),
    "closed": ("reopen",),
    "dismissed": ("reopen",),
}

# ---------------------------------------------------------------------------------------------------------
# Hostile text

# Direction overrides, isolates and marks, the byte-order mark: they reorder or hide what stands round them.
_TREACHEROUS = regex.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
_BREAKS = regex.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
for _tongue, _words in CRISIS_WORDS.items():
    _WORDS[_tongue] |= _words

# Cc: control characters; Cs: lone surrogates; Cn: what no standard names. Newlines stay.
_NOT_TEXT = regex.compile(r"(?!\n)[\p{Cc}\p{Cs}\p{Cn}]")
# Real writing stacks a few marks on a letter; hundreds of them climb over the lines above.
_TOWER = regex.compile(r"(\p{M}{8})\p{M}+")
# U+2800, U+3164 and the like are letters or signs by their class, but show nothing.
_VISIBLE = regex.compile(r"[^\s\p{C}\p{Z}\p{M}\u115f\u1160\u2800\u3164\uffa0]")
_GRAPHEME = regex.compile(r"\X")
_SLACK_ID = regex.compile(r"(?:slack:)?([UW][A-Z0-9]{2,})")
_NO_HANDLE = regex.compile(r"[^\p{L}\p{M}\p{N}_.@-]")
_NO_NAME = regex.compile(r"[^\p{L}\p{M}\p{N} '’.-]|\.(?=\S)")
_IN_URL = regex.compile(r"[^\s<>|\"'`\\^{}\p{C}\p{Z}]+")


def clean(text: str) -> str:
    """Give the text without what is no text: control characters, lone surrogates, direction overrides.

    Newlines stay, at most one empty line in a row; a text with nothing visible comes back empty.
    """
    text = _BREAKS.sub("\n", text).replace("\t", " ")
    text = _TOWER.sub(r"\1", _TREACHEROUS.sub("", _NOT_TEXT.sub("", text)))
    text = regex.sub(r"\n\s*\n\s*\n", "\n\n", text).strip()
    return text if _VISIBLE.search(text) else ""


def clean_line(text: str) -> str:
    """Give the cleaned text on one line."""
    return " ".join(clean(text).split())


def units(text: str) -> int:
    """Length in UTF-16 units, the strictest way in which a vendor may count."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, length: int, sign: str = "…") -> str:
    """Give the text in at most `length` UTF-16 units, cut between graphemes, with a sign that it was cut.

    A family emoji or an accented letter is shown whole or not at all. The sign is part of the length, and
    left out where it would not fit.
    """
    if units(text) <= length:
        return text
    if units(sign) >= length:
        sign = ""
    room, kept = length - units(sign), []
    for found in _GRAPHEME.finditer(text):
        room -= units(found[0])
        if room < 0:
            break
        kept.append(found[0])
    # One endless grapheme (thousands of joined signs) is shown in part rather than not at all.
    shown = "".join(kept).rstrip() or text[: (length - units(sign)) // 2]
    return shown + sign


def safe_url(url: str | None) -> str | None:
    """Give the address if it can be a link: http or https, a host, and no character that ends a link."""
    if not url or len(url) > URL_LENGTH or not _IN_URL.fullmatch(url) or clean(url) != url:
        return None
    try:
        parts = urlsplit(url)
        reachable = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # a broken IPv6 address
        return None
    return url if reachable else None


# ---------------------------------------------------------------------------------------------------------
# Small words


def _say(tongue: Tongue, word: str) -> str:
    return _WORDS.get(tongue.language, _WORDS["en"])[word]


def _locale(tongue: Tongue) -> str:
    return _LOCALES.get(tongue.language, _LOCALES["en"])


def _fill(template: str, **values: str | Line) -> Line:
    """Put values into a template; braces in the values stay what they are."""
    spans: list[Span] = []
    for literal, name, _, _ in Formatter().parse(template):
        if literal:
            spans.append(Span(literal))
        if name is not None:
            value = values[name]
            spans.extend((Span(value),) if isinstance(value, str) else value)
    return tuple(spans)


def plain(line: Line) -> str:
    """The line's words alone."""
    return "".join(span.text for span in line)


def _moment(at: datetime, card: Card, tongue: Tongue, *, bare: bool = False) -> str:
    """Local time of an instant, with its date when that is not the day the case opened."""
    time = format_time(at, "short", tzinfo=tongue.zone, locale=_locale(tongue))
    day, opened = _day(at, tongue.zone), _day(card.opened_at, tongue.zone)
    if day == opened:
        return _say(tongue, "time" if bare else "at").format(time=time)
    skeleton = "MMMEd" if day[0] == opened[0] else "yMMMd"
    date = format_skeleton(skeleton, at, tzinfo=tongue.zone, locale=_locale(tongue))
    return _say(tongue, "date" if bare else "on").format(date=date, time=time)


def _day(at: datetime, zone: ZoneInfo) -> tuple[int, int, int]:
    local = at.astimezone(zone)
    return local.year, local.month, local.day


def _duration(length: timedelta, tongue: Tongue) -> str:
    """A duration in its two largest units: `2 d 3 h`, `1 h 12 min`, `4 min 10 s`."""
    seconds = max(0, int(length.total_seconds()))
    counts = []
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        counts.append((count, unit))
    first = next((place for place, (count, _) in enumerate(counts) if count), len(counts) - 1)
    shown = [pair for pair in counts[first : first + 2] if pair[0]] or [counts[-1]]
    return " ".join(format_unit(count, unit, length="short", locale=_locale(tongue)) for count, unit in shown)


def _counted(count: int, word: str, tongue: Tongue) -> str:
    form = Locale.parse(_locale(tongue)).plural_form(count)
    number = format_decimal(count, locale=_locale(tongue))
    return _say(tongue, f"{word}.{'one' if form == 'one' else 'other'}").format(n=number)


def _named(text: str | None, length: int = NAME_LENGTH) -> str:
    return cut(clean_line(text or ""), length)


def _severity(card: Card, tongue: Tongue) -> str:
    word = f"severity.{card.severity}"
    return _say(tongue, word) if word in _WORDS["en"] else _named(card.severity)


def _who(person: Person) -> Span:
    found = _SLACK_ID.fullmatch(person.slack or "")
    name = _named(person.name) or _named(person.key) or "?"
    return Span(name, strong=True, slack=found[1] if found else None)


def _people(people: Sequence[Person], tongue: Tongue) -> Line:
    spans: list[Span] = []
    for person in people[:PEOPLE_SHOWN]:
        spans += [Span(", "), _who(person)] if spans else [_who(person)]
    if len(people) > PEOPLE_SHOWN:
        spans.append(Span(" " + _say(tongue, "and_more").format(n=len(people) - PEOPLE_SHOWN)))
    return tuple(spans)


def _owner(card: Card) -> Line:
    """Who has it; a Slack id that belongs to nobody we know is shown as Slack shows its members."""
    found = _SLACK_ID.fullmatch(card.owner or "")
    return (Span(_named(card.owner) or "?", strong=True, slack=found[1] if found else None),)


def _language(code: str, tongue: Tongue) -> str:
    try:
        return Locale.parse(code).get_language_name(_locale(tongue)) or _named(code)
    except (UnknownLocaleError, ValueError):
        return _named(code)


# ---------------------------------------------------------------------------------------------------------
# The card


def word(content: Card | Page, tongue: Tongue, *, in_full: bool = True, room: float = 1.0) -> Worded:
    """Put a card or a page into words.

    `in_full` False words a page as an answer under its card, which shows the rest. `room` (0..1) shortens
    the long texts for a channel that could not hold them.
    """
    if isinstance(content, Page):
        return _word_page(content, tongue, in_full=in_full, room=room)
    return _word_card(content, tongue, room=room)


def word_where(tongue: Tongue) -> Where:
    """Give the words of the question after Replied: where was the customer answered."""
    options = tuple((value, _say(tongue, f"where.{value}")) for value in ("public", "direct", "elsewhere"))
    return Where(
        title=_say(tongue, "where.title"),
        options=options,
        submit=_say(tongue, "where.submit"),
        skip=_say(tongue, "where.skip"),
    )


def word_no_buttons(tongue: Tongue) -> str:
    """What to tell people whose channel refused the buttons."""
    return _say(tongue, "no_buttons")


def word_quoted(text: str, tongue: Tongue) -> str:
    """Put a text between the language's own quotation marks."""
    return f"“{text}”" if tongue.language == "en" else f"”{text}”"


def word_missing(missing: str, tongue: Tongue) -> str:
    """Say why words of a post are not shown any more."""
    return _say(tongue, f"missing.{missing}" if f"missing.{missing}" in _WORDS["en"] else "no_text")


def word_open_post(tongue: Tongue) -> str:
    """Give the words that open a post."""
    return _say(tongue, "open_post")


def word_duration(length: timedelta, tongue: Tongue) -> str:
    """Give a duration in its two largest units."""
    return _duration(length, tongue)


def locale_of(tongue: Tongue) -> str:
    """Give the locale of dates and numbers."""
    return _locale(tongue)


def _word_card(card: Card, tongue: Tongue, *, room: float) -> Worded:
    standing = _standing(card, tongue)
    parts: list[Part] = [Say(line) for line in standing]
    parts += [Say(_promised(promise, card, tongue)) for promise in card.promises[-PROMISES_SHOWN:]]
    if card.together and card.status not in _ENDED:
        parts.append(Say(_fill(_say(tongue, "together"))))
    parts += _gathered(card, tongue)
    parts += [_said(card.text, card.missing, QUOTE_LENGTH, tongue, room), _byline(card, tongue)]
    parts += _history(card, tongue)
    parts += _follow_ups(card, tongue, room)
    parts += _facts(card, tongue)
    return Worded(
        summary=_summary(card, standing, tongue),
        headline=_headline(card, tongue),
        severity=card.severity,
        parts=tuple(parts),
        buttons=_buttons(card, tongue),
        more=(*_procedure(card, tongue, room), *_background(card, tongue)),
        case=card.case,
    )


def _headline(card: Card, tongue: Tongue) -> str:
    what = _say(tongue, "crisis") if card.gathering else _named(card.playbook)
    names = f"{_severity(card, tongue)} · {what} · {_case(card, tongue)}"
    if card.status in _STATUS_SIGNS:
        again = card.waits_again and card.status == "acknowledged"
        status = _say(tongue, "status.again" if again else f"status.{card.status}")
        return f"{'🔁' if again else _STATUS_SIGNS[card.status]} {status} · {names}"
    return f"{_SEVERITY_SIGNS.get(card.severity, '🔵')} {names}"


def _case(card: Card, tongue: Tongue) -> str:
    return _say(tongue, "case").format(case=card.case)


def _summary(card: Card, standing: list[Line], tongue: Tongue) -> Line:
    """The news in one line: for an open case what it is, afterwards what became of it."""
    if card.status not in _STATUS_SIGNS:
        whose = "" if card.gathering else f" · @{_named(card.author)}"
        what = (Span(f"{_headline(card, tongue)}{whose}."), *_count_line(card, tongue))
        return sum(((Span(" "), *line) for line in standing), what)
    return (Span(f"{_case(card, tongue)}: "), *standing[-1])


def _standing(card: Card, tongue: Tongue) -> list[Line]:
    """Who must act, who has it, what became of it: in the order in which it happened."""
    lines = _untaken(card, tongue) if _is_untaken(card) else _taken(card, tongue)
    if card.snoozed_until is not None:
        lines.append(_fill(_say(tongue, "snoozed"), moment=_moment(card.snoozed_until, card, tongue)))
    lines += [_fill(_say(tongue, f"breach.{kind}")) for kind in _unshown_breaches(card)]
    if card.withdrawn:
        lines.append(_fill(_say(tongue, "withdrawn")))
    if card.waits_again:
        lines.append(_fill(_say(tongue, "again")))
    if card.deleted_at is not None:
        lines.append(_fill(_say(tongue, "deleted"), moment=_moment(card.deleted_at, card, tongue)))
    if card.end_asked_by is not None and card.status not in _ENDED:
        lines.append(_fill(_say(tongue, "end_asked"), who=(Span(_named(card.end_asked_by), strong=True),)))
    if card.status in {"closed", "dismissed"}:
        lines.append(_ended(card, tongue))
    if card.merged_into is not None:
        lines.append(_fill(_say(tongue, "merged"), into=str(card.merged_into)))
    if card.crisis is not None:
        lines.append(_fill(_say(tongue, "child"), crisis=str(card.crisis)))
    return lines or [_fill(_say(tongue, "untaken"))]


def _promised(promise: Promise, card: Card, tongue: Tongue) -> Line:
    """What was promised, for when, by whom, and whether it was kept."""
    known = f"promise.what.{promise.what}"
    line = _fill(
        _say(tongue, "promised"),
        what=_say(tongue, known if known in _WORDS["en"] else "promise.what.other"),
        moment=_moment(promise.due_at, card, tongue, bare=True),
        by=(Span(_named(promise.by) or "?", strong=True),),
    )
    return line if promise.state == "open" else (*line, Span(_say(tongue, f"promise.{promise.state}")))


def _is_untaken(card: Card) -> bool:
    return card.owner is None and card.status not in _STATUS_SIGNS


def _untaken(card: Card, tongue: Tongue) -> list[Line]:
    lines: list[Line] = []
    if card.nobody_took_it:
        lines.append(_fill(_say(tongue, "nobody_took_it")))
    elif card.nobody_on_call:
        lines.append(_fill(_say(tongue, "nobody_on_call")))
    elif card.calls_at is not None and card.deleted_at is None:
        lines.append(_fill(_say(tongue, "calls_at"), moment=_moment(card.calls_at, card, tongue)))
    if card.had_by is not None:
        lines.append(_fill(_say(tongue, "had_by"), owner=(Span(_named(card.had_by), strong=True),)))
    if card.on_call and card.deleted_at is None:
        template = _say(tongue, "called" if card.nobody_took_it else "on_call")
        lines.append(_fill(template, people=_people(card.on_call, tongue)))
    return lines


def _taken(card: Card, tongue: Tongue) -> list[Line]:
    lines: list[Line] = []
    if card.owner is not None and card.acknowledged_at is not None:
        moment = _moment(card.acknowledged_at, card, tongue)
        lines.append(_fill(_say(tongue, "took"), owner=_owner(card), moment=moment))
    elif card.owner is not None:
        lines.append(_fill(_say(tongue, "owner"), owner=_owner(card)))
    if card.responded_at is not None:
        lines.append(_answered(card, card.responded_at, tongue))
    if not lines and card.status == "responded":
        lines.append((Span(f"{_say(tongue, 'status.responded')}."),))
    return lines


def _answered(card: Card, at: datetime, tongue: Tongue) -> Line:
    moment, waited = _moment(at, card, tongue), _duration(at - card.posted_at, tongue)
    by = _named(card.responded_by)
    template = _say(tongue, "answered_by" if by else "answered")
    manual = (Span(" " + _say(tongue, "manual")),) if card.response_found == "manual" else ()
    return _fill(template, by=(Span(by, strong=True),), moment=moment, waited=waited) + manual


# ---------------------------------------------------------------------------------------------------------
# Crises


def _count_line(card: Card, tongue: Tongue) -> Line:
    gathering = card.gathering
    return () if gathering is None else (Span(" "), *_gathered_line(gathering, card, tongue))


def _gathered_line(gathering: Gathering, card: Card, tongue: Tongue) -> Line:
    return _fill(
        _say(tongue, "crisis.count"),
        mentions=_counted(gathering.mentions, "mentions", tongue),
        authors=_counted(gathering.authors, "by_authors", tongue),
        first=_moment(gathering.first_at, card, tongue, bare=True),
        last=_moment(gathering.last_at, card, tongue, bare=True),
    )


def _gathered(card: Card, tongue: Tongue) -> list[Part]:
    """How many, in what course, how far they reach, and how many have an answer."""
    gathering = card.gathering
    if gathering is None:
        return []
    lines = [_gathered_line(gathering, card, tongue)]
    if len(gathering.curve) > 1:
        step = _duration(gathering.step, tongue)
        lines.append(_fill(_say(tongue, "crisis.curve"), step=step, bars=bars(gathering.curve)))
    if gathering.peak_at is not None:
        moment = _moment(gathering.peak_at, card, tongue)
        lines.append(_fill(_say(tongue, "crisis.peak"), n=str(gathering.peak), moment=moment))
    lines += _answers(gathering, card, tongue)
    parts: list[Part] = [Say(line) for line in lines]
    if not gathering.is_over:
        parts.append(Say((Span(_say(tongue, "crisis.children")),), quiet=True))
    return [*parts, *_most_read(gathering, tongue), Say((Span(_say(tongue, "crisis.first")),))]


def _answers(gathering: Gathering, card: Card, tongue: Tongue) -> list[Line]:
    lines: list[Line] = []
    if gathering.deserving:
        counts = {"answered": str(gathering.answered), "deserving": str(gathering.deserving)}
        lines.append(_fill(_say(tongue, "crisis.answers"), **counts))
    if gathering.median_wait is not None:
        waited = _duration(gathering.median_wait, tongue)
        lines.append(_fill(_say(tongue, "crisis.median"), waited=waited))
    if gathering.announced_at is not None:
        moment = _moment(gathering.announced_at, card, tongue)
        line = _fill(_say(tongue, "crisis.announced"), moment=moment)
        address = safe_url(gathering.announced_url)
        line = (*line, Span(" "), Span(_say(tongue, "open_post"), url=address)) if address else line
        lines += [line, _fill(_say(tongue, "crisis.covered"), n=str(gathering.covered))]
    return lines


def _most_read(gathering: Gathering, tongue: Tongue) -> list[Part]:
    spans: list[Span] = []
    for url, followers in gathering.reached:
        shown, address = _counted(followers, "followers", tongue), safe_url(url)
        spans += [Span(", ")] if spans else []
        spans.append(Span(shown, url=address))
    return [Say((Span(_say(tongue, "crisis.reached")), *spans))] if spans else []


def _usual_steps(card: Card, tongue: Tongue) -> tuple[str, ...]:
    """What to do in a crisis, where the configuration has no list of its own."""
    if card.gathering is None:
        return ()
    return tuple(_say(tongue, step).format(case=card.case) for step in STEPS)


def _summed_up(card: Card, tongue: Tongue) -> list[Part]:
    """What a crisis was: the summary that it leaves."""
    gathering = card.gathering
    if gathering is None:
        return []
    taken = _say(tongue, "crisis.untaken")
    if gathering.taken_in is not None:
        taken = _say(tongue, "crisis.taken").format(waited=_duration(gathering.taken_in, tongue))
    return [*_gathered(card, tongue)[:-1], Say((Span(taken),))]


def _ended(card: Card, tongue: Tongue) -> Line:
    if card.closed_at is None:
        return _fill(_say(tongue, f"{card.status}_once"))
    return _fill(_say(tongue, card.status), moment=_moment(card.closed_at, card, tongue))


def _unshown_breaches(card: Card) -> list[str]:
    """Breaches that no deadline on the card shows."""
    shown = {"acknowledge": card.acknowledge_by, "respond": card.respond_by}
    return [kind for kind in card.breaches if shown.get(kind) is None and f"breach.{kind}" in _WORDS["en"]]


def _quoted(text: str, length: int, tongue: Tongue, room: float) -> str:
    return cut(clean(text), int(length * room), _say(tongue, "cut")) or _say(tongue, "no_text")


def _said(text: str, missing: str | None, length: int, tongue: Tongue, room: float) -> Part:
    """What the customer said, or why that is not shown any more."""
    if missing is not None and f"missing.{missing}" in _WORDS["en"]:
        return Say((Span(_say(tongue, f"missing.{missing}")),), quiet=True)
    return Quote(_quoted(text, length, tongue, room))


def _history(card: Card, tongue: Tongue) -> list[Part]:
    """How often this customer has needed us lately, and how we did the last time."""
    if card.times < 2:  # noqa: PLR2004 - the first time is no history
        return []
    waited = card.last_answered_in
    template = _say(tongue, "times" if waited is None else "times_answered")
    within = "" if waited is None else _within(waited, tongue)
    return [Say(_fill(template, n=_ordinal(card.times, tongue), waited=within))]


def _within(length: timedelta, tongue: Tongue) -> str:
    """A duration in words and in the largest unit of which there are two: `40 minutes`, not `1 hour`."""
    seconds = max(0, int(length.total_seconds()))
    sizes = (("day", 86_400), ("hour", 3_600), ("minute", 60))
    unit, size = next(((unit, size) for unit, size in sizes if seconds >= 2 * size), ("second", 1))
    return _say(tongue, f"in.{unit}").format(n=format_decimal(seconds // size, locale=_locale(tongue)))


def _ordinal(number: int, tongue: Tongue) -> str:
    last, is_teen = number % 10, number % 100 in {11, 12, 13}
    if tongue.language == "fi":
        return f"{number}."
    if tongue.language == "sv":
        return f"{number}:{'a' if last in {1, 2} and not is_teen else 'e'}"
    return f"{number}{'th' if is_teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th')}"


def _byline(card: Card, tongue: Tongue) -> Say:
    """By whom, with what reach, where, when, and the way there."""
    if card.gathering is not None:  # nobody's in particular
        posted = _say(tongue, "posted").format(moment=_moment(card.gathering.first_at, card, tongue))
        return Say((Span(posted), *_way_there(card, tongue)), foreign=True)
    spans = [Span(f"@{_named(card.author) or '?'}", strong=True)]
    name = _named(card.author_name)
    if name and name != _named(card.author):
        spans.append(Span(f" ({name})"))
    if card.followers is not None:
        spans.append(Span(f" · {_counted(card.followers, 'followers', tongue)}"))
    spans.append(Span(f" · {_named(card.source)}"))
    spans.append(Span(f" · {_say(tongue, 'posted').format(moment=_moment(card.posted_at, card, tongue))}"))
    if card.edited_at is not None:
        edited = _say(tongue, "edited").format(moment=_moment(card.edited_at, card, tongue))
        spans.append(Span(f" · {edited}"))
    return Say((*spans, *_way_there(card, tongue)), foreign=True)


def _way_there(card: Card, tongue: Tongue) -> Line:
    address = safe_url(card.url)
    if address is not None:
        return (Span(" · "), Span(_say(tongue, "open_post"), url=address))
    written = cut(clean_line(card.url or ""), 200)
    return (Span(f" · {written}"),) if written else ()


def _follow_ups(card: Card, tongue: Tongue, room: float) -> list[Part]:
    if card.gathering is not None or (card.mentions <= 1 and card.latest_text is None):
        return []
    number = format_decimal(card.mentions, locale=_locale(tongue))
    if card.latest_text is None:
        return [Say(_fill(_say(tongue, "posts"), n=number))]
    label = _fill(_say(tongue, "posts_latest"), n=number)
    return [Say(label), _said(card.latest_text, card.latest_missing, FOLLOW_UP_LENGTH, tongue, room)]


@dataclass(frozen=True, slots=True)
class _Clock:
    """One deadline and how it stands."""

    label: str
    by: datetime
    done: datetime | None
    is_breached: bool


def _clocks(card: Card) -> list[_Clock]:
    """The card's deadlines; a response satisfies the clock of acknowledging, too."""
    taken_at = min(filter(None, (card.acknowledged_at, card.responded_at)), default=None)
    clocks = []
    if card.acknowledge_by is not None:
        clocks.append(_Clock("take_by", card.acknowledge_by, taken_at, "acknowledge" in card.breaches))
    if card.respond_by is not None:
        clocks.append(_Clock("answer_by", card.respond_by, card.responded_at, "respond" in card.breaches))
    if card.update_by is not None:
        clocks.append(_Clock("update_by", card.update_by, None, card.update_missed))
    return clocks


def _facts(card: Card, tongue: Tongue, *, only_owed: bool = False) -> list[Part]:
    """Both deadlines and how they stand; a case that has ended, or a post taken back, asks nobody to hurry."""
    has_ended = card.status in {"closed", "dismissed"} or card.deleted_at is not None
    facts = tuple(
        Fact(_say(tongue, clock.label), _moment(clock.by, card, tongue, bare=True) + _state(clock, tongue))
        for clock in _clocks(card)
        if not (only_owed and clock.done) and not (has_ended and not clock.done and not clock.is_breached)
    )
    return [Facts(facts)] if facts else []


def _state(clock: _Clock, tongue: Tongue) -> str:
    if clock.done is not None and clock.done > clock.by:
        return "  " + _say(tongue, "late").format(late=_duration(clock.done - clock.by, tongue))
    if clock.done is not None:
        return "  " + _say(tongue, "met")
    return "  " + _say(tongue, "passed") if clock.is_breached else ""


def _buttons(card: Card, tongue: Tongue) -> tuple[Button, ...]:
    return tuple(
        Button(action, _say(tongue, f"button.{action}"), primary=action == "acknowledge")
        for action in _BUTTONS.get(card.status, ())
        if not (action == "acknowledge" and card.owner is not None and card.status != "open")
        and not (action == "replied" and card.gathering is not None)
    )


def _procedure(card: Card, tongue: Tongue, room: float) -> list[Part]:
    """What the person may do, should do, and could say; nothing of it once the customer has an answer."""
    if card.status in {"responded", "closed", "dismissed", "merged"}:
        return []
    parts: list[Part] = []
    mandate = cut(clean(card.mandate or ""), int(MANDATE_LENGTH * room), _say(tongue, "cut"))
    if mandate:
        parts.append(
            Say((Span(f"{_say(tongue, 'mandate')}:", strong=True), Span(f" {mandate}")), foreign=True)
        )
    listed = card.checklist or _usual_steps(card, tongue)
    steps = [_named(step, int(STEP_LENGTH * room)) for step in listed[:STEPS_SHOWN]]
    if len(card.checklist) > STEPS_SHOWN:
        steps.append(_say(tongue, "and_more").format(n=len(card.checklist) - STEPS_SHOWN))
    if any(steps):
        parts.append(Steps(_say(tongue, "checklist"), tuple(filter(None, steps))))
    return parts + _drafts(card, tongue, room)


def _drafts(card: Card, tongue: Tongue, room: float) -> list[Part]:
    """The drafts, those in the customer's own language first: one of them is the one to copy."""
    ordered = sorted(card.drafts, key=lambda draft: draft.language != card.language)[:DRAFTS_SHOWN]
    length = int(min(DRAFT_LENGTH, DRAFTS_LENGTH // max(1, len(ordered))) * room)
    drafts: list[Part] = []
    values = _values(card, tongue)
    for draft in ordered:
        words = cut(clean(fill(draft.text, values)), length, _say(tongue, "cut"))
        if words:
            tone = _named(draft.tone, TONE_LENGTH)
            kind = ", ".join(filter(None, (_language(draft.language, tongue), tone)))
            drafts.append(Draft(_say(tongue, "draft").format(language=kind), words))
    return drafts


def _values(card: Card, tongue: Tongue) -> dict[str, str]:
    """What the placeholders of a draft become; empty where it is not known.

    Whoever copies a draft publishes it under our name: a customer's name must not bring a link, a hashtag or
    a mention of somebody else along.
    """
    author = cut(_NO_HANDLE.sub("", clean_line(card.author)), NAME_LENGTH, "")
    known = _SLACK_ID.fullmatch(card.owner or "") is None
    link = safe_url(card.url) or ""
    return {
        "author": author,
        "author_name": _name_alone(card.author_name) or author,
        "brand": tongue.brand,
        "link": link if units(link) <= COPIED_LINK_LENGTH else "",
        "me": _name_alone(card.owner).partition(" ")[0] if known else "",
    }


def _name_alone(name: str | None) -> str:
    """The letters, digits and few signs that a name is made of; a point only where no address could come of it."""
    letters = _NO_NAME.sub(" ", clean_line(name or ""))
    return cut(" ".join(letters.split()), NAME_LENGTH, "").strip(" -'’.")


def _background(card: Card, tongue: Tongue) -> list[Part]:
    lines: list[Part] = []
    reason = _named(card.reason, REASON_LENGTH)
    if reason:
        lines.append(Say(_fill(_say(tongue, "why"), reason=reason), foreign=True, quiet=True))
    team = _named(card.team)
    if team:
        lines.append(Say(_fill(_say(tongue, "team"), team=team), foreign=True, quiet=True))
    return lines


# ---------------------------------------------------------------------------------------------------------
# Pages


def _word_page(page: Page, tongue: Tongue, *, in_full: bool, room: float) -> Worded:
    """A call to named people: short under its card, enough to act on where it stands alone."""
    card, call = page.card, _call(page, tongue)
    parts: list[Part] = [Say(call)]
    if page.why == "summed_up":
        return Worded(
            (*call, *_count_line(card, tongue)), (*parts, *_summed_up(card, tongue)), case=card.case
        )
    if in_full:
        parts += _gathered(card, tongue)
    if in_full:
        parts += [_said(*_newest(page), QUOTE_LENGTH, tongue, room), _byline(card, tongue)]
    parts += _facts(card, tongue, only_owed=True)
    if not in_full:
        parts += [Say(_way_there(card, tongue)[1:], foreign=True)] if safe_url(card.url) else []
    return Worded(
        summary=(*call, *_deadline(card, tongue)),
        headline=_headline(card, tongue) if in_full else None,
        severity=card.severity,
        parts=tuple(parts),
        buttons=_page_buttons(page, tongue, in_full=in_full),
        more=tuple(_procedure(card, tongue, room)) if in_full else (),
        case=card.case,
    )


def _page_buttons(page: Page, tongue: Tongue, *, in_full: bool) -> tuple[Button, ...]:
    """The card's own where a page stands alone; a question carries its answers wherever it stands."""
    if page.why != "asked":
        return _buttons(page.card, tongue) if in_full else ()
    still = Button("acknowledge", _say(tongue, "button.still"), primary=True)
    later = Button("snooze", _say(tongue, "button.snooze"))
    rest = [button for button in _buttons(page.card, tongue) if button.action != "acknowledge"]
    return (still, later, *rest)


def _newest(page: Page) -> tuple[str, str | None]:
    """What the page is about: the follow-up when the customer waits again, else the first post."""
    card = page.card
    if page.why in {"waits_again", "reopened", "raised"} and card.latest_text is not None:
        return card.latest_text, card.latest_missing
    return card.text, card.missing


def _call(page: Page, tongue: Tongue) -> Line:
    card = page.card
    why = _fill(
        _say(tongue, f"page.{page.why}"),
        case=str(card.case),
        step=str(page.step),
        severity=(Span(_severity(card, tongue), strong=True),),
        playbook=_say(tongue, "crisis") if card.gathering else _named(card.playbook),
    )
    return (*_people(page.people, tongue), Span(" – "), *why) if page.people else why


def _deadline(card: Card, tongue: Tongue) -> Line:
    """The nearest thing that is still owed."""
    if card.respond_by is None or card.responded_at is not None or card.deleted_at is not None:
        return ()
    return (Span(f" {_say(tongue, 'answer_by')} {_moment(card.respond_by, card, tongue, bare=True)}."),)
