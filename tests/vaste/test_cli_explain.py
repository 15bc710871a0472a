import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from casebook.grounds import written
from casebook.mention import Verdict
from notifier.channel import Tongue
from notifier.saying import LANGUAGES
from tests.in_english import ENGLISH
from tests.notifier.cast import tongue
from tests.vaste.shelf import ANGRY, CALM, HOSTILE, Shelf, changed, open_shelf, verdict_of
from tests.vaste.typed import vaste
from vaste.commands.explain import Asked, as_json, typed
from vaste.config import load_config
from vaste.explain_words import EXPLAIN_WORDS
from vaste.explained import explanation, text_explanation


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = open_shelf(tmp_path)
    yield shelf
    shelf.close()


def told(shelf: Shelf, mention: str = "1") -> str:
    [kept] = shelf.jobs.store.find(mention)
    return "\n".join(explanation(kept, shelf.config, ENGLISH, now=shelf.clock.now()))


def filed(shelf: Shelf, feelings: Mapping[str, float] = ANGRY, **topics: float) -> str:
    shelf.post(id="1", author="mari", text="Missä tilaukseni on?", followers=120)
    shelf.turn(seconds=20)
    shelf.file(feelings, topics=topics)
    return told(shelf)


def test_a_case_is_explained_condition_by_condition(shelf: Shelf) -> None:
    text = filed(shelf, recall=0.2)
    assert text.splitlines()[:5] == [
        "file:feed/1 by @mari",
        "  “Missä tilaukseni on?”",
        "  posted      2026-03-03 10:00:00 EET, seen 20 s later",
        "  shown by    feed",
        "  followers   120",
    ]
    assert "sentiment   negative: negative 0.90, neutral 0.08, positive 0.02" in text
    assert "case 1: playbook complaint: negative 0.90" in text
    assert (
        "– recall: does not match\n      no   wants topic recall; found topic recall 0.20, under its threshold"
        in text
    )
    assert "✓ complaint: takes it\n      yes  wants negative at least 0.60; found negative 0.90" in text


def test_a_playbook_that_would_match_too_says_who_stands_before_it(shelf: Shelf) -> None:
    assert "– complaint: would match too, but recall stands before it" in filed(shelf, recall=0.9)


def test_no_case_is_explained_by_what_came_nearest(shelf: Shelf) -> None:
    text = filed(shelf, CALM)
    assert "no case: nearest was " in text
    assert "no playbook takes it: nearest was " in text
    assert "no case: no case" not in text


def test_what_was_decided_then_is_told_apart_from_what_would_be_today(shelf: Shelf) -> None:
    filed(shelf)
    changed = (shelf.folder / "config.yaml").read_text("utf-8").replace("{negative: 0.6}", "{negative: 0.95}")
    (shelf.folder / "config.yaml").write_text(changed, "utf-8")
    loaded = load_config(shelf.folder / "config.yaml", {}).config
    assert loaded is not None
    [kept] = shelf.jobs.store.find("1")
    text = "\n".join(explanation(kept, loaded, ENGLISH, now=shelf.clock.now()))
    assert "case 1: playbook complaint" in text
    assert "no playbook takes it" in text


def test_a_post_without_a_verdict_says_why(shelf: Shelf) -> None:
    shelf.post(id="1", author="mari")
    shelf.jobs.poll("feed")
    assert "No verdict: it is judged within seconds while vaste run runs, or by vaste once." in told(shelf)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_move_no_cursor(shelf: Shelf, hostile: str) -> None:
    shelf.post(id="1", author=hostile, text=hostile, url=f"https://social.example/{hostile}")
    shelf.file()
    text = told(shelf)
    assert not [sign for sign in text if sign in "\x1b\x07\x9b\u202e"]
    assert len(text.splitlines()[1]) <= 250


# -- who would be called


def test_it_says_who_would_be_called_and_by_when(shelf: Shelf) -> None:
    shelf.turn(hours=1)
    text = filed(shelf, recall=0.9)
    assert text.split("\nWere it shown at ")[1].splitlines() == [
        "2026-03-03 11:00:20 EET",
        "  case        critical, for team care",
        "  called      Aino Virtanen",
        "  acknowledge by 2026-03-03 11:05:20 EET",
        "  respond     by 2026-03-03 11:30:20 EET",
    ]


def test_an_old_post_is_forecast_as_if_it_were_new(shelf: Shelf) -> None:
    shelf.post(id="1", posted_at=shelf.clock.now())
    shelf.file()
    shelf.turn(days=9)
    assert "respond     by 2026-03-12 14:00:00 EET" in told(shelf)


def test_nobody_to_call_is_said_with_its_reason(shelf: Shelf) -> None:
    filed(shelf)
    loaded = changed(shelf, ("rota: {people: [aino, ben]}", "people: [ben]"))
    [kept] = shelf.jobs.store.find("1")
    text = "\n".join(explanation(kept, loaded, ENGLISH, now=shelf.clock.now()))
    assert "  called      nobody is on call in care" in text


def test_steps_are_told_with_whom_they_would_reach(shelf: Shelf) -> None:
    filed(shelf)
    steps = "escalate: [{after: 5m, to: backup}, {after: 8d, to: team:press}, {after: 9d, to: '#crisis'}, {after: 10d, to: team:void}]"
    loaded = changed(
        shelf,
        ("respond_within: 4h", f"respond_within: 4h\n    {steps}"),
        (
            "teams:\n",
            "teams:\n  press: {channel: '#press', rota: {people: [ben, aino]}}\n  void: {rota: {people: []}}\n",
        ),
    )
    [kept] = shelf.jobs.store.find("1")
    lines = "\n".join(explanation(kept, loaded, ENGLISH, now=shelf.clock.now())).splitlines()
    assert lines[-4:] == [
        "  5 min later backup: Ben Lindqvist",
        "  8 d later   team:press: Aino Virtanen and #press",
        "  9 d later   #crisis: #crisis",
        "  10 d later  team:void: nobody (nobody is on call in void), so the next step at once",
    ]


def test_steps_across_a_hand_off_name_who_was_not_called_yet(shelf: Shelf) -> None:
    """The rota hands off every day at 13:00: at 12:58 it is one person's turn, five minutes later the other's."""
    filed(shelf)
    loaded = changed(
        shelf,
        ("rota: {people: [aino, ben]}", "rota: {people: [aino, ben], every: 1d, handoff: '13:00', start: 2026-03-02}"),
        ("respond_within: 4h", "respond_within: 4h\n    escalate: [{after: 5m, to: backup}]"),
    )  # fmt: skip
    [kept] = shelf.jobs.store.find("1")
    for at, first, later in ((10, "Aino Virtanen", "Ben Lindqvist"), (11, "Ben Lindqvist", "Aino Virtanen")):
        lines = list(explanation(kept, loaded, ENGLISH, now=datetime(2026, 3, 3, at, 58, tzinfo=UTC)))
        assert f"  called      {first}" in lines
        assert lines[-1] == f"  5 min later backup: {later}"


def test_outside_its_hours_who_is_called_at_the_opening_is_named_and_the_steps_go_on_from_there(
    shelf: Shelf,
) -> None:
    filed(shelf)
    loaded = changed(
        shelf,
        ("people:\n", "calendars: {office: {hours: {mon-fri: '09:00-17:00'}}}\npeople:\n"),
        ("respond_within: 4h", "respond_within: 4h\n    clock: office\n    escalate: [{after: 30m, to: backup}]"),
    )  # fmt: skip
    [kept] = shelf.jobs.store.find("1")
    lines = list(explanation(kept, loaded, ENGLISH, now=datetime(2026, 3, 6, 18, tzinfo=UTC)))
    called = next(line for line in lines if line.startswith("  called"))
    assert called.endswith(", at 2026-03-09 09:00:00 EET")
    first = called.removeprefix("  called      ").partition(",")[0]
    other = {"Aino Virtanen": "Ben Lindqvist", "Ben Lindqvist": "Aino Virtanen"}[first]
    assert lines[-1] == f"  30 min later backup: {other}"


# -- in the language of whoever reads it


def in_language(shelf: Shelf, language: str) -> str:
    [kept] = shelf.jobs.store.find("1")
    loaded = changed(
        shelf,
        ("{topics: [recall]}", "{topics: [recall], words: [tilaus], crisis: false}"),
        (
            "respond_within: 4h",
            "respond_within: 4h\n    escalate: [{after: 5m, to: backup}, {after: 8d, to: dave}]",
        ),
        ("  ben: {", "  dave: {name: Dave}\n  ben: {"),
    )
    return "\n".join(explanation(kept, loaded, Tongue(language, loaded.timezone, ""), now=shelf.clock.now()))


def test_the_whole_is_told_in_finnish(shelf: Shelf) -> None:
    filed(shelf, recall=0.2)
    assert in_language(shelf, "fi").splitlines() == [
        "file:feed/1, kirjoittaja @mari",
        "  ”Missä tilaukseni on?”",
        "  julkaistu     2026-03-03 10:00:00 EET, huomattu 20 s myöhemmin",
        "  lähde         feed",
        "  seuraajia     120",
        "",
        "Mitä luokittelija sanoi",
        "  sävy          kielteinen: kielteinen 0,90, neutraali 0,08, myönteinen 0,02",
        "  huomion tarve 0,90",
        "  aiheet        mikään ei ylitä kynnystään",
        "  kieli         suomi 1,00",
        "  malli         by hand",
        "",
        "Silloin",
        "  tapaus 1: toimintaohje complaint (kielteinen 0,90)",
        "",
        "Nyt, näillä asetuksilla",
        "  toimintaohje complaint ottaa tämän (niin kuin silloin)",
        "",
        "  – recall: ei sovi",
        "      ei     haettu: aihe recall; löytyi: aihe recall 0,20, alle kynnyksensä",
        "      kyllä  haettu: kriisiä ei ole käynnissä; löytyi: kriisiä ei ole käynnissä",
        "      kyllä  haettu: sana tilaus; löytyi: sana tilaus (tekstissä ”tilaukseni”)",
        "",
        "  ✓ complaint: ottaa tämän",
        "      kyllä  haettu: kielteinen vähintään 0,60; löytyi: kielteinen 0,90",
        "",
        "Jos se näkyisi 2026-03-03 10:00:20 EET",
        "  tapaus        tavallinen, tiimille care",
        "  hälytetään    Aino Virtanen",
        "  vastaa        viimeistään 2026-03-03 14:00:20 EET",
        "  5 min päästä  backup: Ben Lindqvist",
        "  8 pv päästä   dave: Dave",
    ]


def test_no_language_borrows_lines_of_another(shelf: Shelf) -> None:
    filed(shelf, recall=0.2)
    lines = {language: in_language(shelf, language).splitlines() for language in LANGUAGES}
    for one, other in combinations(LANGUAGES, 2):
        assert len(lines[one]) == len(lines[other])
        same = {line for line, like in zip(lines[one], lines[other], strict=True) if line and line == like}
        assert same <= {"  ”Missä tilaukseni on?”"}, "the customer's own words"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_missing_and_each_has_the_same_blanks(language: str) -> None:
    def blanks(of: str) -> dict[str, set[str]]:
        return {key: set(re.findall(r"{(\w+)}", word)) for key, word in EXPLAIN_WORDS[of].items()}

    assert blanks(language) == blanks("en")


def test_it_is_told_in_the_language_of_the_configuration_and_in_any_that_is_asked_for(shelf: Shelf) -> None:
    filed(shelf)
    said = {
        words: vaste("explain", "1", *words, cwd=shelf.folder).out
        for words in (
            (),
            ("--language", "en"),
            ("--language", "sv"),
            ("--json",),
            ("--json", "--language", "fi"),
        )
    }
    assert "toimintaohje complaint ottaa tämän" in said[()]
    assert "playbook complaint takes it" in said["--language", "en"]
    assert "handlingsplan complaint tar det" in said["--language", "sv"]
    assert json.loads(said["--json",])["now"]["reason"] == "playbook complaint: negative 0.90"
    assert (
        json.loads(said["--json", "--language", "fi"])["now"]["reason"]
        == "toimintaohje complaint (kielteinen 0,90)"
    )


def test_a_decision_that_was_kept_as_a_sentence_is_told_as_it_was_written(shelf: Shelf) -> None:
    filed(shelf)
    [kept] = shelf.jobs.store.find("1")
    for sentence, case in (("playbook old: topic x 0.93", 1), ("no case: nearest was old", None)):
        before = replace(kept, reason=written(sentence), case=case)
        text = "\n".join(explanation(before, shelf.config, tongue(), now=shelf.clock.now()))
        told = "tapaus 1: playbook old: topic x 0.93" if case else "ei tapausta: nearest was old"
        assert f"Silloin\n  {told}\n" in text
        whole = as_json(before, shelf.config, ENGLISH, now=shelf.clock.now())
        assert whole["then"]["reason"] == sentence


def test_programs_get_the_facts_beside_the_words(shelf: Shelf) -> None:
    filed(shelf, recall=0.2)
    [kept] = shelf.jobs.store.find("1")
    english, finnish = (
        as_json(kept, shelf.config, in_words, now=shelf.clock.now()) for in_words in (ENGLISH, tongue())
    )
    [condition] = english["now"]["playbooks"][1]["conditions"]
    assert condition == {
        "asked": "negative at least 0.60",
        "found": "negative 0.90",
        "held": True,
        "is_known": True,
        "grounds": [
            {"what": "probability", "bounds": [["negative", 0.6]]},
            {"what": "probability", "values": [["negative", 0.9]]},
        ],
    }
    assert finnish["now"]["playbooks"][1]["conditions"][0]["grounds"] == condition["grounds"]
    assert finnish["then"]["grounds"] == english["then"]["grounds"]


# -- a text that nobody posted


AT = datetime(2026, 3, 3, 8, tzinfo=UTC)


def text_told(shelf: Shelf, verdict: Verdict, **asked: Any) -> list[str]:
    surroundings = typed(Asked(asked.pop("what", "Missä tilaukseni on?"), **asked), shelf.config, now=AT)
    return list(text_explanation(surroundings, verdict, shelf.config, ENGLISH, now=AT))


def test_a_text_is_explained_like_a_post(shelf: Shelf) -> None:
    lines = text_told(shelf, verdict_of(ANGRY))
    assert lines[:4] == [
        "A text, as if a customer's first post were shown now",
        "  “Missä tilaukseni on?”",
        "  shown by    not said (--source)",
        "  followers   not said (--followers)",
    ]
    assert "  playbook complaint takes it" in lines
    assert "  respond     by 2026-03-03 14:00:00 EET" in lines


def test_what_a_text_can_not_say_is_said_beside_it(shelf: Shelf) -> None:
    config = changed(shelf, ("{topics: [recall]}", "{source: file, followers: 1000}"))
    for followers, source, taker in (
        (1000, "feed", "recall"),
        (1000, "file", "recall"),
        (999, "feed", "complaint"),
    ):
        asked = typed(Asked("Missä?", followers, source), config, now=AT)
        lines = list(text_explanation(asked, verdict_of(ANGRY), config, ENGLISH, now=AT))
        assert f"  playbook {taker} takes it" in lines


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_move_no_cursor(shelf: Shelf, hostile: str) -> None:
    assert not [
        sign
        for sign in "\n".join(text_told(shelf, verdict_of(ANGRY), what=hostile))
        if sign in "\x1b\x07\x9b\u202e"
    ]


@pytest.mark.parametrize(
    ("what", "is_name"),
    [("1", True), ("pappi-01", True), ("file:feed/x", True), ("https://a.example/b", True), ("lasinsiru", False),
     ("missä tilaus 12?", False), (" 1 ", True), ("👍", False)],
)  # fmt: skip
def test_one_word_with_a_digit_or_a_slash_is_a_name(what: str, *, is_name: bool) -> None:
    assert Asked(what).is_name is is_name


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["404"], 1, "no mention '404' is on record; give its id on the network, NETWORK/ID, or its link, or a text"),
        ([" "], 1, "no mention ' ' is on record"),
        (["missä se on", "--source", "fed"], 2, "--source 'fed': no source, and no kind of one, is called so; did you mean feed?"),
        (["missä se on", "--language", "de"], 2, "--language 'de' is unknown; use fi, sv, en"),
        (["missä se on", "--lang", "de"], 2, "--lang 'de' is unknown; use fi, sv, en, other"),
        (["missä se on", "--at", "soon"], 2, "--at 'soon' is no date"),
        (["1", "--followers", "5"], 2, "this mention is on record with its followers, source and language"),
    ],
)  # fmt: skip
def test_what_can_not_be_explained_is_one_line(shelf: Shelf, words: list[str], code: int, told: str) -> None:
    filed(shelf)
    ran = vaste("explain", *words, cwd=shelf.folder)
    assert (ran.code, ran.out, len(ran.told)) == (code, "", 1)
    assert told in ran.err


@pytest.mark.slow
def test_a_text_is_judged_by_the_classifier_and_written_as_json(shelf: Shelf) -> None:
    text = "Löysin lasinsirun purkista, mitä nyt teen?"
    command = ("explain", text, "--lang", "fi", "--followers", "12", "--at", "2026-03-03T10:00:00", "--json")
    ran = vaste(*command, cwd=shelf.folder)
    whole = json.loads(ran.out)
    assert (ran.code, ran.err, whole["mention"], whole["text"], whole["then"]) == (0, "", None, text, None)
    assert whole["verdict"]["topics"]["recall"] == 1.0
    assert (whole["now"]["playbook"], whole["would"]["people"]) == ("recall", ["aino"])
    assert whole["would"]["deadlines"] == {
        "acknowledge": "2026-03-03T08:05:00Z",
        "respond": "2026-03-03T08:30:00Z",
    }


def test_a_mention_as_json_says_what_was_decided_then(shelf: Shelf) -> None:
    filed(shelf)
    [kept] = shelf.jobs.store.find("1")
    whole = as_json(kept, shelf.config, ENGLISH, now=shelf.clock.now())
    assert (whole["mention"], whole["then"]["playbook"], whole["now"]["playbook"]) == (
        "file:feed/1",
        "complaint",
        "complaint",
    )
    assert [trial["matched"] for trial in whole["now"]["playbooks"]] == [False, True]
    shelf.post(id="2")
    shelf.jobs.poll("feed")
    [unjudged] = shelf.jobs.store.find("2")
    assert as_json(unjudged, shelf.config, ENGLISH, now=shelf.clock.now())["verdict"] is None


def test_what_is_private_in_a_post_is_masked_for_programs_too(shelf: Shelf) -> None:
    shelf.post(id="9", author="mari", text="Soittakaa 040 123 4567, mari@posti.fi", followers=1)
    shelf.turn(seconds=20)
    shelf.file(ANGRY)
    [kept] = shelf.jobs.store.find("9")
    whole = json.dumps(as_json(kept, shelf.config, ENGLISH, now=shelf.clock.now()))
    for said in (told(shelf, "9"), whole):
        assert "123" not in said
        assert "@posti" not in said
