"""docs/channels/slack.md says what the code does."""

import ast
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from slack_sdk import WebClient

from notifier.saying import WORDS
from notifier.slack_manifest import BY_EMAIL, FREE, SCOPES, manifest
from notifier.wording import QUOTE_LENGTH

PAGE_AT = Path(__file__).parents[2] / "docs" / "channels" / "slack.md"
PAGE = PAGE_AT.read_text(encoding="utf-8")


def test_manifest_asks_for_exactly_the_scopes_that_are_used() -> None:
    found = re.search(r"```yaml\n(\s+display_information:.*?)```", PAGE, re.DOTALL)
    assert found is not None
    assert YAML(typ="safe").load(found[1]) == manifest(command="/vaste", request_url=None, by_email=False)


SEVERAL = {"files_upload_v2": {"files.getUploadURLExternal", "files.completeUploadExternal"}}
"""slack_sdk's own names for several calls."""


def calls_in_code() -> set[str]:
    """The methods of the Web API that our code calls, by Slack's names."""
    spelled = {re.sub(r"[._]", "", method).lower(): method for method in [*KNOWN]}
    found = set()
    for path in (Path(__file__).parents[2] / "notifier").glob("slack*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in vars(WebClient) and node.attr[0] != "_":
                found |= SEVERAL.get(node.attr, {spelled.get(node.attr.replace("_", "").lower(), node.attr)})
    return found


KNOWN = {method for methods in (SCOPES | BY_EMAIL).values() for method in methods} | FREE


def test_every_call_has_its_scope_and_every_scope_a_call() -> None:
    assert calls_in_code() == KNOWN


@pytest.mark.parametrize("scope", [*SCOPES, *BY_EMAIL])
def test_every_scope_is_explained(scope: str) -> None:
    assert f"`{scope}`" in PAGE


def test_over_http_the_manifest_names_one_address_and_no_socket() -> None:
    drawn = manifest(command="/v", request_url="https://v.example.fi/slack/events", by_email=True)
    addresses = [
        drawn["features"]["slash_commands"][0]["url"],
        drawn["settings"]["interactivity"]["request_url"],
        drawn["settings"]["event_subscriptions"]["request_url"],
    ]
    assert set(addresses) == {"https://v.example.fi/slack/events"}
    assert not drawn["settings"]["socket_mode_enabled"]
    assert "users:read.email" in drawn["oauth_config"]["scopes"]["bot"]


def test_every_button_is_described_in_every_language() -> None:
    for words in WORDS.values():
        for verb in ("acknowledge", "replied", "close", "dismiss", "reopen"):
            assert words[f"button.{verb}"] in PAGE


def test_length_of_the_quote_is_the_one_described() -> None:
    assert f"at most {QUOTE_LENGTH:,} characters" in PAGE
