"""What a team reads that belongs to no case.

The goldens hold the Slack payload and the words of a terminal, one file a notice and language. After a change
that is meant, renew them and read the difference:

    VASTE_RENEW_GOLDENS=1 .venv/bin/pytest tests/notifier/test_notices.py && git diff tests/notifier/goldens
"""

from dataclasses import asdict, replace
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from notifier.blocks import payload
from notifier.limits import problems
from notifier.notice_words import WORDS
from notifier.notices import KINDS, word_notice
from notifier.saying import LANGUAGES
from notifier.worded import Say, plain
from tests.notifier.cast import NOTICES, QUOTES, notice, tongue
from tests.notifier.test_wording import held

GOLDENS = Path(__file__).parent / "goldens" / "notices"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", NOTICES)
def test_notice_reads_as_its_golden(state: str, language: str) -> None:
    drawn = payload(notice(state), tongue(language), in_full=True)
    assert problems(drawn.blocks) == []
    held(GOLDENS / f"{state}-{language}.json", asdict(drawn))


def test_every_golden_belongs_to_a_notice_and_every_kind_has_one() -> None:
    wanted = {f"{state}-{language}.json" for state in NOTICES for language in LANGUAGES}
    assert {golden.name for golden in GOLDENS.glob("*.json")} == wanted
    assert {facts["kind"] for facts in NOTICES.values()} == KINDS


def test_all_three_languages_say_the_same_things_with_the_same_values() -> None:
    def values(template: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(template) if name}

    finnish = WORDS["fi"]
    for language in LANGUAGES:
        words = WORDS[language]
        assert words.keys() == finnish.keys()
        assert {key: values(words[key]) for key in words} == {key: values(finnish[key]) for key in finnish}


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("weather", {}),
        ("burst", {}),
        ("burst", {"count": "many", "usual": 1, "since": "2026-11-24T01:10:00+00:00"}),
        ("burst", {"count": 3, "usual": 1, "since": "yesterday"}),
        ("burst", {"count": 3, "usual": 1, "since": None}),
    ],
)
def test_kinds_and_facts_that_are_not_known_are_said_so(kind: str, facts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        word_notice(replace(notice(), kind=kind, facts=facts), tongue())


@pytest.mark.parametrize(
    ("carried", "language", "told"),
    [
        ("no", "fi", ["Koko raportti kuvineen: vaste report --format html tai pdf."]),
        ("whole", "fi", ["Koko raportti on liitteenä PDF-tiedostona."]),
        ("whole", "sv", ["Hela rapporten är bifogad som PDF."]),
        (
            "forbidden",
            "en",
            [
                "Without its picture and its PDF: the bot lacks the scope files:write.",
                "The whole report, with pictures: vaste report --format html or pdf.",
            ],
        ),
    ],
)
def test_a_report_says_what_comes_along_with_it(carried: Any, language: str, told: list[str]) -> None:
    worded = word_notice(replace(notice("report"), carried=carried, lacks="files:write"), tongue(language))
    said = [plain(part.line) for part in worded.parts if isinstance(part, Say)]
    assert said[6:] == told


@pytest.mark.parametrize("state", NOTICES)
def test_a_notice_that_lacks_any_of_its_facts_is_said_so_or_worded_without(state: str) -> None:
    for name in NOTICES[state]:
        facts = {key: fact for key, fact in notice(state).facts.items() if key != name}
        try:
            word_notice(replace(notice(state), facts=facts), tongue())
        except ValueError as said:
            assert "lacks facts" in str(said)  # noqa: PT017  # either is right


def test_quotes_are_masked_cut_and_link_to_their_posts() -> None:
    drawn = payload(notice("hot"), tongue("en"), in_full=True)
    assert "Soittakaa •••" in drawn.whole_text
    assert "040" not in str(drawn)
    assert "maija@" not in str(drawn)
    assert "<https://x.com/maija_k/status/3|Open the post>" in drawn.whole_text
    long = {3: replace(QUOTES[3], text="a" * 1000)}
    assert "a" * 300 not in str(payload(replace(notice("hot"), quotes=long), tongue(), in_full=True))


def test_a_number_cut_in_two_is_masked_all_the_same() -> None:
    text = "x " * 134 + "4111 1111 1111 1111"
    drawn = str(
        payload(replace(notice("hot"), quotes={3: replace(QUOTES[3], text=text)}), tongue(), in_full=True)
    )
    assert "4111" not in drawn


def test_a_post_that_was_erased_is_not_quoted_and_says_why() -> None:
    assert notice("hot").must_not_quote
    assert not replace(notice("hot"), quotes={3: QUOTES[3]}).must_not_quote
    assert (
        "(the customer has deleted the post)" in payload(notice("hot"), tongue("en"), in_full=True).whole_text
    )


def test_many_long_quotes_are_shortened_rather_than_lost() -> None:
    posts = {number: replace(QUOTES[3], text='"' * 2000) for number in range(60)}
    topics = [{"topic": f"t{n}", "count": 9, "posts": list(range(6 * n, 6 * n + 6))} for n in range(10)]
    drawn = payload(replace(notice("hot", topics=topics), quotes=posts), tongue(), in_full=True)
    assert drawn.blocks
    assert problems(drawn.blocks) == []


def test_unknown_language_is_worded_in_english() -> None:
    assert word_notice(notice(), tongue("de")) == word_notice(notice(), tongue("en"))


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 negative post (since 03:10)."),
        (2, "2 negative posts (since 03:10)."),
        (1200, "1,200 negative posts (since 03:10)."),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(count: int, said: str) -> None:
    assert said in plain(word_notice(notice(count=count), tongue("en")).summary)
