"""The card in a terminal, in a pipe, and with hostile words in it."""

import io
import re

import pytest
from rich.console import Console

from notifier.channel import ChannelUnavailable, Page, Sent
from notifier.console import ConsoleChannel, ConsoleSettings
from tests.notifier.cast import AINO, ANSWERED, HOSTILE, OPENED, TAKEN, card, message, notice, tongue

OWN_CONTROLS = re.compile(r"\x1b\[[0-9;]*m")


def terminal() -> tuple[ConsoleChannel, io.StringIO]:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=100, color_system="standard", highlight=False)
    return ConsoleChannel(ConsoleSettings(), tongue("en"), console), written


def pipe(encoding: str = "utf-8") -> tuple[ConsoleChannel, io.BytesIO]:
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding=encoding, write_through=True), highlight=False)
    return ConsoleChannel(ConsoleSettings(), tongue("en"), console), raw


def test_a_card_that_changed_in_nothing_its_line_tells_is_not_told_twice_in_a_row() -> None:
    channel, raw = pipe()
    update = Sent(place="console", ref="case-12-card")
    again = message(card(nobody_on_call=True, on_call=()), update=update)
    for told in (again, again, message(card(**TAKEN), update=update), again):
        assert channel.send(told, now=OPENED) == update
    lines = raw.getvalue().decode().splitlines()
    assert [line.count("Nobody is on call") for line in lines] == [1, 0, 1]


def test_card_is_a_panel_coloured_by_severity() -> None:
    for severity, colour in (("critical", "31"), ("normal", "34")):
        channel, written = terminal()
        channel.send(message(card(severity=severity)), now=OPENED)
        assert f"\x1b[{colour}m╭" in written.getvalue()


def test_card_shows_who_what_where_by_when_and_what_to_say() -> None:
    channel, raw = pipe()
    sent = channel.send(message(card()), now=OPENED)
    assert sent == Sent(place="console", ref="case-12-card")
    assert raw.getvalue().decode() == (
        "🔴 Critical: take it by 03:31 · recall · case 12\n"
        "  On call: Aino Virtanen. Nobody has taken this yet.\n"
        "  Take by: 03:31\n"
        "  Answer by: 03:54\n"
        "  “Löysin lasinsirun teidän kahvipurkista! Lapsi joi tästä, mitä nyt teen?”\n"
        "  @maija_k (Maija Korhonen) · 12,345 followers · x · posted at 03:24 · Open the post: "
        "https://x.com/maija_k/status/1860000000000000001\n"
        "  Your mandate: Saat hyvittää 50 euroon asti.\n"
        "  Checklist:\n"
        "    • Pyydä kuva ja eränumero\n"
        "    • Ilmoita laadulle\n"
        "  Draft reply (Finnish), copy and adapt:\n"
        "    Hei! Otamme tämän vakavasti.\n"
        "    Laitatko kuvan?\n"
        "  Draft reply (English), copy and adapt:\n"
        "    We are so sorry.\n"
        "  Why this is here: playbook recall: topic recall 0.91; negative 0.97\n"
        "  Team: care\n"
        "\n"
    )


def test_pipe_gets_no_colours_and_whole_addresses() -> None:
    channel, raw = pipe()
    channel.send(message(card(url="https://x.com/" + "a" * 300)), now=OPENED)
    assert b"\x1b" not in raw.getvalue()
    assert b"https://x.com/" + b"a" * 300 in raw.getvalue()


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (TAKEN, "→ case 12: Aino Virtanen took this at 03:30.\n"),
        (ANSWERED, "→ case 12: ainokahvi answered at 03:46; the customer waited 22 mins.\n"),
    ],
)
def test_update_is_one_short_line(changes: dict[str, object], line: str) -> None:
    channel, raw = pipe()
    channel.send(message(card(**changes), update=Sent("console", "case-12-card")), now=OPENED)
    assert raw.getvalue().decode() == line


def test_page_is_one_line_and_a_notice_stands_under_its_headline() -> None:
    channel, raw = pipe()
    channel.send(message(Page(card(), (AINO,), "opened")), now=OPENED)
    channel.send(message(notice()), now=OPENED)
    assert raw.getvalue().decode() == (
        "→ Aino Virtanen – New case 12: Critical, recall. Answer by 03:54.\n"
        "📈 More negative posts than usual\n"
        "  42 negative posts (since 03:10). About 3.5 are usual at this time of the week.\n"
        "  This is for information: nothing was put together, and cases go on as ever.\n"
        "\n"
    )


def test_notice_that_is_worded_anew_is_one_line() -> None:
    channel, raw = pipe()
    channel.send(message(notice(), update=Sent("console", "notice")), now=OPENED)
    assert raw.getvalue().decode().splitlines() == [
        "→ 📈 More negative posts than usual. 42 negative posts (since 03:10). About 3.5 are usual at this time of the week."
    ]


def test_hostile_words_neither_steer_the_terminal_nor_format() -> None:
    channel, written = terminal()
    hostile = card(text=HOSTILE, author=HOSTILE, author_name=HOSTILE, url=HOSTILE, latest_text=HOSTILE)
    channel.send(message(hostile), now=OPENED)
    shown = OWN_CONTROLS.sub("", written.getvalue())
    assert not set(shown) & {"\x1b", "\x00", "\u202e", "\ud800"}
    assert "[bold" in shown
    assert ":fire:" in shown


def test_terminal_that_knows_only_ascii_shows_question_marks_and_lives() -> None:
    channel, raw = pipe("ascii")
    channel.send(message(card()), now=OPENED)
    channel.send(message(card(**TAKEN), update=Sent("console", "k")), now=OPENED)
    assert b"L?ysin lasinsirun" in raw.getvalue()


def test_closed_output_is_said_and_permanent() -> None:
    written = io.StringIO()
    channel = ConsoleChannel(ConsoleSettings(), tongue(), Console(file=written))
    written.close()
    with pytest.raises(ChannelUnavailable) as refused:
        channel.send(message(card()), now=OPENED)
    assert refused.value.permanent
    assert "terminal" in str(refused.value)
