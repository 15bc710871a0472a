"""How templates become pages: where they lie, and the filters that put words, times and links into them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from notifier.hostile import clean_line, cut, safe_url
from vaste.coverage import percent
from vaste.span import span
from vaste.web.words import LOCALES, UNITS, WORDS

NAME_SHOWN = 40


def environment(zone: ZoneInfo, language: str, words: Mapping[str, str] | None = None) -> Environment:
    """Make what templates are drawn with, in one language and zone; whatever they show is escaped.

    `words` are those of the language, where a page has more than the log's.
    """
    drawn = Environment(
        loader=PackageLoader("vaste.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawn.filters.update(_filters(zone, language, words or WORDS[language]))
    return drawn


def _filters(zone: ZoneInfo, language: str, words: Mapping[str, str]) -> Mapping[str, Callable[..., object]]:
    locale, units = LOCALES[language], UNITS[language]
    return {
        "word": lambda name, **values: words[name].format(**values),
        "local": lambda at: format_datetime(at, "short", tzinfo=zone, locale=locale),
        "exactly": lambda at: at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z"),
        "iso": iso,
        "number": lambda value: format_decimal(value, locale=locale),
        "span": lambda seconds: span(seconds, units).replace(" ", "\u00a0"),  # never broken in two
        "percent": lambda share: percent(share, locale).replace(" ", "\u00a0"),
        "chance": lambda chance: format_percent(chance, locale=locale),
        "clean": clean_line,
        "short": lambda name: cut(name, NAME_SHOWN),
        "link": safe_url,
    }


def iso(at: datetime | None) -> str | None:
    """Write an instant as machines read it."""
    return at.isoformat().replace("+00:00", "Z") if at else None
