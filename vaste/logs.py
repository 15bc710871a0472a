"""Structured lines on stderr: JSON where nobody watches, readable on a terminal. No secrets, no posts."""

import logging
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import structlog

from notifier.hostile import clean_line

_LONGEST_CHAIN = 10


def set_up_logs(*, errors_only: bool = False) -> None:
    """Send everything logged to stderr, one line an event; `errors_only` leaves out what is told elsewhere."""
    is_terminal = sys.stderr.isatty()
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer()
        if is_terminal
        else structlog.processors.JSONRenderer(ensure_ascii=True)
    )
    shared: list[structlog.types.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_fault,
        _tame,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR if errors_only else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    through = logging.StreamHandler(sys.stderr)
    through.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[_without_record, *shared, renderer]))
    # a warning of a package is a line like all others: filters do not hold while another thread changes them
    logging.captureWarnings(capture=True)
    root = logging.getLogger()
    root.handlers[:] = [through]
    root.setLevel(logging.WARNING)


def log_warning(problem: str) -> None:
    """Log a problem of the configuration that keeps nothing from starting."""
    structlog.get_logger().warning("configuration", problem=problem)


def _without_record(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Take a line of another package's logger, and say whose it is."""
    event["logger"] = event["_record"].name
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(None, "", event)


def _name_fault(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Put where a fault happened in the place of the fault.

    Its words are left out: an error may quote the value it stumbled over, a token or a customer's post.
    """
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given is True else given
    if isinstance(error, BaseException):
        event["fault"] = "; caused by ".join(_places(error))
    return event


def _places(error: BaseException | None) -> Iterator[str]:
    for _ in range(_LONGEST_CHAIN):
        if error is None:
            return
        frames = traceback.extract_tb(error.__traceback__)
        way = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
        yield f"{type(error).__qualname__} at {way or 'no place known'}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _tame(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Keep each event on one line that moves no cursor: a vendor's words may hold anything."""
    return {name: clean_line(value) if isinstance(value, str) else value for name, value in event.items()}
