"""Files with messages: pictures shown in them by their id, and a paper in the thread below.

An uploaded file is nobody's until a message shows it, so an upload that is repeated shows nothing twice. Slack reads
a new picture for a moment before it may stand in a message; till then it refuses the message for its form, and it is
sent again, at the last without the picture: its words say the same.

A paper can't stand in a message: it is uploaded into the thread below, once the message is there. Whoever dies between
the two finds the message again, looks for the paper below it, and adds it where it is not.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import structlog
from slack_sdk import WebClient

from notifier.blocks import Block
from notifier.channel import ChannelUnavailable, Chart, Paper, Sent
from notifier.hostile import cut
from notifier.limits import ALT_LENGTH, problems
from notifier.slack_calls import MissingScope, Unfit, call

_log = structlog.get_logger(__name__)

WAITS_S: Final[Sequence[float]] = (0.0, 1.0, 2.0, 3.0)
"""Before each try to show a picture."""


def upload(client: WebClient, chart: Chart) -> str | None:
    """Upload a picture; gives its id, None where Slack does not take it: the words go out alone."""
    try:
        answer = call(
            lambda: client.files_upload_v2(
                content=chart.png, filename="vaste.png", title=chart.title, alt_txt=cut(chart.says, 1000)
            ),
            to="the workspace",
        )
        return str(answer["file"]["id"])
    except (ChannelUnavailable, Unfit, KeyError, TypeError) as error:
        reason = str(error) if isinstance(error, ChannelUnavailable) else type(error).__name__
        _log.warning("slack_picture_not_sent", reason=reason, sent_as="words alone")
        return None


def picture_block(file: str, chart: Chart) -> Block:
    """Draw an uploaded picture."""
    return {
        "type": "image",
        "slack_file": {"id": file},
        "alt_text": cut(chart.says or chart.title, ALT_LENGTH),
    }


def sent_with_picture(
    client: WebClient,
    chart: Chart,
    write: Callable[[dict[str, Any]], Sent],
    arguments: Mapping[str, Any],
    *,
    wait: Callable[[float], object] = time.sleep,
) -> Sent | None:
    """Send a message with a picture below its words; None where that can't be done: it is not sent then.

    Raises ChannelUnavailable.
    """
    file = upload(client, chart)
    if file is None:
        return None
    blocks = [*arguments["blocks"], picture_block(file, chart)]
    if problems(blocks):
        return None
    for seconds in WAITS_S:
        wait(seconds)
        try:
            return write({**arguments, "blocks": blocks})
        except Unfit as unfit:
            reason = unfit.error
    _log.warning("slack_picture_not_shown", reason=reason, sent_as="words alone")
    return None


# ---- papers -------------------------------------------------------------------------------------------

FILE_SCOPE: Final = "files:write"


def lacking_scope(client: WebClient, paper: Paper) -> str | None:
    """Ask for leave to upload; gives the scope that is missing for it, None where there is leave.

    Whatever else is wrong now may be well in a moment, when the paper is uploaded.
    """
    name, length = paper.name, len(paper.content)
    try:
        call(lambda: client.files_getUploadURLExternal(filename=name, length=length), to="the workspace")
    except MissingScope as missing:
        return missing.scope or FILE_SCOPE
    except (ChannelUnavailable, Unfit) as error:
        _log.info("slack_upload_not_asked", reason=str(error))
    return None


def enclose(client: WebClient, paper: Paper, below: Sent) -> bool:
    """Upload a paper into the thread below a message; False where Slack does not take it."""
    try:
        call(
            lambda: client.files_upload_v2(
                content=paper.content,
                filename=paper.name,
                title=paper.title,
                channel=below.place,
                thread_ts=below.ref,
            ),
            to="the thread",
        )
    except (ChannelUnavailable, Unfit) as error:
        reason = str(error) if isinstance(error, ChannelUnavailable) else type(error).__name__
        _log.warning("slack_paper_not_sent", reason=reason)
        return False
    return True


def is_enclosed(client: WebClient, paper: Paper, below: Sent) -> bool:
    """Say whether a paper lies below a message already; True where nobody can look: better none than two."""
    try:
        answer = call(
            lambda: client.conversations_replies(channel=below.place, ts=below.ref, limit=200),
            to="the thread",
        )
    except ChannelUnavailable as error:
        _log.warning("slack_cannot_look_for_paper", reason=str(error))
        return True
    files = (file for message in answer.get("messages", ()) for file in message.get("files", ()))
    return any(file.get("name") == paper.name for file in files)
