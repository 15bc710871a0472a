"""What people should not have told in public is repeated by no message of ours, and its keeper is told to ask."""

import io

import pytest
from rich.console import Console

from notifier.blocks import payload
from notifier.channel import Card, Page
from notifier.console import ConsoleChannel, ConsoleSettings
from notifier.saying import LANGUAGES
from notifier.worded import Say, plain
from notifier.wording import word
from tests.notifier.cast import AINO, DISMISSED, OPENED, card, hostile_reason, message, tongue

SECRETS = (
    "131052-308T",
    "FI21 1234 5600 0007 85",
    "4111 1111 1111 1111",
    "040 123 4567",
    "maija@posti.fi",
)
TOLD = " / ".join(SECRETS)


def told(**changes: object) -> Card:
    return card(
        **(
            {
                "text": TOLD,
                "latest_text": TOLD,
                "mentions": 2,
                "author_name": TOLD,
                "reason": hostile_reason(TOLD),
            }
            | changes
        )
    )


def leaks(written: str) -> list[str]:
    return [secret for secret in SECRETS if secret in written or secret.replace(" ", "") in written]


@pytest.mark.parametrize("language", LANGUAGES)
def test_slack_repeats_nothing_private_in_any_message(language: str) -> None:
    for content in (told(), Page(told(), (AINO,), "waits_again")):
        for in_full in (True, False):
            drawn = payload(content, tongue(language), in_full=in_full)
            assert leaks(f"{drawn.text}\n{drawn.whole_text}\n{drawn.blocks}") == []


def test_consoles_repeat_nothing_private() -> None:
    written = io.StringIO()
    console = Console(file=written, width=400, highlight=False)
    ConsoleChannel(ConsoleSettings(kind="console"), tongue(), console).send(message(told()), now=OPENED)
    assert "•••" in written.getvalue()
    assert leaks(written.getvalue()) == []


def test_keeper_is_told_what_to_ask_to_have_removed() -> None:
    lines = [plain(part.line) for part in word(told(), tongue("en")).parts if isinstance(part, Say)]
    assert (
        "⚠ Anybody can read in the post: an identity code, an account number, a card number, a phone number, "
        "an e-mail address. It is masked here; ask the customer to remove it."
    ) in lines


@pytest.mark.parametrize("changes", [{"text": "Missä tilaukseni 12345 on?", "latest_text": None}, DISMISSED])
def test_nobody_is_asked_where_nothing_is_private_or_it_is_over(changes: dict[str, object]) -> None:
    lines = [plain(part.line) for part in word(told(**changes), tongue("en")).parts if isinstance(part, Say)]
    assert not any("masked" in line for line in lines)
