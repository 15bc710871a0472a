"""Answers and homes in words and as blocks: whole in every language, valid, and dead where they are not ours."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.answer_words import ANSWER_WORDS
from notifier.answers import word_answer
from notifier.channel import Notice, Sent
from notifier.front import CaseAtHand, Home
from notifier.home_words import HOME_WORDS
from notifier.limits import problems, view_problems
from notifier.slack_home_blocks import draw_answer, draw_home, draw_mine, draw_take_over, link_to
from tests.notifier.cast import tongue
from tests.notifier.front_cast import ANSWERS, CARD, HOME, HOMES, NOW, URGENT
from tests.servers.slack_desk import check_home

LANGUAGES = ("fi", "sv", "en")
WORKSPACE = "https://ainokahvi.slack.com/"


@pytest.mark.parametrize("words", [ANSWER_WORDS, HOME_WORDS])
def test_every_word_is_said_in_three_languages_with_the_same_values(words: dict[str, dict[str, str]]) -> None:
    for language in LANGUAGES:
        assert words[language].keys() == words["en"].keys()
    for key, english in words["en"].items():
        values = {part.split("}")[0] for part in english.split("{")[1:]}
        for language in LANGUAGES:
            told = {part.split("}")[0] for part in words[language][key].split("{")[1:]}
            assert told == values, (language, key)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(ANSWERS))
def test_every_answer_is_whole_and_valid(kind: str, language: str) -> None:
    drawn = draw_answer(ANSWERS[kind], tongue(language))
    assert drawn.blocks
    assert problems(drawn.blocks) == []
    assert "{" not in drawn.whole_text
    assert drawn.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(HOMES))
def test_every_home_is_whole_and_valid(name: str, language: str) -> None:
    view = draw_home(HOMES[name], tongue(language), workspace=WORKSPACE)
    check_home(view)
    assert view_problems(view) == []
    assert "{" not in "".join(texts_of(view["blocks"]))


def texts_of(blocks: Any) -> list[str]:
    if isinstance(blocks, dict):
        mine = [blocks["text"]] if isinstance(blocks.get("text"), str) else []
        return mine + [text for value in blocks.values() for text in texts_of(value)]
    return [text for one in blocks for text in texts_of(one)] if isinstance(blocks, list) else []


def test_what_is_late_comes_with_a_sign_and_what_is_due_with_the_time_left() -> None:
    said = "\n".join(texts_of(draw_home(HOME, tongue("fi"), workspace=WORKSPACE)["blocks"]))
    assert "vastaa klo 14.25 mennessä (aikaa 25 min)" in said
    assert "vastaa klo 13.00 mennessä (⚠️ myöhässä 1 t)" in said
    assert "odottanut 3 t · lykätty klo 15.00 asti" in said


def test_a_long_list_is_cut_and_says_how_many_more_there_are() -> None:
    many = replace(HOME, cases=tuple(replace(URGENT, case=number) for number in range(40)))
    view = draw_home(many, tongue("en"), workspace=WORKSPACE)
    check_home(view)
    assert "and 25 more; all of them: /vaste mine" in "\n".join(texts_of(view["blocks"]))


@pytest.mark.parametrize(
    ("card", "workspace", "link"),
    [
        (CARD, WORKSPACE, "https://ainokahvi.slack.com/archives/C00000001/p1795521600000100"),
        (None, WORKSPACE, None),
        (CARD, None, None),
        (CARD, "", None),
        (CARD, "javascript:alert(1)", None),
        (Sent("console", "12"), WORKSPACE, None),  # it lies on another channel
        (Sent("C1", "case:12"), WORKSPACE, None),
    ],
)
def test_a_link_leads_to_a_card_of_slack_or_nowhere(
    card: Sent | None, workspace: str | None, link: str | None
) -> None:
    assert link_to(card, workspace) == link


def test_without_links_a_home_says_the_same() -> None:
    view = draw_home(HOME, tongue("en"), workspace=None)
    check_home(view)
    assert "case 12" in "\n".join(texts_of(view["blocks"]))


def test_the_question_fits_a_modal() -> None:
    view = draw_take_over(
        replace(HOME, may_take=tuple(f"team {n} " + "x" * 100 for n in range(150))), tongue("en")
    )
    options = view["blocks"][0]["element"]["options"]
    assert len(options) == 100
    assert view_problems(view) == []
    assert all(len(one["text"]["text"]) <= 75 for one in options)


HOSTILE = st.one_of(
    st.text(max_size=200),
    st.sampled_from(
        ["<!channel>", "<@U0123>", "*b*", "`c`", "\u202eevil", "W" * 5000, "🤷‍♀️" * 400, "\x00\x07"]
    ),
)


@given(HOSTILE)
def test_names_of_others_are_never_live_and_never_break_a_home(name: str) -> None:
    case = CaseAtHand(1, name, name, "acknowledged", name, NOW, NOW, "respond", card=CARD)
    hostile = Home(NOW, name, "U0123", "/vaste", cases=(case,), untaken=(case,), may_take=("care",))
    view = draw_home(hostile, tongue("en"), workspace=WORKSPACE)
    check_home(view)
    for text in texts_of(view["blocks"]):
        assert "<!" not in text
        assert "<@" not in text
    mine = draw_mine(hostile, tongue("en"), workspace=WORKSPACE)
    assert mine.text


@given(HOSTILE)
def test_what_somebody_typed_is_never_live_and_never_breaks_an_answer(word: str) -> None:
    facts = {**ANSWERS["mistake-unknown"].facts, "word": word}
    drawn = draw_answer(Notice("mistake", NOW, facts), tongue("en"))
    assert problems(drawn.blocks) == []
    assert "<!" not in drawn.text
    # in rich text nothing is live but elements of their own kinds
    assert set(re.findall(r'"type": "(\w+)"', json.dumps(drawn.blocks[1:]))) <= {
        "rich_text",
        "rich_text_section",
        "text",
    }


def test_an_answer_of_another_kind_is_a_fault() -> None:
    with pytest.raises(ValueError, match="no notice is of kind"):
        word_answer(Notice("burst", NOW, {}), tongue("en"))
