"""From a press to an act, and what the presser is told. Pure."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from casebook.act import Act
from casebook.duration import parse_duration
from notifier.channel import Person, Press

VERBS = frozenset({"acknowledge", "replied", "close", "dismiss", "reopen", "reassign", "snooze"})
ASK = "ask"
"""The value of a press that asks to be asked, or to be shown something: nothing comes of it by itself."""
PLACES = frozenset({"public", "direct", "elsewhere", "unsaid"})
SNOOZE = timedelta(hours=1)
"""How long a case is put off where nothing was chosen with the press."""

_TEAM = "team:{}"
_TOLD = {
    "taken": {
        "fi": "Tapaus {case} on jo otettu: {owner}.",
        "sv": "Ärende {case} är redan taget: {owner}.",
        "en": "Case {case} is taken already: {owner}.",
    },
    "ended": {
        "fi": "Tapaus {case} on jo päätetty.",
        "sv": "Ärende {case} är redan avslutat.",
        "en": "Case {case} is closed already.",
    },
    "answered": {
        "fi": "Tapaukseen {case} on jo vastattu.",
        "sv": "Ärende {case} är redan besvarat.",
        "en": "Case {case} is answered already.",
    },
    "not_ended": {
        "fi": "Tapaus {case} on vielä auki.",
        "sv": "Ärende {case} är fortfarande öppet.",
        "en": "Case {case} is still open.",
    },
    "second": {
        "fi": "Tapausta {case} ei päätä kukaan yksin: toisen ihmisen on vielä painettava.",
        "sv": "Ärende {case} avslutas inte av en ensam: någon annan måste också trycka.",
        "en": "Nobody ends case {case} alone: somebody else must press too.",
    },
    "no_time": {
        "fi": "Tapausta {case} voi lykätä enintään 30 päivää, ja vain tulevaan hetkeen.",
        "sv": "Ärende {case} kan skjutas upp högst 30 dagar, och bara till en tid som kommer.",
        "en": "Case {case} can be put off for 30 days at most, and only to a time to come.",
    },
    "crisis": {
        "fi": "Tapaus {case} on kriisi: vastaa sen mainintoihin yksitellen.",
        "sv": "Ärende {case} är en kris: svara på dess omnämnanden ett för ett.",
        "en": "Case {case} is a crisis: answer its mentions one by one.",
    },
    "theirs": {
        "fi": "Tapaus {case} on jo sillä tiimillä, eikä kukaan siitä ole vielä ottanut sitä.",
        "sv": "Ärende {case} är redan hos det teamet, och ingen där har tagit det ännu.",
        "en": "Case {case} is with that team already, and nobody of it has taken it yet.",
    },
    "corrected": {
        "fi": "Kiitos! Luokittelija oppii tästä, kun vaste learn seuraavan kerran ajetaan.",
        "sv": "Tack! Klassificeraren lär sig av det här nästa gång vaste learn körs.",
        "en": "Thank you! The classifier learns from this when vaste learn is next run.",
    },
    "as_said": {
        "fi": "Mitään ei muutettu: luokittelija sanoi samoin.",
        "sv": "Inget ändrades: klassificeraren sade samma sak.",
        "en": "Nothing was changed: the classifier said the same.",
    },
    "missing": {
        "fi": "Tapausta {case} ei ole tässä Vasteessa.",
        "sv": "Ärende {case} finns inte i denna Vaste.",
        "en": "There is no case {case} in this Vaste.",
    },
    "stranger": {
        "fi": "Vaste ei tunne sinua: painalluksesi kirjattiin tunnuksella {user}. Pyydä lisäämään se asetusten kohtaan people.",
        "sv": "Vaste känner inte dig: ditt tryck sparades under {user}. Be att få det tillagt under people i inställningarna.",
        "en": "Vaste does not know you: your press was recorded as {user}. Ask to have it added under people in the configuration.",
    },
}


def act_of(
    press: Press, people: Mapping[str, Person], *, at: datetime, teams: Collection[str] = ()
) -> Act | None:
    """Say what a press means; None for a verb that no card has.

    Somebody nobody configured acts under the vendor's own id.
    """
    if press.verb not in VERBS:
        return None
    known = next((key for key, person in people.items() if person.slack == press.user), None)
    where = press.value if press.verb == "replied" and press.value in PLACES else "unsaid"
    to = (
        press.value
        if press.verb == "reassign" and press.value in (*people, *map(_TEAM.format, teams))
        else None
    )
    until = _until(_until_when(press), at) if press.verb == "snooze" else None
    return Act(press.case, press.verb, known or f"slack:{press.user}", at, where or "unsaid", to, until=until)


def _until_when(press: Press) -> str | None:
    """Give until when a case is to be put off: an exact instant that was chosen goes before a length of time."""
    exact = press.answers.get("until_at")
    if not isinstance(exact, str):
        return press.value
    try:
        return datetime.fromtimestamp(int(exact), UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return exact


def _until(chosen: str | None, at: datetime) -> datetime | None:
    """Read until when a case is put off: a duration (`4h`) or an instant with its zone; None for neither."""
    if chosen is None:
        return at + SNOOZE
    try:
        return at + parse_duration(chosen)
    except ValueError:
        pass
    try:
        until = datetime.fromisoformat(chosen)
    except ValueError:
        return None
    return until if until.tzinfo is not None else None


def tell(reason: str, *, language: str, case: int, owner: str | None = None, user: str = "") -> str | None:
    """Word what the presser alone is told; None when nothing needs saying."""
    words = _TOLD.get(reason)
    if words is None:
        return None
    return words.get(language, words["en"]).format(case=case, owner=owner or "?", user=user)
