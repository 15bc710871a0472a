"""`vaste evaluate`: how good the classifier is on posts whose labels are known."""

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import typer
from rich.console import Console

from casebook.mention import Verdict
from classifier.model import Classifier
from notifier.hostile import clean_line
from vaste.commands.given import load, stop
from vaste.config import Config
from vaste.evaluation import DEFAULT_SLICES, Report, as_json, known_columns, report, write_text
from vaste.faults import nearest
from vaste.labelled import LabelledPost, NotLabelled, read_labelled
from vaste.wiring import open_classifier

FORMATS = ("text", "json", "html")
_PAPER = 120
"""Columns where nobody watches."""
_MOST_TOLD = 100


def run(
    paths: Sequence[Path],
    *,
    config: Path,
    needed: bool,
    form: str,
    out: Path | None,
    slices: Sequence[str],
    worst: int,
    recall: float,
) -> None:
    """Judge the posts and write the report in one of `FORMATS`."""
    if form not in FORMATS:
        stop(f"--format {clean_line(form)!r} is unknown; use {', '.join(FORMATS)}", 2)
    configured = configuration(config, needed=needed)
    write = _as_page() if form == "html" else as_json if form == "json" else _as_text(out)
    posts = labelled(paths)
    known = known_columns(posts)
    for name in slices:
        if name not in known:
            stop(f"--slice {clean_line(name)!r} is no column here; {nearest(name, known)}", 2)
    verdicts = judge(posts, configured)
    put(write(report(posts, verdicts, slices=slices or DEFAULT_SLICES, worst=worst, recall=recall)), out)


def labelled(paths: Sequence[Path]) -> list[LabelledPost]:
    """Read labelled posts, or stop with every mistake on a line of its own."""
    try:
        return read_labelled(paths)
    except NotLabelled as mistake:
        for line in mistake.mistakes[:_MOST_TOLD]:
            typer.echo(line, err=True)
        if more := len(mistake.mistakes[_MOST_TOLD:]):
            typer.echo(f"and {more} more; mend these first", err=True)
        raise SystemExit(2) from mistake


def configuration(path: Path, *, needed: bool) -> Config | None:
    """Load the configuration, or stop; None where there is none and none is `needed`."""
    return load(path) if needed or path.exists() else None


def judge(posts: Sequence[LabelledPost], configured: Config | None) -> list[Verdict]:
    """Judge posts by the configuration's classifier, or by the bundled one where there is no configuration.

    Their languages are given as hints, as networks do.
    """
    classifier = open_classifier(configured) if configured else Classifier()
    if sys.stderr.isatty():
        typer.echo(f"judging {len(posts)} posts …", err=True)
    return classifier.judge([post.text for post in posts], [post.language for post in posts])


def put(content: str, out: Path | None) -> None:
    """Write to the file, or to standard output where none is named."""
    if out is None:
        sys.stdout.write(content)
        return
    try:
        out.write_text(content, "utf-8")
    except OSError as error:
        stop(f"--out {out} cannot be written ({error.strerror}); name a file in a folder that is there", 2)


def _as_text(out: Path | None) -> Callable[[Report], str]:
    def written(told: Report) -> str:
        watched = out is None and sys.stdout.isatty()
        paper = io.StringIO()
        console = Console(
            file=paper, width=Console().width if watched else _PAPER, force_terminal=watched or None
        )
        write_text(told, console)
        return paper.getvalue()

    return written


def _as_page() -> Callable[[Report], str]:
    from vaste.evaluation_page import as_page  # noqa: PLC0415 - Altair takes a second
    from vaste.painting import NoPictures, load_painters  # noqa: PLC0415

    try:
        load_painters()
    except NoPictures as error:
        stop(f"--format html: {error}", 2)
    return as_page
