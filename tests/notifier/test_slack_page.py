"""docs/channels/slack.md says what the code does."""

import re
from pathlib import Path

from ruamel.yaml import YAML

from notifier.saying import WORDS
from notifier.slack_check import SCOPES
from notifier.wording import QUOTE_LENGTH

PAGE = (Path(__file__).parents[2] / "docs" / "channels" / "slack.md").read_text(encoding="utf-8")


def test_manifest_asks_for_exactly_the_scopes_that_are_used() -> None:
    found = re.search(r"```yaml\n(\s+display_information:.*?)```", PAGE, re.DOTALL)
    assert found is not None
    manifest = YAML(typ="safe").load(found[1])
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES
    assert manifest["settings"]["socket_mode_enabled"]
    assert manifest["settings"]["interactivity"]["is_enabled"]


def test_every_button_is_described_in_every_language() -> None:
    for words in WORDS.values():
        for verb in ("acknowledge", "replied", "close", "dismiss", "reopen"):
            assert words[f"button.{verb}"] in PAGE


def test_length_of_the_quote_is_the_one_described() -> None:
    assert f"at most {QUOTE_LENGTH:,} characters" in PAGE
