"""From the record to a report in one of its formats: what the command, the demo and others ask for."""

from importlib.metadata import version
from typing import Final

from casebook.store import Store
from notifier.hostile import clean_line
from vaste.config import Config
from vaste.report.against import Against
from vaste.report.analysis import Rules
from vaste.report.document import Document
from vaste.report.figures import Target
from vaste.report.gathered import Scope
from vaste.report.gathering import gather
from vaste.report.speech import Speech
from vaste.report.writing import About, write

FORMATS: Final = ("md", "html", "pdf", "json")
_OTHER_NAMES: Final = {"htm": "html", "markdown": "md"}


def format_of(ending: str) -> str | None:
    """Give the format that a file's ending asks for; None for one that is unknown."""
    form = ending.removeprefix(".").lower()
    form = _OTHER_NAMES.get(form, form)
    return form if form in FORMATS else None


def document_of(
    store: Store,
    config: Config,
    scope: Scope,
    language: str,
    *,
    against: Against | None = None,
    persons: bool = True,
) -> Document:
    """Write the report of a scope in a language; `against` is a configuration that decides the period again.

    It tells of single persons where the configuration says for what, unless `persons` is False.
    """
    found = gather(store, config, scope, against=against)
    others = against.config.people if against else {}
    about = About(
        brand=clean_line(config.brand),
        version=version("vaste"),
        fingerprint=config.fingerprint,
        names={key: person.name for key, person in {**others, **config.people}.items()},
        persons=persons and config.people_figures is not None,
        as_it_stood=scope.as_it_stood,
    )
    return write(found, rules_of(config), Speech(language, config.timezone), about)


def rules_of(config: Config) -> Rules:
    """Give what the configuration says of promises and targets."""
    targets = tuple(
        Target(
            share=one.share,
            playbook=one.playbook,
            within=one.within.total_seconds() if one.within else None,
            since=one.begins,
            until=one.until,
        )
        for one in config.targets
    )
    promised = {
        playbook.name: playbook.respond_within.total_seconds()
        for playbook in config.playbooks
        if playbook.respond_within is not None
    }
    return Rules(targets, promised, config.timezone)


def content_of(document: Document, form: str) -> bytes:
    """Give a report in one of `FORMATS`; raises NoPaper where a PDF can't be set."""
    # only who wants a format loads what it needs
    if form == "pdf":
        from vaste.report.as_pdf import as_pdf  # noqa: PLC0415

        return as_pdf(document)
    if form == "html":
        from vaste.report.as_html import as_html  # noqa: PLC0415

        return as_html(document).encode()
    if form == "json":
        from vaste.report.as_json import as_json  # noqa: PLC0415

        return as_json(document).encode()
    from vaste.report.as_markdown import as_markdown  # noqa: PLC0415

    return as_markdown(document).encode()
