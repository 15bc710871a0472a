"""The pictures of our messages in docs/pictures, made from today's wording by the code that posts it.

    .venv/bin/python -m tests.notifier.pictures                    renews docs/pictures (needs Chromium)
    .venv/bin/python -m tests.notifier.pictures --to FOLDER        every picture in fi, sv and en, to be looked at

Beside the pictures lies `made-from.json`: of each the digest of the Block Kit that it shows. A test holds it against
what would be posted today, so a picture of yesterday's card is found out.
"""

import argparse
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from casebook.draft import Draft
from casebook.promise import Promise
from notifier.blocks import payload
from notifier.channel import Chart, Gathering, Question, Tongue
from notifier.dialogue import draw_form
from notifier.forms import word_form
from notifier.saying import LANGUAGES
from notifier.slack_files import picture_block
from notifier.slack_home_blocks import draw_answer, draw_home
from tests.notifier.as_seen import message_of, page_of, view_of
from tests.notifier.cast import AINO, CLOSED, HELSINKI, OPENED, TAKEN, card, notice, tongue
from tests.notifier.front_cast import ANSWERS, HOME
from tests.notifier.small_png import small
from vaste.painting import LIGHT, Drawing, paint_png
from vaste.weekly_chart import drawing_of

HERE: Final = Path(__file__).parents[2] / "docs" / "pictures"
MADE_FROM: Final = HERE / "made-from.json"
COMMAND: Final = ".venv/bin/python -m tests.notifier.pictures"
LARGEST: Final = 80_000
"""Bytes of one picture."""
_MINUTE: Final = timedelta(minutes=1)
_WORKSPACE: Final = "https://ainokahvi.slack.example"
_PAGE: Final = "https://vaste.example.fi/case/12"


@dataclass(frozen=True, slots=True)
class Shown:
    """What one picture shows."""

    made_from: Any
    """Block Kit as JSON, and what its charts are drawn from."""
    html: Callable[[], str]


# ---- what is shown ------------------------------------------------------------------------------------

_SAID: Final = {
    "fi": {
        "glass": "Löysin lasinsirun teidän kahvipurkista! Lapsi joi tästä, mitä nyt teen?",
        "mandate": "Saat hyvittää 50 euroon asti.",
        "step.1": "Pyydä kuva ja eränumero",
        "step.2": "Ilmoita laadulle",
        "draft": "Hei! Otamme tämän vakavasti. Laitatko kuvan ja eränumeron viestillä?",
        "mould": "Avasin uuden paketin ja kahvi haisee homeelta. Muillakin samaa?",
    },
    "sv": {
        "glass": "Hittade en glasbit i er kaffeburk! Barnet drack av det, vad gör jag nu?",
        "mandate": "Du får gottgöra upp till 50 euro.",
        "step.1": "Be om en bild och partinumret",
        "step.2": "Meddela kvalitet",
        "draft": "Hej! Vi tar det här på största allvar. Kan du skicka en bild och partinumret?",
        "mould": "Öppnade ett nytt paket och kaffet luktar mögel. Någon annan som märkt samma?",
    },
    "en": {
        "glass": "I found a piece of glass in your coffee tin! My child drank from it, what do I do now?",
        "mandate": "You may refund up to 50 euros.",
        "step.1": "Ask for a picture and the batch number",
        "step.2": "Tell quality",
        "draft": "Hello! We take this very seriously. Could you send us a picture and the batch number?",
        "mould": "Opened a new packet and the coffee smells of mould. Anyone else?",
    },
}


def _glass(speaks: Tongue, **changes: Any) -> Shown:
    said = _SAID[speaks.language]
    given = {
        "text": said["glass"],
        "language": speaks.language,
        "mandate": said["mandate"],
        "checklist": (said["step.1"], said["step.2"]),
        "drafts": (Draft(speaks.language, said["draft"]),),
        "page_url": _PAGE,
    }
    return _message(card(**(given | changes)), speaks, at=changes["at"])


def _open(speaks: Tongue) -> Shown:
    return _glass(speaks, at=OPENED)


def _acknowledged(speaks: Tongue) -> Shown:
    promised = Promise(1, "call", OPENED + 90 * _MINUTE, "Aino Virtanen", OPENED + 6 * _MINUTE)
    return _glass(speaks, at=OPENED + 6 * _MINUTE, promises=(promised,), **TAKEN)


def _closed(speaks: Tongue) -> Shown:
    changes = CLOSED | {"ended_by": "Aino Virtanen", "closed_at": OPENED + timedelta(hours=5)}
    return _glass(speaks, at=OPENED + timedelta(hours=5), **changes)


def _crisis(speaks: Tongue) -> Shown:
    gathering = Gathering(
        mentions=214,
        authors=187,
        first_at=OPENED - 22 * _MINUTE,
        last_at=OPENED + 38 * _MINUTE,
        step=5 * _MINUTE,
        curve=(1, 2, 4, 9, 18, 31, 44, 39, 27, 19, 12, 8),
        peak=14,
        peak_at=OPENED + 9 * _MINUTE,
        reached=(("https://x.com/uutiset/status/3", 81_400), ("https://x.com/liisa/status/9", 12_900)),
        deserving=131,
        answered=46,
        covered=52,
        median_wait=17 * _MINUTE,
        announced_at=OPENED + 25 * _MINUTE,
        announced_url="https://x.com/ainokahvi/status/77",
    )
    changes = TAKEN | {"playbook": "crisis", "gathering": gathering, "text": _SAID[speaks.language]["mould"]}
    changes |= {"respond_by": None, "mandate": None, "checklist": (), "drafts": (), "on_call": (AINO,)}
    given = {"posted_at": gathering.first_at, "language": speaks.language, "page_url": _PAGE, "reason": ""}
    at = OPENED + 39 * _MINUTE
    return _message(card(at=at, **(given | changes)), speaks, at=at)


def _morning(speaks: Tongue) -> Shown:
    return _message(notice("morning"), speaks, at=OPENED + timedelta(hours=4))


def _weekly(speaks: Tongue) -> Shown:
    told = notice("weekly")
    drawing = drawing_of(told, speaks)
    content = replace(told, chart=Chart(b"", drawing.title, drawing.says))
    return _message(content, speaks, at=OPENED + timedelta(hours=5), drawings=(drawing,))


def _handoff(speaks: Tongue) -> Shown:
    return _message(notice("handoff-comes"), speaks, at=OPENED)


def _message(content: Any, speaks: Tongue, *, at: Any, drawings: Iterable[Drawing] = ()) -> Shown:
    drawn, charts = list(payload(content, speaks, in_full=True).blocks), tuple(drawings)
    drawn += [picture_block("F0", content.chart) for _ in charts]
    time = f"{at.astimezone(HELSINKI):%H:%M}"

    def html() -> str:
        return message_of(drawn, at=time, pictures=map(paint_png, charts))

    return Shown([drawn, *(drawing.specify(LIGHT) for drawing in charts)], html)


def _home(speaks: Tongue) -> Shown:
    view = draw_home(HOME, speaks, workspace=_WORKSPACE)
    return Shown(view, lambda: view_of(view, zone=HELSINKI))


def _replied(speaks: Tongue) -> Shown:
    view = draw_form(word_form(Question("replied", 12), speaks), place="C1")
    return Shown(view, lambda: view_of(view, zone=HELSINKI))


def _on_call(speaks: Tongue) -> Shown:
    drawn = list(draw_answer(ANSWERS["on_call"], speaks).blocks)
    return Shown(drawn, lambda: message_of(drawn, at=f"{HOME.at.astimezone(HELSINKI):%H:%M}"))


SCENES: Final[Mapping[str, Callable[[Tongue], Shown]]] = {
    "open": _open,
    "acknowledged": _acknowledged,
    "closed": _closed,
    "crisis": _crisis,
    "morning": _morning,
    "weekly": _weekly,
    "home": _home,
    "replied": _replied,
    "handoff": _handoff,
    "on-call": _on_call,
}
KEPT: Final = {
    "open": "fi", "acknowledged": "en", "closed": "en", "crisis": "en", "morning": "en", "weekly": "en",
    "home": "en", "replied": "en", "handoff": "sv", "on-call": "en",
}  # fmt: skip
"""The language in which docs show each: theirs mostly, and of the others one to be seen."""


def file_of(name: str, language: str) -> str:
    """Give the name of a picture's file."""
    return f"{name}-{language}.png"


def digest_of(shown: Shown) -> str:
    """Give the digest of what a picture is made from."""
    written = json.dumps(shown.made_from, ensure_ascii=False, sort_keys=True)
    return sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def digests() -> dict[str, str]:
    """Give the digest of every picture in docs, as it would be made today."""
    return {
        file_of(name, language): digest_of(SCENES[name](tongue(language))) for name, language in KEPT.items()
    }


# ---- making them --------------------------------------------------------------------------------------


def make(folder: Path, wanted: Iterable[tuple[str, str]]) -> None:
    """Make pictures of these scenes in these languages."""
    folder.mkdir(parents=True, exist_ok=True)
    for (name, language), png in _photographed(list(wanted)):
        (folder / file_of(name, language)).write_bytes(png)


def _photographed(wanted: list[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], bytes]]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("pictures are made by Chromium, which is not installed")
    drive = import_module("playwright.sync_api")
    with drive.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-lcd-text"])
        shown = browser.new_page(viewport={"width": 700, "height": 400}, color_scheme="light")
        for name, language in wanted:
            shown.set_content(page_of(SCENES[name](tongue(language)).html()))
            yield (name, language), small(shown.locator("body").screenshot())
        browser.close()


def main() -> None:
    """Renew docs/pictures, or make all of them in every language to be looked at."""
    asked = argparse.ArgumentParser(prog=COMMAND, description=main.__doc__)
    asked.add_argument("--to", type=Path, help="make every picture in fi, sv and en in this folder instead")
    to = asked.parse_args().to
    if to is not None:
        make(to, ((name, language) for name in SCENES for language in LANGUAGES))
        return
    shutil.rmtree(HERE, ignore_errors=True)
    make(HERE, KEPT.items())
    MADE_FROM.write_text(json.dumps(digests(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
