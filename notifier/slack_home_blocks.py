"""A home, and the answers to commands, as Slack's Block Kit. Pure, and measured like every other payload."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from notifier.answers import word_answer
from notifier.blocks import (
    Block,
    Payload,
    draw,
    mrkdwn,
    mrkdwn_text,
    notification,
    plain_text,
    whole_text,
)
from notifier.channel import Notice, Sent, Tongue
from notifier.front import Home
from notifier.home import Entry, Section, WordedHome, word_home, word_mine, word_take_over
from notifier.hostile import cut
from notifier.limits import (
    BUTTON_LENGTH,
    HEADER_LENGTH,
    OPTION_LENGTH,
    SECTION_LENGTH,
    SELECT_MOST,
    TITLE_LENGTH,
    problems,
    view_problems,
)
from notifier.worded import Span

OPEN_ID: Final = "vaste_home_open"
TAKE_ID: Final = "vaste_home_take"
TAKE_VIEW_ID: Final = "vaste_take_over"
TEAM_ID: Final = "vaste_team"
UNTIL_ID: Final = "vaste_until"
_ROOMS = (1.0, 0.5, 0.25)
_FIRST_OFFERED = timedelta(hours=1)


def draw_answer(answer: Notice, tongue: Tongue) -> Payload:
    """Draw the answer to a command; its blocks are valid, or there are none."""
    worded = word_answer(answer, tongue)
    text = whole_text(worded, tongue)
    for room in _ROOMS:
        blocks = draw(word_answer(answer, tongue, room=room))
        if not problems(blocks):
            return Payload(notification(worded, tongue), tuple(blocks), text)
    return Payload(text, (), text)


def draw_mine(home: Home, tongue: Tongue, *, workspace: str | None) -> Payload:
    """Draw somebody's cases as the answer to a command."""
    worded = word_mine(home, tongue)
    blocks = [block for section in worded.sections for block in _section(section, worded, workspace)]
    lines = [
        line
        for section in worded.sections
        for line in (f"*{section.title}*", *(_entry(entry) for entry in section.entries))
    ]
    text = cut("\n".join(lines), SECTION_LENGTH)
    return Payload(text, () if problems(blocks) else tuple(blocks), text)


def draw_home(home: Home, tongue: Tongue, *, workspace: str | None) -> Block:
    """Draw a home as a view; where its blocks would be refused, as words alone.

    `workspace` is its address: links to cards begin with it.
    """
    worded = word_home(home, tongue)
    blocks: list[Block] = []
    for section in worded.sections:
        blocks += [{"type": "divider"}] if blocks else []
        blocks += _section(section, worded, workspace, may_take=bool(home.may_take))
    blocks.append({"type": "context", "elements": [plain_text(worded.foot)]})
    view = {"type": "home", "blocks": blocks}
    if view_problems(view):
        text = cut("\n".join(_entry(one) for part in worded.sections for one in part.entries), SECTION_LENGTH)
        return {"type": "home", "blocks": [{"type": "section", "text": mrkdwn_text(text)}]}
    return view


def draw_take_over(home: Home, tongue: Tongue) -> Block:
    """Draw the question until when somebody takes over, as a modal."""
    words = word_take_over(tongue)
    blocks: list[Block] = []
    options = [
        {"text": plain_text(cut(team, OPTION_LENGTH)), "value": team} for team in home.may_take[:SELECT_MOST]
    ]
    on_call = {one.team for one in home.teams if one.person is not None and not one.is_mine}
    first = next((one for one in options if one["value"] in on_call), options[0])
    chosen = {"type": "static_select", "action_id": TEAM_ID, "options": options, "initial_option": first}
    blocks.append({"type": "input", "block_id": TEAM_ID, "label": plain_text(words.team), "element": chosen})
    offered = _offered(home)
    until = {
        "type": "datetimepicker",
        "action_id": UNTIL_ID,
        "initial_date_time": int(offered.timestamp()),
    }
    blocks.append({"type": "input", "block_id": UNTIL_ID, "label": plain_text(words.until), "element": until})
    return {
        "type": "modal",
        "callback_id": TAKE_VIEW_ID,
        "private_metadata": home.command,
        "title": plain_text(cut(words.title, TITLE_LENGTH)),
        "submit": plain_text(cut(words.submit, TITLE_LENGTH)),
        "close": plain_text(cut(words.close, TITLE_LENGTH)),
        "blocks": blocks,
    }


def draw_taken(answer: Notice, tongue: Tongue) -> Block:
    """Draw what came of it in place of the question."""
    drawn = draw_answer(answer, tongue)
    words = word_take_over(tongue)
    return {
        "type": "modal",
        "title": plain_text(cut(words.title, TITLE_LENGTH)),
        "close": plain_text("OK"),
        "blocks": list(drawn.blocks) or [{"type": "section", "text": mrkdwn_text(drawn.text)}],
    }


def link_to(card: Sent | None, workspace: str | None) -> str | None:
    """Give the address of a message, as Slack's own "copy link" writes it."""
    if card is None or not workspace or not workspace.startswith(("https://", "http://")):
        return None
    if card.place[:1] not in {"C", "D", "G"} or not card.ref.replace(".", "").isdigit():
        return None  # a card that lies on another channel
    return f"{workspace.rstrip('/')}/archives/{card.place}/p{card.ref.replace('.', '')}"


def _offered(home: Home) -> datetime:
    """Offer the next full hour that is at least an hour away."""
    later = home.at + 2 * _FIRST_OFFERED
    return later.replace(minute=0, second=0, microsecond=0)


def _section(
    section: Section, worded: WordedHome, workspace: str | None, *, may_take: bool = False
) -> Iterable[Block]:
    yield {"type": "header", "text": plain_text(cut(section.title, HEADER_LENGTH))}
    plain_ones: list[Entry] = []
    for entry in section.entries:
        link = link_to(entry.card, workspace)
        if link is None and not entry.below:
            plain_ones.append(entry)
            continue
        block: Block = {"type": "section", "text": mrkdwn_text(cut(_entry(entry), SECTION_LENGTH))}
        if link is not None:
            label = plain_text(cut(worded.open, BUTTON_LENGTH))
            # a button that opens an address tells the app, too: it is acked and passed over
            block["accessory"] = {
                "type": "button",
                "action_id": OPEN_ID,
                "text": label,
                "url": link,
            }
        yield block
    if plain_ones:
        text = cut("\n".join(_entry(entry) for entry in plain_ones), SECTION_LENGTH)
        block = {"type": "section", "text": mrkdwn_text(text)}
        if section.takes_over and may_take:
            block["accessory"] = {
                "type": "button",
                "action_id": TAKE_ID,
                "text": plain_text(cut(worded.take, BUTTON_LENGTH)),
            }
        yield block


def _entry(entry: Entry) -> str:
    first = mrkdwn(entry.line)
    return f"{first}\n{mrkdwn((Span(entry.below),))}" if entry.below else first


def view_state(payload: dict[str, Any]) -> tuple[str, int, str]:
    """Read what was chosen in the question: the team, until when (seconds since 1970), and the command's name.

    Raises KeyError, TypeError or ValueError where it is none of ours.
    """
    view = payload["view"]
    if view["callback_id"] != TAKE_VIEW_ID:
        raise KeyError("callback_id")
    values = view["state"]["values"]
    team = values[TEAM_ID][TEAM_ID]["selected_option"]["value"]
    return str(team), int(values[UNTIL_ID][UNTIL_ID]["selected_date_time"]), str(view["private_metadata"])
