"""Structured lines on stderr: JSON where nobody watches, readable on a terminal. No secrets, no posts."""

import logging
import sys

import structlog


def set_up_logs() -> None:
    """Send everything logged to stderr, one line an event."""
    is_terminal = sys.stderr.isatty()
    shared: list[structlog.types.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer()
        if is_terminal
        else structlog.processors.JSONRenderer(ensure_ascii=True)
    )
    faults = [] if is_terminal else [structlog.processors.format_exc_info]
    structlog.configure(
        processors=[*shared, *faults, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    own = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[_plain, *faults, renderer]
    )
    through = logging.StreamHandler(sys.stderr)
    through.setFormatter(own)
    root = logging.getLogger()
    root.handlers[:] = [through]
    root.setLevel(logging.WARNING)


def _plain(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(None, "", event)
