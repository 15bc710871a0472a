"""Pictures in messages: uploaded for the message alone, then shown in it by their id.

An uploaded file is nobody's until a message shows it, so an upload that is repeated shows nothing twice. Slack reads
a new picture for a moment before it may stand in a message; till then it refuses the message for its form, and it is
sent again, at the last without the picture: its words say the same.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import structlog
from slack_sdk import WebClient

from notifier.blocks import Block
from notifier.channel import ChannelUnavailable, Chart, Sent
from notifier.hostile import cut
from notifier.limits import ALT_LENGTH, problems
from notifier.slack_calls import Unfit, call

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
