"""Why something is a case, in three languages: every condition with every outcome, and every way to no case."""

import re
import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.calendar import DAY, Calendar, Span
from casebook.grounds import Ground, as_facts, from_facts, ground, written
from casebook.load import Load
from casebook.mention import Verdict
from notifier.channel import Tongue
from notifier.ground_words import GROUND_WORDS
from notifier.grounds import word_asked, word_found, word_passed_over, word_reason
from notifier.hostile import clean_line
from notifier.saying import LANGUAGES
from playbooks.conditions import Reading, findings
from playbooks.decide import PASSED_OVER, Post, decide
from playbooks.escalate import Reached as Whom
from playbooks.escalate import Team, but_unreachable, first_call, reach
from playbooks.gates import held_back
from playbooks.playbook import AtMost, AuthorCases, Condition, Match, Playbook, Rated, Reached
from playbooks.roster import Away, Layer, Roster
from playbooks.rota import Rota
from playbooks.together import beside
from tests.notifier.cast import HOSTILE, hostile_reason, tongue

HELSINKI = ZoneInfo("Europe/Helsinki")
OFFICE = Calendar("toimisto", HELSINKI, ((Span(9 * 60, 17 * 60),),) * 5 + ((),) * 2)
MONDAY = datetime.combine(date(2026, 11, 2), time(8, 59), HELSINKI)
SAID = Post("Kahvini on loppu", sources=("masto",), posted_at=MONDAY, calendars={"toimisto": OFFICE})
SURE = Verdict(
    0.7, 0.2, 0.1, 0.7, {"allergia": 0.93, "hinta": 0.31}, ("allergia",), "fi", abstained=False, model="m"
)
UNSURE = replace(SURE, abstained=True)
NIGHT = Span(22 * 60, DAY + 6 * 60)
BROKEN = "(a+)+$"

# what is asked, of which post and verdict, → (asked, found) in Finnish
TABLE: list[tuple[Match, dict[str, Any], Verdict, str, str]] = [
    # the classifier's opinion
    (Match(topics=("allergia",)), {}, SURE, "aihe allergia", "aihe allergia 0,93"),
    (Match(topics=("hinta",)), {}, SURE, "aihe hinta", "aihe hinta 0,31, alle kynnyksensä"),
    (Match(topics=("uusi", "vanha")), {}, SURE, "aihe uusi tai vanha", "aihe uusi, alle kynnyksensä"),
    (Match(topics_at_least={"hinta": 0.3}), {}, SURE, "aihe hinta vähintään 0,30", "aihe hinta 0,31"),
    (Match(topics_at_least={"hinta": 0.305, "uusi": 1}), {}, SURE, "aihe hinta vähintään 0,305 tai aihe uusi vähintään 1,00", "aihe hinta 0,31"),
    (Match(topics_at_least={"hinta": 0.4}), {}, SURE, "aihe hinta vähintään 0,40", "aihe hinta 0,31"),
    (Match(sentiment=("negative",)), {}, SURE, "sävy kielteinen", "kielteinen 0,70"),
    (Match(sentiment=("neutral", "positive")), {}, SURE, "sävy neutraali tai myönteinen", "kielteinen 0,70"),
    (Match(sentiment=("negative",)), {}, UNSURE, "sävy kielteinen", "luokittelija oli epävarma"),
    (Match(sentiment_at_least={"negative": 0.6}), {}, SURE, "kielteinen vähintään 0,60", "kielteinen 0,70"),
    (Match(sentiment_at_least={"positive": 0.6}), {}, SURE, "myönteinen vähintään 0,60", "myönteinen 0,10"),
    (Match(sentiment_at_least={"negative": 0.6}), {}, UNSURE, "kielteinen vähintään 0,60", "luokittelija oli epävarma"),
    (Match(attention=0.6), {}, SURE, "huomion tarve vähintään 0,60", "huomion tarve 0,70"),
    (Match(attention=0.701), {}, SURE, "huomion tarve vähintään 0,701", "huomion tarve 0,70"),
    (Match(attention=0.6), {}, UNSURE, "huomion tarve vähintään 0,60", "luokittelija oli epävarma"),
    # what is known of the post
    (Match(language=("fi",)), {}, SURE, "kieli suomi", "kieli suomi"),
    (Match(language=("sv", "en", "other")), {}, SURE, "kieli ruotsi tai englanti tai muu", "kieli suomi"),
    (Match(source=("masto",)), {}, SURE, "lähde masto", "lähde masto"),
    (Match(source=("x", "rss")), {}, SURE, "lähde x tai rss", "lähde masto"),
    (Match(source=("x",)), {"sources": ()}, SURE, "lähde x", "lähde ei tiedossa"),
    (Match(kind=("post",)), {}, SURE, "laji julkaisu", "laji julkaisu"),
    (Match(kind=("review",)), {"kinds": ("reply", "quote")}, SURE, "laji arvostelu", "laji vastaus, lainaus"),
    (Match(followers=1_000), {"followers": 12_345}, SURE, "vähintään 1\xa0000 seuraajaa", "12\xa0345 seuraajaa"),
    (Match(followers=1_000), {"followers": 1}, SURE, "vähintään 1\xa0000 seuraajaa", "1 seuraaja"),
    (Match(followers=1_000), {}, SURE, "vähintään 1\xa0000 seuraajaa", "seuraajien määrä ei tiedossa"),
    (Match(reach=Reached(500)), {"reach": 500}, SURE, "tavoittanut vähintään 500", "tavoittanut 500"),
    (Match(reach=Reached(500)), {}, SURE, "tavoittanut vähintään 500", "tavoittavuus ei tiedossa"),
    (Match(reach=Reached(growing=50)), {"growth": 49.9}, SURE, "tavoittanut tunnissa vähintään 50 lisää", "tavoittanut tunnissa 49 lisää"),
    (Match(reach=Reached(growing=50)), {}, SURE, "tavoittanut tunnissa vähintään 50 lisää", "tavoittavuuden kasvu ei tiedossa"),
    (Match(rating=Rated(at_most=2)), {"rating": 2.5}, SURE, "arvosana enintään 2", "arvosana 2,5"),
    (Match(rating=Rated(at_least=4)), {"rating": 4.0}, SURE, "arvosana vähintään 4", "arvosana 4"),
    (Match(rating=Rated(2, 4)), {}, SURE, "arvosana vähintään 2 ja enintään 4", "ei arvosanaa"),
    (Match(rating=Rated()), {"rating": 1.0}, SURE, "arvosana on annettu", "arvosana 1"),
    (Match(author=("new",)), {}, SURE, "kirjoittaja uusi", "kirjoittaja uusi"),
    (Match(author=("known", "ours")), {"case_ages": (timedelta(1),)}, SURE, "kirjoittaja tuttu tai omaa väkeä", "kirjoittaja tuttu"),
    (Match(author=("known",)), {"ours": True}, SURE, "kirjoittaja tuttu", "kirjoittaja omaa väkeä"),
    (Match(author_cases=AuthorCases(1, timedelta(days=1))), {}, SURE, "kirjoittajalla vähintään 1 aiempi tapaus 24 tunnissa", "kirjoittajalla 0 aiempaa tapausta"),
    (Match(author_cases=AuthorCases(3)), {"case_ages": (timedelta(1),)}, SURE, "kirjoittajalla vähintään 3 aiempaa tapausta 30 päivässä", "kirjoittajalla 1 aiempi tapaus"),
    (Match(author_cases=AuthorCases(2, timedelta(hours=36))), {"case_ages": (timedelta(1),) * 2}, SURE, "kirjoittajalla vähintään 2 aiempaa tapausta 36 tunnissa", "kirjoittajalla 2 aiempaa tapausta"),
    (Match(to_person=True), {"addressed": ("aino",)}, SURE, "puhuttelee jotakuta meistä", "puhuttelee: aino"),
    (Match(to_person=False), {}, SURE, "ei puhuttele ketään meistä", "ei puhuttele ketään meistä"),
    (Match(to_people=("ben", "aino")), {"addressed": ("ben", "aino")}, SURE, "puhuttelee: ben tai aino", "puhuttelee: ben, aino"),
    # when it was, and what else was going on
    (Match(time=(NIGHT, Span(18 * 60, DAY))), {}, SURE, "klo 22.00–6.00 tai 18.00–24.00", "julkaistu ma klo 8.59"),
    (Match(time=(NIGHT,)), {"posted_at": None}, SURE, "klo 22.00–6.00", "julkaisuaika ei tiedossa"),
    (Match(weekday=(5, 6)), {}, SURE, "viikonpäivä la tai su", "julkaistu ma klo 8.59"),
    (Match(open=("toimisto",)), {}, SURE, "toimisto on auki", "julkaistu ma klo 8.59, ei auki"),
    (Match(open=("toimisto",)), {"posted_at": MONDAY + timedelta(minutes=1)}, SURE, "toimisto on auki", "toimisto on auki"),
    (Match(crisis=True), {"crisis": True}, SURE, "kriisi on käynnissä", "kriisi on käynnissä"),
    (Match(crisis=False), {"crisis": True}, SURE, "kriisiä ei ole käynnissä", "kriisi on käynnissä"),
    (Match(blind=True), {"blind": True}, SURE, "huomattu vasta, kun lähdettä ei ollut voitu lukea", "lähdettä ei voitu lukea koko aikaa ennen kuin tämä huomattiin"),
    (Match(blind=False), {}, SURE, "lähdettä luettiin koko ajan siihen asti, kun tämä huomattiin", "lähdettä luettiin koko ajan siihen asti, kun tämä huomattiin"),
    # the text itself
    (Match(question=True), {"text": "Missä se on?"}, SURE, "kysymys", "on muodoltaan kysymys"),
    (Match(question=False), {}, SURE, "ei kysymys", "ei kysymys"),
    (Match(question=True), {}, UNSURE, "kysymys", "luokittelija oli epävarma"),
    (Match(question=True), {}, replace(SURE, topics_held=("question",), topics={"question": 0.8}), "kysymys", "aihe question 0,80"),
    (Match(words=("kahvi", "arvonta")), {}, SURE, "sana kahvi tai arvonta", "sana kahvi (tekstissä ”kahvini”)"),
    (Match(words=tuple("bcdefghijk")), {}, SURE, "sana b tai c tai d tai e tai f tai g tai h tai i tai 2 muuta", "ei mikään sanoista"),
    (Match(regex=("Kahv",)), {}, SURE, "lauseke Kahv", "lauseke Kahv"),
    (Match(regex=("tee",)), {}, SURE, "lauseke tee", "lauseke ei löydy"),
    (Match(regex=("(",)), {}, SURE, "lauseke (", "lauseke ei kelpaa: ("),
    (Match(regex=(BROKEN,)), {"text": "a" * 9_999 + "b"}, SURE, f"lauseke {BROKEN}", f"lausekkeen haku kesti liian kauan: {BROKEN}"),
    # matches within a match
    (Match(all=(Match(kind=("post",)), Match(language=("fi",), crisis=False))), {}, SURE, "kaikki näistä: (laji julkaisu) ja (kieli suomi ja kriisiä ei ole käynnissä)", "laji julkaisu; kieli suomi; kriisiä ei ole käynnissä"),
    (Match(all=(Match(), Match(language=("sv",)))), {}, SURE, "kaikki näistä: (mikä tahansa) ja (kieli ruotsi)", "kieli suomi"),
    (Match(all=(Match(sentiment=("negative",)),)), {}, UNSURE, "kaikki näistä: (sävy kielteinen)", "luokittelija oli epävarma"),
    (Match(any=(Match(language=("sv",)), Match())), {}, SURE, "jokin näistä: (kieli ruotsi) tai (mikä tahansa)", "mikä tahansa"),
    (Match(any=(Match(language=("sv",)),)), {}, SURE, "jokin näistä: (kieli ruotsi)", "ei mikään niistä"),
    (Match(any=(Match(attention=0.1),)), {}, UNSURE, "jokin näistä: (huomion tarve vähintään 0,10)", "luokittelija oli epävarma"),
    (Match(any=(Match(language=("sv",)),) * 9), {}, SURE, "jokin näistä: " + "(kieli ruotsi) tai " * 8 + "1 muuta", "ei mikään niistä"),
    (Match(none=(Match(language=("sv",), sentiment=("negative",)),)), {}, SURE, "ei saa olla: (sävy kielteinen ja kieli ruotsi)", "kieli suomi"),
    (Match(none=(Match(language=("fi",)),)), {}, SURE, "ei saa olla: (kieli suomi)", "kieli suomi"),
    (Match(none=(Match(attention=0.1),)), {}, UNSURE, "ei saa olla: (huomion tarve vähintään 0,10)", "luokittelija oli epävarma"),
]  # fmt: skip


def condition_of(match: Match, known: dict[str, Any], of: Verdict) -> Condition:
    (found,) = findings(match, Reading(replace(SAID, **known), of, quotes=True))
    return found.condition


@pytest.mark.parametrize(("match", "known", "of", "asked", "found"), TABLE)
def test_every_condition_and_outcome_reads_as_finnish(
    match: Match, known: dict[str, Any], of: Verdict, asked: str, found: str
) -> None:
    condition = condition_of(match, known, of)
    assert (word_asked(condition.asked, tongue("fi")), word_found(condition.found, tongue("fi"))) == (
        asked,
        found,
    )


@pytest.mark.parametrize(("match", "known", "of", "asked", "found"), TABLE)
def test_no_condition_is_told_in_another_language(
    match: Match, known: dict[str, Any], of: Verdict, asked: str, found: str
) -> None:
    condition = condition_of(match, known, of)
    for word, one in ((word_asked, condition.asked), (word_found, condition.found)):
        told = {language: word(one, tongue(language)) for language in LANGUAGES}
        assert told["fi"] != told["en"], told
        assert told["sv"] not in {told["en"], told["fi"]}, told
        # not a word of the English rendering, names of the configuration and of the post aside
        for language in ("fi", "sv"):
            leaked = words_in(told["en"]) & words_in(told[language]) - NAMES - COMMON[language]
            assert not leaked, (leaked, told)


NAMES = frozenset(
    [
        "allergia",
        "hinta",
        "uusi",
        "vanha",
        "masto",
        "x",
        "rss",
        "toimisto",
        "aino",
        "ben",
        "kahvi",
        "kahvini",
        "arvonta",
        "kahv",
        "tee",
        "question",
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "g",
        "h",
        "i",
    ]
)
# words that two languages share
COMMON = {"fi": frozenset[str](), "sv": frozenset({"neutral", "under"})}


def words_in(told: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", told.casefold()))


def test_the_table_has_every_condition_that_a_match_can_ask() -> None:
    blank = Match()
    asked = {
        name
        for match, *_ in TABLE
        for name in Match.__dataclass_fields__
        if getattr(match, name) != getattr(blank, name)
    }
    assert asked == set(Match.__dataclass_fields__)


def test_the_table_has_every_word_there_is() -> None:
    """Words that no condition and no decision uses would be words that nobody checks."""
    used: set[str] = set()

    class Noting(dict[str, str]):
        def __getitem__(self, key: str) -> str:
            used.add(key)
            return super().__getitem__(key)

    kept = dict(GROUND_WORDS)
    try:
        GROUND_WORDS["fi"] = Noting(kept["fi"])
        for match, known, of, *_ in TABLE:
            condition = condition_of(match, known, of)
            word_asked(condition.asked, tongue("fi"))
            word_found(condition.found, tongue("fi"))
        for reason, _ in REASONS:
            word_reason(reason, tongue("fi"))
        word_passed_over(PASSED_OVER, tongue("fi"))
    finally:
        GROUND_WORDS["fi"] = kept["fi"]
    # an amount has the form for one and for many in each language, which Finnish and Swedish need not tell apart
    unused = {key for key in kept["fi"] if key not in used and not key.endswith((".one", ".other"))}
    assert unused == set()


# -- the decision itself

BOOKS = [Playbook("kielteinen", Match(sentiment_at_least={"negative": 0.8}), "care")]
BYSTANDER = replace(SAID, bystander=True)


def reason_of(post: Post, of: Verdict, *books: Playbook) -> tuple[Ground, ...]:
    return decide(post, of, books).reason


def held(**says: Any) -> tuple[Ground, ...]:
    playbook = Playbook("kiitos", Match(), "care", **says)
    why = held_back(playbook, key="x/3", earlier=[("kiitos", timedelta(hours=1))] * says.pop("times", 1))
    assert why is not None
    return (why,)


ROTA = Rota(("aino", "ben"), 0, time(0), HELSINKI, start=MONDAY.date())
WHILE = Away("aino", MONDAY, MONDAY + timedelta(days=1))
CARE = Team("care", "#care", ROTA)
PRESS = Team("press")
AWAY = Team(
    "poissa", None, Roster((Layer(ROTA),), away={"aino": (WHILE,), "ben": (replace(WHILE, person="ben"),)})
)


def reach_of(to: str, team: Team = CARE) -> Whom:
    return reach(to, team=team, teams={"press": PRESS}, people=("aino", "ben"), at=MONDAY)


def reached(to: str, team: Team = CARE) -> tuple[Ground, ...]:
    return reach_of(to, team).reason


def overloaded(max_open: int | None = 1) -> tuple[tuple[Ground, ...], tuple[Ground, ...]]:
    team = replace(CARE, max_open=max_open, max_night_pages=3)
    whom, passed = first_call(team, at=MONDAY, loads={"aino": Load(1, 4)})
    assert passed is not None
    return whom.reason, (passed.why,)


REASONS: list[tuple[tuple[Ground, ...], str]] = [
    (reason_of(SAID, SURE, Playbook("allergia", Match(topics=("allergia",), sentiment=("negative",)), "care")), "toimintaohje allergia (aihe allergia 0,93; kielteinen 0,70)"),
    (reason_of(SAID, SURE, Playbook("kaikki", Match(), "care")), "toimintaohje kaikki (ottaa kaikki maininnat)"),
    (reason_of(SAID, SURE), "ei tapausta: toimintaohjeita ei ole"),
    (reason_of(SAID, SURE, *BOOKS), "ei tapausta: lähimpänä oli kielteinen (kielteinen 0,70; haettiin: kielteinen vähintään 0,80)"),
    (reason_of(SAID, UNSURE, *BOOKS), "ei tapausta: luokittelija oli epävarma, joten auki jäi kielteinen"),
    (reason_of(SAID, UNSURE, *(Playbook(name, BOOKS[0].match, "care") for name in "abcde")), "ei tapausta: luokittelija oli epävarma, joten auki jäi a, b, c ja 2 muuta"),
    (reason_of(BYSTANDER, SURE, *BOOKS), "ei tapausta: sivullisen julkaisu, eikä mikään toimintaohje kysy aihetta, sanaa, lauseketta, kysymystä tai huomion tarvetta"),
    (held(digest="weekly"), "ei tapausta: kerätään viikkokoosteeseen"),
    ((ground("held.digest", digest="kuukausi"),), "ei tapausta: kerätään koosteeseen kuukausi"),
    (held(sample=0.1), "ei tapausta: ei osunut otokseen (10\xa0% julkaisuista)"),
    (held(sample=0.005), "ei tapausta: ei osunut otokseen (0,5\xa0% julkaisuista)"),
    (held(at_most=AtMost(1)), "ei tapausta: kirjoittajalla on jo 1 tapaus 24 tunnissa, enintään 1"),
    ((ground("held.cap", had=3, most=2, within_s=7 * 86_400),), "ei tapausta: kirjoittajalla on jo 3 tapausta 7 päivässä, enintään 2"),
    # whom a step reaches, and why nobody
    (reached("on_call"), "vuorossa tiimissä care"),
    (reached("backup"), "varalla tiimissä care"),
    (reached("everyone"), "koko tiimi care"),
    (reached("round_robin"), "seuraava vuorossa tiimissä care"),
    (reached("aino"), "portaassa nimetty"),
    (reached("#kriisi"), "kanava #kriisi"),
    (reached("team:press"), "tiimissä press ei ole ketään vuorossa"),
    (reached("team:gone"), "tiimiä gone ei ole"),
    (reached("dave"), "ketään nimeltä dave ei tunneta"),
    (reached("everyone", PRESS), "tiimissä press ei ole ketään"),
    (reached("backup", PRESS), "tiimissä press ei ole ketään varalla"),
    (reached("everyone", AWAY), "kaikki tiimissä poissa ovat poissa"),
    (reached("aino", AWAY), "aino on poissa"),
    (but_unreachable(reach_of("on_call"), {"aino": "slack"}).reason, "vuorossa tiimissä care; aino: ei tavoiteta (slack)"),
    (beside(reach_of("on_call"), ["ben"]).reason, "vuorossa tiimissä care; lisäksi toinen rinnalle"),
    (beside(reach_of("on_call"), []).reason, "vuorossa tiimissä care; rinnalle ei ole ketään"),
    ((Ground("reached.owner"),), "jolla tämä jo oli"),
    (overloaded()[0], "varalla tiimissä care, koska vuorossa olevalla on jo liikaa"),
    (overloaded()[1], "1 avoin tapaus, enintään 1"),
    (overloaded(max_open=None)[1], "4 hälytystä viime yönä, enintään 3"),
    ((ground("told", to=(("#tuote", "ideat"), ("team:press", "ideat"))),), "kerrottu myös: #tuote (ideat), team:press (ideat)"),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "told"), REASONS)
def test_every_decision_reads_as_finnish(reason: tuple[Ground, ...], told: str) -> None:
    assert word_reason(reason, tongue("fi")) == told
    assert word_reason(from_facts(as_facts(reason)), tongue("fi")) == told, "the record's own"


@pytest.mark.parametrize(("reason", "told"), REASONS)
def test_no_decision_is_told_in_another_language(reason: tuple[Ground, ...], told: str) -> None:
    said = {language: word_reason(reason, tongue(language)) for language in LANGUAGES}
    assert len(set(said.values())) == 3, said


def test_a_playbook_that_was_not_tried_says_why_in_each_language() -> None:
    assert len({word_passed_over(PASSED_OVER, tongue(language)) for language in LANGUAGES}) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_that_was_kept_as_one_is_shown_as_it_is(language: str) -> None:
    assert (
        word_reason(written("playbook recall: topic recall 0.93"), tongue(language))
        == "playbook recall: topic recall 0.93"
    )


# -- every key in every language, with the same values to put in


def fields_of(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@given(st.sampled_from(sorted(GROUND_WORDS["en"])), st.sampled_from(LANGUAGES))
@settings(max_examples=500)
def test_no_key_is_missing_in_any_language(key: str, language: str) -> None:
    assert fields_of(GROUND_WORDS[language][key]) == fields_of(GROUND_WORDS["en"][key])
    assert set(GROUND_WORDS[language]) == set(GROUND_WORDS["en"])


def test_an_unknown_language_is_worded_in_english() -> None:
    assert word_asked(ground("crisis", runs=True), Tongue("de", HELSINKI, "")) == "a crisis running"


# -- hostile names, and grounds that no version of ours made

facts = st.dictionaries(
    st.sampled_from(["names", "more", "of", "value", "least", "count", "playbook", "found", "asked", "to", "scored", "sentence", "spans", "form"]),
    st.none() | st.text(max_size=20) | st.integers() | st.lists(st.text(max_size=5), max_size=3).map(tuple),
)  # fmt: skip
KEYS = sorted({key.removeprefix("asked.").removeprefix("found.") for key in GROUND_WORDS["en"]})


@given(st.sampled_from(KEYS) | st.text(max_size=20), facts, st.sampled_from(LANGUAGES))
@settings(max_examples=500, deadline=None)
def test_a_ground_that_is_not_understood_keeps_no_card_from_being_sent(
    what: str, known: dict[str, Any], language: str
) -> None:
    one = Ground(what, known)
    for told in (
        word_reason((one,), tongue(language)),
        word_asked(one, tongue(language)),
        word_found(one, tongue(language)),
    ):
        assert "\n" not in told


def _hostile_lines(text: str) -> Iterator[str]:
    yield word_reason(hostile_reason(text), tongue("fi"))
    yield word_found(ground("words", names=(text,), more=0, form=text), tongue("fi"))
    yield word_asked(ground("probability", bounds=((text, 0.5),)), tongue("fi"))


@given(st.text(max_size=60) | st.just(HOSTILE))
@settings(max_examples=200, deadline=None)
def test_hostile_names_leave_no_control_character_and_stay_on_one_line(text: str) -> None:
    for line in _hostile_lines(text):
        assert clean_line(line) == " ".join(line.split())
        assert len(line) <= 600


def test_a_name_with_braces_is_only_a_name() -> None:
    assert (
        word_asked(ground("topics", names=("{0.__class__}",), more=0), tongue("en")) == "topic {0.__class__}"
    )


def test_what_is_private_in_a_form_is_masked() -> None:
    found = ground("words", names=("puhelin",), more=0, form="040 123 4567")
    assert "123" not in word_found(found, tongue("fi"))
