"""`vaste slack manifest`: the Slack app, to be pasted where Slack asks for a manifest."""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import typer
from ruamel.yaml import YAML

from notifier.slack_calls import SlackSettings
from notifier.slack_http import PATH
from notifier.slack_manifest import manifest
from vaste.config import Config, load_config


def run(path: Path, *, url: str | None) -> int:
    """Print the manifest; `url` is where Slack reaches us, None for Socket Mode."""
    config = load_config(path, os.environ).config if path.exists() else None
    if url is not None and urlsplit(url).scheme != "https":
        raise typer.BadParameter("write the public address of the page, https://…", param_hint="--url")
    request_url = None if url is None else url.rstrip("/") + PATH
    written = YAML()
    written.indent(mapping=2, sequence=4, offset=2)
    written.width = 1000
    settings = _slack(config)
    drawn = manifest(
        command=settings.command if settings else "/vaste",
        request_url=request_url,
        by_email=config is not None and any("@" in (who.slack or "") for who in config.people.values()),
    )
    written.dump(drawn, sys.stdout)
    return 0


def _slack(config: Config | None) -> SlackSettings | None:
    channels = config.channels if config is not None else ()
    return next((one for one in channels if isinstance(one, SlackSettings)), None)
