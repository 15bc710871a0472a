"""`vaste report`: a period's figures for those who lead."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from getpass import getuser
from pathlib import Path

from casebook.store import Store
from notifier.hostile import clean_line
from vaste.clock import WallClock
from vaste.commands.given import instant, load, record_of, stop
from vaste.commands.progress import counting
from vaste.config import Config
from vaste.faults import nearest
from vaste.log_asked import NotUnderstood, as_of
from vaste.report.against import Against
from vaste.report.document import Document
from vaste.report.gathered import Scope
from vaste.report.making import FORMATS, content_of, document_of, format_of
from vaste.report.period import Period, between, last_month, last_quarter, last_week
from vaste.report.posted import enclosed_with, notice_of
from vaste.report.speech import WORDS

_LAST = {"week": last_week, "month": last_month, "quarter": last_quarter}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed."""

    config: Path
    kinds: Sequence[str]
    since: str | None
    until: str | None
    team: str | None
    playbook: str | None
    form: str | None
    language: str | None
    out: Path | None
    post: bool
    cases: str | None
    as_of: str | None = None
    """As it stood then."""
    against: Path | None = None
    """A configuration that decides the period again."""


def run(asked: Asked) -> None:
    """Write the report, post it, or print the cases behind one of its figures."""
    form = _form(asked)
    if asked.against is not None and asked.as_of is not None:
        stop("--against decides by what is known now; leave --as-of out", 2)
    config = load(asked.config)
    other = load(asked.against) if asked.against else None
    _stop_where_unknown(asked, config)
    present = WallClock().now()
    now = _as_of(asked, config, present)
    period = _period(asked, config, now)
    language = asked.language or config.language
    with record_of(config) as store:
        if store is None:
            stop("there is no record yet; vaste run makes one", 1)
        scope = Scope(period, now, asked.team, asked.playbook, as_it_stood=asked.as_of is not None)
        # what is only posted tells nothing of single persons
        persons = config.people_figures is not None and (not asked.post or asked.out is not None)
        if config.people_figures is not None and asked.cases is None and persons:
            purpose = config.people_figures.purpose
            # written down before anybody sees it
            store.note_view(
                by=getuser(), what="vaste report: the load of persons", purpose=purpose, now=present
            )
        written = partial(_document, store, config, scope, language, asked=asked, other=other)
        document = written(persons=persons)
        if asked.cases is not None:
            _write_cases(document, asked.cases)
            return
        if asked.post:
            _post(store, config, written(persons=False) if persons else document, asked)
        if not asked.post or asked.out is not None:
            _put(_content(document, form), asked.out)


def _document(
    store: Store,
    config: Config,
    scope: Scope,
    language: str,
    *,
    asked: Asked,
    other: Config | None,
    persons: bool,
) -> Document:
    """Write the report; where another configuration is to decide the period again, show how far it has come."""
    if other is None or asked.against is None:
        return document_of(store, config, scope, language, persons=persons)
    total = store.count_judged(since=scope.period.since, until=min(scope.period.until, scope.now))
    with counting("deciding again", total) as count:
        against = Against(other, clean_line(asked.against.name), count)
        return document_of(store, config, scope, language, against=against, persons=persons)


def _form(asked: Asked) -> str:
    """Give the format asked for: by name, else by the file's."""
    written = asked.form or (asked.out.suffix if asked.out else "") or "md"
    form = format_of(written)
    if form is None:
        stop(f"--format {clean_line(written)!r} is unknown; use {', '.join(FORMATS)}", 2)
    if form == "pdf" and asked.out is None and asked.cases is None and not asked.post and sys.stdout.isatty():
        stop("a PDF is nothing for a terminal; add --out FILE.pdf", 2)
    return form


def _stop_where_unknown(asked: Asked, config: Config) -> None:
    if asked.language is not None and asked.language not in WORDS:
        stop(f"--language {clean_line(asked.language)!r} is unknown; use {', '.join(WORDS)}", 2)
    if asked.team is not None and asked.team not in config.teams:
        stop(f"--team {asked.team!r}: no team is called so; {nearest(asked.team, config.teams)}", 2)
    names = [playbook.name for playbook in config.playbooks]
    if asked.playbook is not None and asked.playbook not in names:
        stop(f"--playbook {asked.playbook!r}: no playbook is called so; {nearest(asked.playbook, names)}", 2)


def _as_of(asked: Asked, config: Config, now: datetime) -> datetime:
    """Give the instant whose knowledge the report is of: now, unless an earlier one is asked for."""
    try:
        return as_of(asked.as_of, now=now, zone=config.timezone) or now
    except NotUnderstood as mistake:
        stop(f"--{mistake}", 2)


def _period(asked: Asked, config: Config, now: datetime) -> Period:
    """Give the period asked for: the last full week where none is."""
    if len(asked.kinds) > 1 or (asked.kinds and (asked.since or asked.until)):
        stop("one period at a time: --week, --month, --quarter, or --since with --until", 2)
    if asked.since is None and asked.until is not None:
        stop("--until needs --since: say where the period begins, too", 2)
    if asked.since is None:
        return _LAST[asked.kinds[0] if asked.kinds else "week"](config.timezone, now=now)
    since = instant(asked.since, config.timezone, "--since")
    until = instant(asked.until, config.timezone, "--until") if asked.until is not None else now
    try:
        return between(since, until)
    except ValueError:
        stop("--since is not before --until; the period has no length", 2)


def _content(document: Document, form: str) -> bytes:
    from vaste.report.as_pdf import NoPaper  # noqa: PLC0415 - most reports are no PDF

    try:
        return content_of(document, form)
    except NoPaper as error:
        stop(str(error), 2)


def _write_cases(document: Document, figure: str) -> None:
    figures = {opened.key: opened.cases for opened in document.opened()}
    if figure not in figures:
        stop(f"--cases {clean_line(figure)!r}: no figure is called so; {nearest(figure, figures)}", 2)
    sys.stdout.write("".join(f"{number}\n" for number in figures[figure]))


def _put(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        stop(f"--out {out} cannot be written ({error.strerror}); name a file in a folder that is there", 2)


def _post(store: Store, config: Config, document: Document, asked: Asked) -> None:
    """Owe the report to the team's channel, its picture and PDF along with it; what runs sends it, once."""
    team = asked.team or config.telling.team
    if team is None:
        stop("nobody would hear of it: name a --team, or write tell: TEAM in the configuration", 2)
    enclosed, missing = enclosed_with(document)
    for why in missing:
        sys.stderr.write(f"posted without it: {why}\n")
    notice = notice_of(document, team, asked.playbook, enclosed=enclosed)
    if not store.owe_notice(notice, now=WallClock().now()):
        stop(f"this report was posted to team {team} before", 1)
    sys.stderr.write(f"the report goes to team {team}; a running vaste run sends it, else vaste once\n")
