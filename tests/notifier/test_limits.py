"""What Slack would refuse is found before it is sent: one limit a line, at its boundary."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.limits import message_problems, problems, view_problems


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def marked(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": marked(text)} | more


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def button(**changes: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": "a", "value": "1", "text": plain("b")} | changes


def option(text: str = "a", value: str = "1") -> dict[str, Any]:
    return {"text": plain(text), "value": value}


def options(count: int) -> list[dict[str, Any]]:
    return [option(value=str(number)) for number in range(count)]


def menu(count: int, kind: str = "overflow") -> dict[str, Any]:
    return {"type": kind, "action_id": "more", "options": options(count)}


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def asked(element: dict[str, Any], label: str = "Where?") -> dict[str, Any]:
    return {"type": "input", "label": plain(label), "element": element}


def modal(*blocks: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("t"), "submit": plain("s"), "blocks": list(blocks)} | changes


WORDS = {"type": "text", "text": "a"}


@pytest.mark.parametrize(
    ("blocks", "problem"),
    [
        ([], "0 blocks"),
        ([rich(WORDS)] * 51, "51 blocks"),
        ([{"type": "hologram"}], "unknown block 'hologram'"),
        (["section"], "unknown block 'section'"),
        ([section("")], "section is empty"),
        ([section(" \n")], "section is empty"),
        ([{"type": "section"}], "section is empty"),
        ([section("a" * 3001)], "section of 3001"),
        ([section(block_id="a" * 256)], "block_id of 256"),
        ([section(block_id="a"), section(block_id="a")], "block_id 'a' twice"),
        ([{"type": "section", "fields": [marked("a")] * 11}], "11 elements in fields"),
        ([{"type": "section", "fields": [marked("a" * 2001)]}], "field of 2001"),
        ([{"type": "header", "text": plain("😀" * 76)}], "header of 152"),
        ([{"type": "header", "text": marked("a")}], "header is no plain_text"),
        ([{"type": "context", "elements": [plain("a")] * 11}], "11 elements in context"),
        ([{"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": []}]}], "0 elements"),
        ([rich({"type": "text", "text": ""})], "empty text"),
        ([rich({"type": "link", "url": "javascript:alert(1)"})], "link is no address"),
        ([rich({"type": "link", "url": "https://a.example/" + "b" * 3000})], "link of 3018"),
        ([rich({"type": "hologram"})], "unknown words 'hologram'"),
        ([section("a\x00b")], "not text"),
        ([section("\ud800b")], "not text"),
        ([section("a" * 2900)] * 5, "characters in all"),
        ([actions(*[button(action_id=str(number)) for number in range(26)])], "26 elements in actions"),
        ([actions(button(text=plain("b" * 76)))], "button of 76"),
        ([actions(button(text=marked("b")))], "button is no plain_text"),
        ([actions(button(value="v" * 2001))], "value of 2001"),
        ([actions(button(action_id="a" * 256))], "action_id of 256"),
        ([actions(button(), button())], "action_id 'a' twice"),
        ([actions(button(style="loud"))], "unknown style 'loud'"),
        ([actions(menu(6))], "6 elements in options"),
        ([actions(menu(0))], "0 elements in options"),
        ([actions({"type": "overflow", "action_id": "m", "options": [option("a" * 76)]})], "option of 76"),
        ([actions({"type": "overflow", "action_id": "m", "options": [option(value="v" * 151)]})], "option's value of 151"),
        ([actions({"type": "overflow", "action_id": "m", "options": [option(), option()]})], "value '1' twice"),
        ([actions(menu(11, "radio_buttons"))], "11 elements in options"),
        ([actions(menu(101, "static_select"))], "101 elements in options"),
        ([actions(menu(2, "static_select") | {"initial_option": option("z")})], "initial_option is none"),
        ([actions({"type": "hologram", "action_id": "a"})], "unknown element 'hologram'"),
        ([actions(button(confirm={"title": plain("a" * 101), "text": plain("b"), "confirm": plain("c"), "deny": plain("d")}))], "confirm's title of 101"),
        ([asked(menu(2, "radio_buttons"), "a" * 2001)], "label of 2001"),
        ([asked({"type": "plain_text_input", "action_id": "a", "initial_value": "a" * 3001})], "initial_value of 3001"),
        ([asked({"type": "plain_text_input", "action_id": "a", "placeholder": plain("a" * 151)})], "placeholder of 151"),
        ([{"type": "image", "image_url": "https://a.example/b.png"}], "alt_text is empty"),
    ],
)  # fmt: skip
def test_what_slack_would_refuse_is_found(blocks: list[Any], problem: str) -> None:
    assert any(problem in found for found in problems(blocks)), problems(blocks)


@pytest.mark.parametrize(
    "blocks",
    [
        [section("a" * 3000)],
        [section()] * 50,
        [{"type": "header", "text": plain("😀" * 75)}],
        [{"type": "section", "fields": [marked("a" * 1200)] * 10}],
        [{"type": "context", "elements": [plain("a")] * 10}],
        [actions(*[button(action_id=str(number)) for number in range(25)])],
        [actions(button(text=plain("b" * 75), value="v" * 2000, action_id="a" * 255, style="danger"))],
        [actions(menu(5)), asked(menu(10, "radio_buttons")), asked(menu(100, "static_select"))],
        [actions(menu(2, "static_select") | {"initial_option": option(value="1")})],
        [rich(WORDS, {"type": "user", "user_id": "U0123"}, {"type": "link", "url": "https://a.example/b"})],
        [{"type": "divider"}, {"type": "image", "image_url": "https://a.example/b.png", "alt_text": "b"}],
    ],
)
def test_what_is_just_within_a_limit_is_let_through(blocks: list[Any]) -> None:
    assert problems(blocks) == []


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({}, "no words at all"),
        ({"text": " "}, "no words at all"),
        ({"text": "a" * 40_001}, "text of 40001"),
        ({"text": "a\x00"}, "not text"),
        ({"text": "a", "blocks": [section("")]}, "section is empty"),
        ({"text": "a", "attachments": [{"color": "red", "blocks": [section()]}]}, "'red' is no colour"),
        ({"text": "a", "attachments": [{"color": "#d00000", "blocks": [section("")]}]}, "section is empty"),
        ({"text": "a", "metadata": {"event_type": "a"}}, "metadata without"),
        ({"text": "a", "metadata": {"event_type": "a", "event_payload": {"key": "k" * 8000}}}, "metadata of"),
    ],
)
def test_message_that_slack_would_refuse_is_found(message: dict[str, Any], problem: str) -> None:
    assert any(problem in found for found in message_problems(message)), message_problems(message)


@pytest.mark.parametrize(
    ("view", "problem"),
    [
        (modal(section(), type="page"), "unknown view 'page'"),
        (modal(section(), title=plain("t" * 25)), "title of 25"),
        (modal(section(), submit=plain("t" * 25)), "submit of 25"),
        (modal(section(), private_metadata="p" * 3001), "private_metadata of more"),
        (modal(section(), callback_id="p" * 256), "callback_id of more"),
        (modal(*[section()] * 101), "101 blocks"),
        (modal(), "0 blocks"),
        (
            {"type": "modal", "title": plain("t"), "blocks": [asked(menu(2, "radio_buttons"))]},
            "nothing to send",
        ),
        ({"type": "modal", "blocks": [section()]}, "title is no plain_text"),
    ],
)
def test_view_that_slack_would_refuse_is_found(view: dict[str, Any], problem: str) -> None:
    assert any(problem in found for found in view_problems(view)), view_problems(view)


def test_good_views_and_messages_are_let_through() -> None:
    assert view_problems(modal(asked(menu(3, "radio_buttons")), title=plain("t" * 24))) == []
    assert view_problems({"type": "home", "blocks": [section()] * 100}) == []
    assert message_problems({"text": "a" * 40_000}) == []
    key = {"event_type": "vaste_delivery", "event_payload": {"key": "case-1-card"}}
    assert message_problems({"text": "a", "blocks": [section()], "metadata": key}) == []


_JSON = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=5), st.sampled_from(["text", "section", "actions"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["type", "text", "elements", "options", "fields", "element", "url"]),
            inner,
            max_size=4,
        ),
    ),
)
_KINDS = ("header", "section", "context", "actions", "input", "rich_text", "image", "divider")


@given(
    st.sampled_from(_KINDS),
    st.dictionaries(st.sampled_from(["text", "elements", "fields", "element"]), _JSON),
)
def test_what_is_no_block_has_problems_and_raises_none(kind: str, inside: dict[str, Any]) -> None:
    for block in ({"type": kind} | inside, inside):
        assert isinstance(problems([block]), list)
