"""What reminds one person of several cases, as each channel tells it."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from notifier.blocks import payload
from notifier.channel import Reminders
from notifier.console import ConsoleChannel, ConsoleSettings
from notifier.limits import problems
from notifier.speech import word
from notifier.told import as_html, as_lines
from tests.notifier.cast import AINO, ASKED, BACK, HOSTILE, OPENED, PROMISE, THREE, message, tongue
from tests.servers.fake_slack import buttons_of, check_message

LINES = {
    "fi": [
        "Aino Virtanen – 3 tapaustasi odottaa sinua nyt:",
        "• Tapaus 12: se, mitä asiakkaalle luvattiin, on nyt tehtävä. Vastaa viimeistään 3.54. · Avaa julkaisu: https://x.com/maija_k/status/1860000000000000001",
        "• Tapaus 9 palaa, lykkäys päättyi: Kiireellinen, recall. Vastaa viimeistään 3.54. · Avaa julkaisu: https://x.com/otto/status/9",
        "• Tapaus 3 on sinulla, eikä siitä ole kuulunut mitään: hoidatko sitä yhä? Kriittinen, recall. Vastaa viimeistään 3.54. · Tapauksen sivu: https://vaste.example.fi/case/3",
    ],
    "sv": [
        "Aino Virtanen – 3 av dina ärenden väntar på dig nu:",
        "• Ärende 12: det som kunden blev lovad ska göras nu. Svara senast 03:54. · Öppna inlägget: https://x.com/maija_k/status/1860000000000000001",
        "• Ärende 9 är tillbaka, det var uppskjutet till nu: Brådskande, recall. Svara senast 03:54. · Öppna inlägget: https://x.com/otto/status/9",
        "• Du har ärende 3 och ingenting har hörts: sköter du det ännu? Kritiskt, recall. Svara senast 03:54. · Ärendets sida: https://vaste.example.fi/case/3",
    ],
    "en": [
        "Aino Virtanen – 3 of your cases need you now:",
        "• Case 12: what the customer was promised is due now. Answer by 03:54. · Open the post: https://x.com/maija_k/status/1860000000000000001",
        "• Case 9 is back, it was put off until now: High, recall. Answer by 03:54. · Open the post: https://x.com/otto/status/9",
        "• You have case 3 and nothing was heard of it: are you still on it? Critical, recall. Answer by 03:54. · The case's page: https://vaste.example.fi/case/3",
    ],
}


@pytest.mark.parametrize("language", LINES)
def test_each_case_is_a_line_with_what_is_owed_and_its_link(language: str) -> None:
    assert as_lines(word(THREE, tongue(language)), tongue(language)) == LINES[language]


def test_the_person_is_mentioned_once_and_a_question_carries_its_answers() -> None:
    drawn = payload(THREE, tongue("en"), in_full=True)
    assert problems(drawn.blocks) == []
    assert json.dumps(drawn.blocks).count("<@U0123>") == 1
    pressed = [(one["action_id"], one["value"]) for one in buttons_of({"blocks": list(drawn.blocks)})]
    assert pressed == [("acknowledge", "3"), ("snooze", "3")]


def test_ten_that_ask_fit_into_one_message() -> None:
    pages = tuple(replace(ASKED, card=replace(ASKED.card, case=number)) for number in range(10))
    drawn = payload(Reminders(pages, (AINO,)), tongue("fi"), in_full=True)
    assert len(drawn.blocks) <= 50
    check_message({"text": drawn.text, "blocks": list(drawn.blocks)})
    assert drawn.blocks, "not as text alone"


def test_what_outsiders_name_is_dead_in_it() -> None:
    hostile = replace(PROMISE, card=replace(PROMISE.card, playbook=HOSTILE), why="snooze_over")
    drawn = payload(Reminders((hostile, BACK), (AINO,)), tongue("en"), in_full=True)
    written = json.dumps([drawn.text, drawn.whole_text])
    assert "<!channel>" not in written
    assert "<https://evil" not in written
    assert "<script" not in as_html(word(Reminders((hostile, BACK), (AINO,)), tongue("en")), tongue("en"))


def test_a_terminal_shows_every_line() -> None:
    written = io.StringIO()
    console = ConsoleChannel(ConsoleSettings(), tongue("en"), Console(file=written, highlight=False))
    console.send(message(THREE), now=OPENED)
    lines = written.getvalue().splitlines()
    assert (lines[0], len(lines)) == (f"→ {LINES['en'][0]}", 4)
    assert "https://x.com/otto/status/9" in lines[2]


def test_a_post_that_was_erased_is_not_to_stay_linked() -> None:
    gone = replace(PROMISE, card=replace(PROMISE.card, text="", missing="deleted"))
    assert (THREE.must_not_quote, Reminders((gone, BACK), (AINO,)).must_not_quote) == (False, True)
