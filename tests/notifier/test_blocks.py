"""Payloads for Slack: always valid, never empty, and nothing of a customer's is alive in them."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casebook.draft import Draft
from notifier.blocks import Payload, draw, escape, payload
from notifier.channel import Content, Page
from notifier.limits import problems
from notifier.wording import word
from tests.notifier.cast import (
    AGAIN,
    AINO,
    ANSWERED,
    BEN,
    CLOSED,
    DISMISSED,
    HOSTILE,
    NOTICES,
    TAKEN,
    card,
    hostile_notice,
    hostile_reason,
    tongue,
)
from tests.servers.fake_slack import Refused, check_message

OURS = re.compile(r"<@U012[34]>|<https://x\.com/[^<>|\s]*\|[^<>|]+>")
_HOSTILE_TEXTS = st.one_of(
    st.text(max_size=400),
    st.text(alphabet=st.characters(), min_size=1, max_size=40).map(lambda text: text * 250),
    st.sampled_from(["👩‍👩‍👧‍👦" * 400, "&" * 10_000, '"\\' * 5000, "\x1b[31m" * 2000, "<!channel>" * 1000, HOSTILE]),
    st.lists(st.sampled_from(["<@U0123>", "<!here>", "\u202e", "\ud83d", "```", "|", ">", "\x00", "\u0301" * 50]))
    .map("".join),
)  # fmt: skip


def mrkdwn(drawn: Payload) -> Iterator[str]:
    """Every text in which Slack would read markup."""

    def inside(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if value.get("type") == "mrkdwn":
                yield value["text"]
            for inner in value.values():
                yield from inside(inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                yield from inside(inner)

    yield from (drawn.text, drawn.whole_text)
    yield from inside(drawn.blocks)


def assert_harmless(content: Content, *, in_full: bool = True) -> Payload:
    drawn = payload(content, tongue(), in_full=in_full)
    assert drawn.blocks, "it did not fit"
    assert problems(drawn.blocks) == []
    check_message({"text": drawn.text, "blocks": list(drawn.blocks)})
    check_message({"text": drawn.whole_text, "blocks": []})
    for text in mrkdwn(drawn):
        assert text.strip()
        assert re.search(r"[<>]", OURS.sub("", text)) is None, text
        assert len(text) <= 4000
    return drawn


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_HOSTILE_TEXTS, _HOSTILE_TEXTS, _HOSTILE_TEXTS)
def test_no_text_of_a_customer_breaks_or_enlivens_a_card(text: str, name: str, more: str) -> None:
    hostile = card(
        text=text, author=name, author_name=more, latest_text=more, mentions=2, reason=hostile_reason(name)
    )
    assert_harmless(hostile)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_HOSTILE_TEXTS, _HOSTILE_TEXTS, st.booleans())
def test_no_configured_text_breaks_a_card_or_a_page(text: str, other: str, in_full: bool) -> None:  # noqa: FBT001  # hypothesis gives it
    wordy = card(
        mandate=text, checklist=(other, text) * 20, drafts=(Draft("fi", text), Draft("sv", other, text), Draft("en", "{author} {me} {link}")),
        playbook=other, team=text, source=other, responded_by=text, owner=other,
    )  # fmt: skip
    assert_harmless(Page(wordy, (AINO, BEN), "raised"), in_full=in_full)
    assert_harmless(wordy)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_HOSTILE_TEXTS, st.sampled_from(sorted(NOTICES)))
def test_no_quoted_post_and_no_name_breaks_a_notice(text: str, kind: str) -> None:
    assert_harmless(hostile_notice(kind, text))


@given(_HOSTILE_TEXTS)
def test_no_address_breaks_out_of_its_link(url: str) -> None:
    for address in (url, f"https://x.com/{url}"):
        drawn = payload(card(url=address), tongue(), in_full=True)
        assert problems(drawn.blocks) == []
        assert set(re.findall(r"<([^>]*)>", drawn.text)) == {"@U0123"}


def test_customers_words_stand_where_slack_reads_no_markup() -> None:
    drawn = assert_harmless(card(text=HOSTILE, author_name=HOSTILE, latest_text=HOSTILE))
    sections = [block for block in drawn.blocks if block["type"] == "section"]
    assert "evil.example" not in json.dumps(sections)
    texts = [
        element for block in drawn.blocks if block["type"] == "rich_text" for element in block["elements"]
    ]
    quote = next(element for element in texts if element["type"] == "rich_text_quote")
    assert "<!channel>" in quote["elements"][0]["text"]


def test_in_text_alone_customers_words_neither_ping_nor_format_nor_quote() -> None:
    drawn = payload(card(text=HOSTILE), tongue(), in_full=True)
    for text in (drawn.text, drawn.whole_text):
        said = next(line for line in text.splitlines() if "evil" in line)
        assert "&lt;!channel&gt;" in said
        assert not set(said.replace("*", "", 2)) & set("`~")
        assert "*b*" not in said
    assert "\n&gt;" not in drawn.whole_text


def test_underscores_format_nothing_and_names_stay_what_they_are() -> None:
    drawn = payload(card(author="maija_k", text="_i_ a_b _x y_ __"), tongue(), in_full=True)
    assert "@maija_k" in drawn.text
    assert "ˍiˍ a_b ˍx yˍ ˍˍ" in drawn.text


def test_mention_of_the_person_on_call_is_alive() -> None:
    drawn = payload(card(), tongue(), in_full=True)
    assert drawn.blocks[1] == {
        "type": "section",
        "text": {
            "type": "mrkdwn",
            "text": "Vuorossa <@U0123>. Kukaan ei ole vielä ottanut tätä.",
            "verbatim": True,
        },
    }
    assert "<@U0123>" in drawn.text


def test_buttons_carry_the_case_and_exactly_the_acts_names() -> None:
    actions = next(
        block for block in payload(card(), tongue(), in_full=True).blocks if block["type"] == "actions"
    )
    *buttons, menu = actions["elements"]
    pressed = [(button["action_id"], button["value"]) for button in buttons]
    assert pressed == [("acknowledge", "12"), ("replied", "12"), ("close", "12"), ("dismiss", "12")]
    assert [button.get("style") for button in buttons] == ["primary", None, None, None]
    assert (menu["type"], menu["action_id"], actions["block_id"]) == ("overflow", "more", "case:12")
    assert [option["value"] for option in menu["options"]] == [
        "reassign",
        "snooze",
        "wrong_label",
        "why",
        "open",
    ]
    assert menu["options"][-1]["url"] == "https://x.com/maija_k/status/1860000000000000001"


@pytest.mark.parametrize(
    ("changes", "offered"),
    [
        ({}, ["reassign", "snooze", "wrong_label", "why", "open"]),
        (TAKEN, ["reassign", "snooze", "wrong_label", "why", "open"]),
        (ANSWERED, ["reassign", "wrong_label", "why", "open"]),
        (CLOSED, ["wrong_label", "why", "open"]),
        (DISMISSED, ["wrong_label", "why", "open"]),
        ({"url": None}, ["reassign", "snooze", "wrong_label", "why"]),
        (
            {"url": None, "page_url": "https://vaste.example/case/12"},
            ["reassign", "snooze", "wrong_label", "why", "open"],
        ),
        ({"status": "merged", "merged_into": 9}, []),
    ],
)
def test_menu_offers_what_applies(changes: dict[str, Any], offered: list[str]) -> None:
    worded = word(card(**changes), tongue())
    assert [button.action for button in worded.menu] == offered


def test_cases_own_page_is_opened_where_people_can_open_it() -> None:
    page = "https://vaste.example/case/12"
    worded = word(card(page_url=page), tongue("en"))
    assert (worded.menu[-1].label, worded.menu[-1].url) == ("Open the case's page", page)
    assert page in json.dumps(draw(worded))


def test_long_post_is_cut_and_can_be_shown_whole() -> None:
    worded = word(card(text="Kahvi on kylmää. " * 200), tongue("en"))
    shown = next(block for block in draw(worded) if block["type"] == "actions")["elements"]
    assert [(button["action_id"], button["value"], button["text"]["text"]) for button in shown] == [
        ("show_all", "12", "Show all")
    ]
    assert word(card(), tongue("en")).aside == ()


def test_card_that_would_be_too_long_is_shortened_not_lost() -> None:
    # every quotation mark is two characters in JSON: the longest card there can be
    long = card(
        text='"' * 10_000, latest_text='"' * 10_000, mentions=2, mandate='"' * 5000, checklist=('"' * 500,) * 40,
        drafts=tuple(Draft(language, '"' * 5000) for language in ("fi", "sv", "en", "de", "fr", "ru", "et")),
    )  # fmt: skip
    drawn = assert_harmless(long)
    assert len(json.dumps(drawn.blocks, ensure_ascii=False)) <= 13_000
    assert any(block["type"] == "actions" for block in drawn.blocks)


def test_text_alone_says_that_the_buttons_are_missing_and_keeps_the_link() -> None:
    whole = payload(card(**AGAIN), tongue("en"), in_full=True).whole_text
    assert "The card's buttons could not be shown." in whole
    assert "<https://x.com/maija_k/status/1860000000000000001|Open the post>" in whole
    assert "Answer by: 03:54" in whole


def test_escape_is_slacks() -> None:
    assert escape("a & b <c> &lt;") == "a &amp; b &lt;c&gt; &amp;lt;"


def test_fake_slack_refuses_what_slack_refuses() -> None:
    for wrong, error in (
        ({"text": ""}, "no_text"),
        ({"text": "a" * 40_001}, "msg_too_long"),
        ({"text": "a", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}]}, "invalid_blocks"),
        ({"text": "a", "blocks": ["b"]}, "invalid_blocks_format"),
        ({"text": "a", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "a" * 2999}}] * 5}, "msg_blocks_too_long"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            check_message(wrong)
        assert refused.value.error == error
