"""What people read of a case.

The goldens hold whole cards, pages and the Slack payload, one file a state and language. After a change that
is meant, renew them and read the difference as a tired person would:

    VASTE_RENEW_GOLDENS=1 .venv/bin/pytest tests/notifier/test_wording.py && git diff tests/notifier/goldens
"""

import json
import os
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from string import Formatter
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.draft import Draft
from notifier import worded as parts_of
from notifier.blocks import payload
from notifier.channel import Card, Page, Person
from notifier.hostile import clean, cut, safe_url, units
from notifier.saying import LANGUAGES, WORDS, say, word_duration
from notifier.worded import Facts, Quote, Say, Worded, plain
from notifier.wording import QUOTE_LENGTH, word
from tests.notifier.cast import (
    AGAIN,
    AINO,
    ANSWERED,
    BEN,
    CLOSED,
    DISMISSED,
    HOSTILE,
    LATE,
    OPENED,
    STATES,
    TAKEN,
    card,
    tongue,
)

PAGED = {"waits_again": AGAIN, "follow_up": AGAIN, "answered": ANSWERED, "closed": CLOSED}
"""The state of the case for which a page is owed, where it is not that of a new one."""
GOLDENS = Path(__file__).parent / "goldens"
WHYS = get_args(get_type_hints(Page)["why"])


def said(worded: Worded) -> str:
    """Every line above the buttons, without the quotes."""
    return "\n".join(plain(part.line) for part in worded.parts if isinstance(part, Say))


def facts(worded: Worded) -> dict[str, str]:
    return {fact.label: fact.value for part in worded.parts if isinstance(part, Facts) for fact in part.facts}


def held(golden: Path, found: Any) -> None:
    written = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("VASTE_RENEW_GOLDENS"):
        golden.write_text(written, encoding="utf-8")
    assert golden.exists(), f"{golden.name} is missing; see this file's docstring"
    assert written == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_card_reads_as_its_golden(state: str, language: str) -> None:
    looked_at = OPENED + timedelta(minutes=4)
    drawn = payload(card(at=looked_at, **STATES[state]), tongue(language), in_full=True)
    held(GOLDENS / f"card-{state}-{language}.json", asdict(drawn))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("why", WHYS)
def test_page_reads_as_its_golden(why: str, language: str) -> None:
    state = PAGED.get(why, {})
    looked_at = OPENED + timedelta(minutes=4)
    step = 50 if why == "warned" else 2
    page = Page(card(at=looked_at, **state), (AINO, BEN), why, step)  # type: ignore[arg-type]  # a name of the Literal
    drawn = {
        "thread": asdict(payload(page, tongue(language), in_full=False)),
        "direct": asdict(payload(page, tongue(language), in_full=True)),
    }
    held(GOLDENS / f"page-{why}-{language}.json", drawn)


def test_every_golden_belongs_to_a_test() -> None:
    wanted = {f"card-{state}-{language}.json" for state in STATES for language in LANGUAGES}
    wanted |= {f"page-{why}-{language}.json" for why in WHYS for language in LANGUAGES}
    assert {golden.name for golden in GOLDENS.glob("*.json")} == wanted


def test_all_three_languages_say_the_same_things_with_the_same_values() -> None:
    def values(template: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(template) if name}

    finnish = WORDS["fi"]
    for language in LANGUAGES:
        words = WORDS[language]
        assert words.keys() == finnish.keys()
        assert {key: values(words[key]) for key in words} == {key: values(finnish[key]) for key in finnish}


def test_unknown_language_is_worded_in_english() -> None:
    assert word(card(), tongue("de")).buttons == word(card(), tongue("en")).buttons


def test_same_card_gives_the_same_words() -> None:
    assert payload(card(), tongue(), in_full=True) == payload(card(), tongue(), in_full=True)


@pytest.mark.parametrize(
    ("changes", "actions"),
    [
        ({}, ["acknowledge", "replied", "close", "dismiss"]),
        # reopened or raised: it has an owner, and must be taken again
        ({"owner": "Aino"}, ["acknowledge", "replied", "close", "dismiss"]),
        ({"status": "acknowledged"}, ["acknowledge", "replied", "close", "dismiss"]),
        (TAKEN, ["replied", "close", "dismiss"]),
        (AGAIN, ["replied", "close", "dismiss"]),
        (ANSWERED, ["close"]),
        (CLOSED, ["reopen"]),
        ({"status": "dismissed"}, ["reopen"]),
        ({"status": "something later"}, []),
    ],
)
def test_buttons_are_those_that_apply(changes: dict[str, Any], actions: list[str]) -> None:
    assert [button.action for button in word(card(**changes), tongue()).buttons] == actions


class TestWhoHasIt:
    def test_people_on_call_are_mentioned_while_nobody_has_taken_it(self) -> None:
        first = word(card(on_call=(AINO, BEN)), tongue()).parts[0]
        assert isinstance(first, Say)
        assert [span.slack for span in first.line if span.slack] == ["U0123", "U0124"]
        assert plain(first.line) == "Vuorossa Aino Virtanen, Ben Lindqvist. Kukaan ei ole vielä ottanut tätä."

    def test_owner_and_time_stand_there_afterwards_and_nobody_is_mentioned(self) -> None:
        worded = word(card(**TAKEN), tongue("en"))
        assert said(worded).startswith("Aino Virtanen took this at 03:30.")
        assert not any(span.slack for part in worded.parts if isinstance(part, Say) for span in part.line)

    def test_person_without_slack_is_named(self) -> None:
        caro = Person("caro", "Caro Nieminen")
        assert "On call: Caro Nieminen." in said(word(card(on_call=(caro,)), tongue("en")))

    def test_slack_id_that_is_none_cannot_become_a_mention(self) -> None:
        trickster = Person("x", "Xenia", "!channel")
        first = word(card(on_call=(trickster,)), tongue()).parts[0]
        assert isinstance(first, Say)
        assert not any(span.slack for span in first.line)

    @pytest.mark.parametrize("owner", ["U0999", "slack:U0999"])
    def test_unknown_slack_user_is_shown_as_slack_shows_members(self, owner: str) -> None:
        first = word(card(**TAKEN | {"owner": owner}), tongue()).parts[0]
        assert isinstance(first, Say)
        assert first.line[0].slack == "U0999"

    @pytest.mark.parametrize("state", [name for name in STATES if name.startswith("open")])
    @pytest.mark.parametrize("language", ["fi", "sv", "en"])
    def test_a_card_does_not_contradict_itself(self, state: str, language: str) -> None:
        told = said(word(card(**STATES[state]), tongue(language)))
        on_call = WORDS[language]["called"].format(people="")[:-2]
        nobody = WORDS[language]["nobody_on_call"]
        untaken = WORDS[language]["untaken"]
        assert not (nobody in told and on_call in told)
        assert told.count(untaken) <= 1, "said twice"

    def test_who_was_given_a_case_did_not_take_it(self) -> None:
        given = card(**STATES["acknowledged-handed-over"])
        assert said(word(given, tongue("fi"))).startswith(
            "Ben Lindqvist on vastuussa tästä (siirretty klo 3.35)."
        )
        assert "otti tämän" not in said(word(given, tongue("fi")))

    def test_nobody_on_call_is_said(self) -> None:
        assert "Nobody is on call right now" in said(
            word(card(on_call=(), nobody_on_call=True), tongue("en"))
        )

    def test_outside_the_hours_of_its_clock_the_card_says_only_that_it_is_untaken(self) -> None:
        assert said(word(card(on_call=()), tongue("en"))).startswith("Nobody has taken this yet.")

    def test_end_of_the_chain_is_said(self) -> None:
        assert "Everybody was called and nobody took this." in said(
            word(card(nobody_took_it=True), tongue("en"))
        )

    def test_fifty_people_are_not_all_written_out(self) -> None:
        crowd = tuple(Person(f"p{number}", f"P{number}", f"U{number:04}") for number in range(50))
        assert "and 30 more" in said(word(card(on_call=crowd), tongue("en")))


class TestTimes:
    def test_deadlines_are_local_times(self) -> None:
        assert facts(word(card(), tongue("en"))) == {"Take by": "03:31", "Answer by": "03:54"}

    def test_date_is_there_when_it_is_not_the_day_of_opening(self) -> None:
        tomorrow = facts(word(card(respond_by=OPENED + timedelta(days=1)), tongue("fi")))
        assert tomorrow["Vastaa viimeistään"] == "ke 25.11. klo 3.26"

    def test_day_changes_at_local_midnight_not_at_utc_midnight(self) -> None:
        # 21:59 and 22:00 UTC: the last minute of the day in Helsinki, and the next day
        opened = OPENED.replace(hour=12)
        before = card(opened_at=opened, respond_by=opened.replace(hour=21, minute=59, second=59))
        after = card(opened_at=opened, respond_by=opened.replace(hour=22, minute=0, second=0))
        assert facts(word(before, tongue("en")))["Answer by"] == "23:59"
        assert facts(word(after, tongue("en")))["Answer by"] == "Wed 25 Nov, 00:00"

    def test_year_is_there_when_it_is_another(self) -> None:
        assert "2027" in facts(word(card(respond_by=OPENED + timedelta(days=60)), tongue("en")))["Answer by"]

    def test_deadline_met_at_its_very_instant_is_met(self) -> None:
        by = OPENED + timedelta(minutes=28)
        assert "in time" in facts(word(card(**ANSWERED | {"responded_at": by}), tongue("en")))["Answer by"]

    def test_late_answer_says_how_late(self) -> None:
        assert facts(word(card(**LATE), tongue("en")))["Answer by"] == "03:54  ⚠ 20 hrs 32 mins late"

    def test_passed_deadline_without_an_answer_is_missed(self) -> None:
        found = facts(word(card(breaches=("respond",)), tongue("en")))
        assert found == {"Take by": "03:31", "Answer by": "03:54  ⚠ missed"}

    def test_response_satisfies_the_clock_of_acknowledging(self) -> None:
        quick = card(status="responded", responded_at=OPENED + timedelta(minutes=1))
        assert "in time" in facts(word(quick, tongue("en")))["Take by"]

    def test_case_that_has_ended_asks_nobody_to_hurry(self) -> None:
        ended = card(**DISMISSED)
        assert list(facts(word(ended, tongue("en")))) == ["Take by"]

    def test_page_shows_only_what_is_still_owed(self) -> None:
        page = Page(card(**TAKEN), (AINO,), "reassigned")
        assert list(facts(word(page, tongue("en"), in_full=False))) == ["Answer by"]

    def test_no_deadline_no_fact(self) -> None:
        assert facts(word(card(acknowledge_by=None, respond_by=None), tongue())) == {}

    def test_breach_without_a_deadline_on_the_card_is_still_said(self) -> None:
        assert "not settled in time" in said(word(card(breaches=("resolve",)), tongue("en")))

    @pytest.mark.parametrize(
        ("seconds", "written"),
        [
            (0, "0 secs"),
            (59, "59 secs"),
            (60, "1 min"),
            (3600, "1 hr"),
            (4330, "1 hr 12 mins"),
            (97_200, "1 day 3 hrs"),
        ],
    )
    def test_duration_is_written_in_its_two_largest_units(self, seconds: int, written: str) -> None:
        assert word_duration(timedelta(seconds=seconds), tongue("en")) == written

    def test_answer_before_the_post_is_no_negative_wait(self) -> None:
        assert word_duration(timedelta(seconds=-5), tongue("en")) == "0 secs"


def test_withdrawn_breach_is_said() -> None:
    assert "in time after all" in said(word(card(**ANSWERED, withdrawn=("respond",)), tongue("en")))


def test_answer_says_by_whom_and_how_long_the_customer_waited() -> None:
    assert "ainokahvi answered at 03:46; the customer waited 22 mins." in said(
        word(card(**ANSWERED), tongue("en"))
    )


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_merged_case_says_where_it_goes_on_and_has_nothing_to_press(language: str) -> None:
    worded = word(card(status="merged", merged_into=41), tongue(language))
    assert "41" in plain(worded.summary)
    assert worded.buttons == ()


def test_manual_answer_is_marked() -> None:
    manual = card(**ANSWERED | {"response_found": "manual"})
    assert "Marked by hand." in said(word(manual, tongue("en")))


def test_follow_up_is_counted_and_quoted() -> None:
    worded = word(card(**AGAIN), tongue("en"))
    assert "3 posts from the customer, the latest:" in said(worded)
    assert [part.text for part in worded.parts if isinstance(part, Quote)][1] == AGAIN["latest_text"]
    assert "wrote again and is waiting" in said(worded)


def test_page_about_a_follow_up_quotes_the_follow_up() -> None:
    worded = word(Page(card(**AGAIN), (AINO,), "waits_again"), tongue())
    assert [part.text for part in worded.parts if isinstance(part, Quote)] == [AGAIN["latest_text"]]


def test_page_in_a_thread_is_short_and_names_people_severity_deadline_and_link() -> None:
    worded = word(Page(card(), (AINO,), "escalated", step=2), tongue("en"), in_full=False)
    assert plain(worded.summary) == (
        "Aino Virtanen – Case 12 still waits for somebody to take it (step 2): Critical, recall. Answer by 03:54."
    )
    assert not any(isinstance(part, Quote) for part in worded.parts)
    assert worded.buttons == ()
    assert any(span.url for part in worded.parts if isinstance(part, Say) for span in part.line)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", "Vastaus on myöhässä, määräaika oli 3.54."),
        ("sv", "Svaret är försenat, det skulle ha getts senast 03:54."),
        ("en", "The answer is late, it was due by 03:54."),
    ],
)
@pytest.mark.parametrize("why", ["opened", "escalated", "waits_again", "asked"])
def test_a_page_after_the_deadline_asks_nobody_to_answer_by_then(language: str, words: str, why: str) -> None:
    late = Page(card(breaches=("respond",)), (AINO,), why)  # type: ignore[arg-type]  # a name of the Literal
    summary = plain(word(late, tongue(language)).summary)
    assert summary.endswith(f" {words}")
    assert say(tongue(language), "answer_by") not in summary


def test_page_in_full_holds_enough_to_act_on() -> None:
    worded = word(Page(card(), (AINO,), "opened"), tongue())
    assert any(isinstance(part, Quote) for part in worded.parts)
    assert [button.action for button in worded.buttons] == ["acknowledge", "replied", "close", "dismiss"]


def test_news_of_a_case_is_one_line() -> None:
    assert plain(word(card(**TAKEN), tongue("en")).summary) == "case 12: Aino Virtanen took this at 03:30."


def test_customers_own_language_has_the_first_draft() -> None:
    labels = [part.label for part in word(card(), tongue("en")).more if isinstance(part, parts_of.Draft)]
    assert labels == ["Draft reply (Finnish), copy and adapt", "Draft reply (English), copy and adapt"]


def filled(text: str, **changes: Any) -> str:
    worded = word(card(drafts=(Draft("fi", text),), **changes), tongue("en"))
    return next(part.text for part in worded.more if isinstance(part, parts_of.Draft))


def test_a_draft_names_its_tone() -> None:
    drafts = (Draft("en", "Sorry."), Draft("fi", "Hups!", "huumori"), Draft("fi", "Pahoittelut."))
    worded = word(card(drafts=drafts), tongue("fi"))
    labels = [part.label for part in worded.more if isinstance(part, parts_of.Draft)]
    assert [label.partition(" (")[2] for label in labels] == [
        "suomi, huumori), kopioi ja muokkaa",
        "suomi), kopioi ja muokkaa",
        "englanti), kopioi ja muokkaa",
    ]


@pytest.mark.parametrize(
    ("text", "changes", "shown", "why"),
    [
        ("{author} {author_name}", {}, "maija_k Maija Korhonen", "the customer"),
        ("{author_name}", {"author_name": None}, "maija_k", "one without a name is called by the handle"),
        ("{author}", {"author": "maija@server.example"}, "maija@server.example", "a handle of Mastodon"),
        ("{brand}", {}, "Aino Kahvi", "us"),
        ("{link}", {}, "https://x.com/maija_k/status/1860000000000000001", "the way there"),
        ("{link}", {"url": "javascript:alert(1)"}, "___", "what is no link is left to be written"),
        ("{link}", {"url": "https://x.example/" + "a" * 300}, "___", "and so is an endless one"),
        ("{me}", {}, "___", "nobody has taken it"),
        ("{me}", TAKEN, "Aino", "the first name of who took it"),
        ("{me}", TAKEN | {"owner": "slack:U0999"}, "___", "nobody knows the name of a stranger"),
        ("{author_name}", {"author_name": "{me} {{brand}}"}, "me brand", "no placeholder in a value"),
        ("{author_name}", {"author_name": "Osta @muu #mainos"}, "Osta muu mainos", "no mention, no hashtag"),
        ("{author_name}", {"author_name": "evil.example/x J. K."}, "evil example x J. K", "no address"),
        ("{author_name}", {"author_name": "<!channel> *b*\n> `c`"}, "channel b c", "no markup"),
        ("{author_name}", {"author_name": "Maija ☕\u202e"}, "Maija", "no emoji, nothing unseen"),
        ("{author_name}", {"author_name": "M" * 500}, "M" * 80, "and no end"),
        ("{author}", {"author": "a b<c>"}, "abc", "a handle is one word"),
    ],
)
def test_what_a_customer_calls_themselves_brings_nothing_along_into_a_draft(
    text: str, changes: dict[str, Any], shown: str, why: str
) -> None:
    assert filled(text, **changes) == shown, why


@given(st.text(), st.text())
def test_no_name_makes_a_draft_live(author: str, name: str) -> None:
    shown = filled("{author_name}", author=author, author_name=name)
    assert not set(shown) & set("<>{}#/:&*`~|\n")
    assert len(shown) <= 80


@pytest.mark.parametrize("state", [ANSWERED, CLOSED, DISMISSED])
def test_case_that_needs_no_answer_needs_no_procedure(state: dict[str, Any]) -> None:
    more = word(card(**state), tongue()).more
    assert not any(isinstance(part, parts_of.Draft | parts_of.Steps) for part in more)


def test_unknown_status_severity_and_language_are_shown_as_they_are() -> None:
    odd = card(severity="odd", status="later", language="xx", drafts=(Draft("not a language", "hello"),))
    worded = word(odd, tongue("en"))
    assert "odd" in (worded.headline or "")
    assert any("not a language" in part.label for part in worded.more if isinstance(part, parts_of.Draft))


class TestHostileText:
    def test_cleaned_text_has_no_control_direction_or_surrogate(self) -> None:
        assert clean(HOSTILE).startswith("<!channel> <@U0123>")
        assert not set(clean(HOSTILE)) & {"\x00", "\x1b", "\u202e", "\ud800"}
        assert "\n\n\n" not in clean(HOSTILE)

    @pytest.mark.parametrize(
        "nothing", ["", " \n\t", "\x00", "\ud800", "\u200b\u200d", "\u3164\u2800", "\u0301"]
    )
    def test_text_with_nothing_to_see_is_said_to_be_none(self, nothing: str) -> None:
        quotes = [
            part.text for part in word(card(text=nothing), tongue("en")).parts if isinstance(part, Quote)
        ]
        assert quotes == ["(no text)"]

    def test_tower_of_marks_is_taken_down(self) -> None:
        assert len(clean("e" + "\u0301" * 500)) == 9

    def test_family_is_shown_whole_or_not_at_all(self) -> None:
        family = "👨‍👩‍👧‍👦"
        assert cut(family * 3, units(family) * 2 + 1) == family * 2 + "…"

    def test_cut_never_parts_a_letter_from_its_mark(self) -> None:
        assert cut("aa\u0308\u0301bb", 3) == "a…"

    def test_endless_grapheme_is_shown_in_part(self) -> None:
        endless = "\u200d".join("👩" * 400)
        assert 1 < units(cut(endless, 100)) <= 100

    def test_cut_text_says_that_it_was_cut(self) -> None:
        quote = next(
            part for part in word(card(text="sana " * 2000), tongue("fi")).parts if isinstance(part, Quote)
        )
        assert quote.text.endswith("… [lyhennetty]")
        assert units(quote.text) <= QUOTE_LENGTH

    @given(st.text(max_size=300), st.integers(1, 200))
    def test_cut_fits_whatever_it_is_given(self, text: str, length: int) -> None:
        assert units(cut(text, length)) <= length

    @given(st.text(max_size=300))
    def test_cleaning_twice_changes_nothing(self, text: str) -> None:
        assert clean(clean(text)) == clean(text)

    @pytest.mark.parametrize(
        "url",
        [
            "javascript:alert(1)",
            "https://x.com/|<!channel>",
            "https://x.com/a>b",
            "https://x.com/a b",
            "https://x.com/\n",
            "https://",
            "http://[::1",
            "ftp://x.com/1",
            "x.com/1",
            "https://x.com/" + "a" * 3000,
            "https://x.com/\u202egpj.exe",
            "",
            None,
        ],
    )
    def test_address_that_is_no_safe_link_is_no_link(self, url: str | None) -> None:
        assert safe_url(url) is None

    def test_address_that_is_no_link_is_still_shown(self) -> None:
        assert "javascript:alert(1)" in said(word(card(url="javascript:alert(1)"), tongue()))

    @pytest.mark.parametrize(
        "url", ["https://x.com/a/status/1?b=1&c=2#d", "HTTP://example.org", "https://mastodon.social/@a/1"]
    )
    def test_ordinary_address_is_a_link(self, url: str) -> None:
        assert safe_url(url) == url

    def test_braces_in_names_are_only_braces(self) -> None:
        assert "{owner.__class__} took this" in said(
            word(card(**TAKEN | {"owner": "{owner.__class__}"}), tongue("en"))
        )


def test_card_of_least_content_is_worded() -> None:
    bare = Card(
        case=1, status="open", severity="low", team="", playbook="", reason=(), text="", author="",
        author_name=None, followers=None, source="", url=None, language=None, posted_at=OPENED, opened_at=OPENED,
        acknowledge_by=None, respond_by=None,
    )  # fmt: skip
    assert replace(word(bare, tongue("en")), parts=()).case == 1
    assert "@?" in said(word(bare, tongue("en")))


DELETED = {"text": "", "url": None, "missing": "deleted", "deleted_at": OPENED + timedelta(minutes=9)}


@pytest.mark.parametrize(
    ("language", "words", "line"),
    [
        ("fi", "(asiakas on poistanut julkaisun)", "Asiakas poisti julkaisun (huomattu klo 3.35)."),
        ("sv", "(kunden har tagit bort inlägget)", "Kunden tog bort inlägget (upptäckt kl. 03:35)."),
        ("en", "(the customer has deleted the post)", "The customer deleted the post (found at 03:35)."),
    ],
)
def test_a_deleted_post_is_said_to_be_deleted_and_asks_nobody_to_hurry(
    language: str, words: str, line: str
) -> None:
    worded = word(card(**DELETED), tongue(language))
    assert words in said(worded)
    assert line in said(worded)
    assert line in plain(worded.summary)
    assert facts(worded) == {}
    assert not any(isinstance(part, Quote) for part in worded.parts)
    assert "U0123" not in str(payload(card(**DELETED), tongue(language), in_full=True).blocks)


@pytest.mark.parametrize(
    # the others quote nothing: a crisis summed up, and lines below the card
    "why",
    [why for why in WHYS if why not in {"summed_up", "answered", "closed", "warned"}],
)
def test_no_page_about_a_deleted_post_quotes_anything(why: str) -> None:
    gone = card(**DELETED, latest_text="", latest_missing="deleted", mentions=2)
    worded = word(Page(gone, (AINO,), why), tongue("en"))  # type: ignore[arg-type]  # a name of the Literal
    assert "(the customer has deleted the post)" in said(worded)
    assert not any(isinstance(part, Quote) for part in worded.parts)
    assert "Answer by" not in plain(worded.summary)


def test_an_answered_post_that_was_deleted_later_is_still_answered() -> None:
    worded = word(card(**ANSWERED, text="", missing="deleted"), tongue("en"))
    assert "the customer waited" in said(worded)
    assert "No answer is expected" not in said(worded)


def test_words_that_were_kept_for_their_time_are_said_to_be_erased() -> None:
    assert "(the text was erased: it may not be kept for longer)" in said(
        word(card(text="", missing="expired"), tongue("en"))
    )


@pytest.mark.parametrize(
    ("language", "times", "minutes", "line"),
    [
        ("fi", 3, 40, "3. kerta 30 päivässä; viimeksi vastasimme 40 minuutissa."),
        ("sv", 3, 40, "3:e gången på 30 dagar; senast svarade vi på 40 minuter."),
        ("sv", 2, 119, "2:a gången på 30 dagar; senast svarade vi på 119 minuter."),
        ("sv", 11, 2 * 60, "11:e gången på 30 dagar; senast svarade vi på 2 timmar."),
        ("en", 3, 40, "3rd time in 30 days; last time we answered in 40 minutes."),
        ("en", 12, 3 * 24 * 60, "12th time in 30 days; last time we answered in 3 days."),
        ("en", 22, 0.5, "22nd time in 30 days; last time we answered in 30 seconds."),
        ("fi", 2, None, "2. kerta 30 päivässä."),
    ],
)
def test_a_customer_who_needs_us_again_is_said_to(
    language: str, times: int, minutes: float | None, line: str
) -> None:
    waited = None if minutes is None else timedelta(minutes=minutes)
    worded = word(card(times=times, last_answered_in=waited), tongue(language))
    assert line in said(worded).splitlines()


def test_a_customer_of_the_first_time_has_no_history() -> None:
    assert "30 days" not in said(word(card(last_answered_in=timedelta(minutes=5)), tongue("en")))


def test_an_edited_post_says_when_that_was_found() -> None:
    edited = word(card(edited_at=OPENED + timedelta(minutes=9)), tongue("en"))
    assert " · edited, found at 03:35" in said(edited)
