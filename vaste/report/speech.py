"""Figures in a reader's language: numbers, shares, spans, dates and the report's words. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval, get_day_names
from babel.numbers import format_currency, format_decimal

from classifier.scoring import Estimate
from vaste.report.hours import HOURS, Window
from vaste.report.period import Period
from vaste.report.quantiles import Quantile
from vaste.report.words_en import WORDS as EN
from vaste.report.words_fi import WORDS as FI
from vaste.report.words_sv import WORDS as SV
from vaste.span import span
from vaste.web.words import LOCALES, UNITS

WORDS: Final = {"fi": FI, "sv": SV, "en": EN}
NONE: Final = "–"
_MICROS: Final = 1_000_000
_NO_BREAK: Final = "\u00a0"
_WEEKDAYS: Final = (0, 1, 2, 3, 4)
_WEEKEND: Final = (5, 6)


@dataclass(frozen=True, slots=True)
class Speech:
    """How one reader is spoken to."""

    language: str
    zone: ZoneInfo

    @property
    def locale(self) -> str:
        """Babel's name of the language as it is written here."""
        return LOCALES[self.language]

    def say(self, key: str, **values: object) -> str:
        """Give the words of a key with values put in."""
        return WORDS[self.language][key].format(**values)

    def count(self, number: int, key: str, **values: object) -> str:
        """Give words in the form that a number asks for, the number as `n`."""
        form = "one" if Locale.parse(self.locale).plural_form(number) == "one" else "other"
        return self.say(f"{key}.{form}", n=self.number(number), **values)

    def named(self, key: str, name: str) -> str:
        """Give our word for a name where there is one, else the name itself."""
        return WORDS[self.language].get(f"{key}.{name}", name)

    def number(self, value: float) -> str:
        """Write a number with one decimal at most."""
        return str(format_decimal(round(value, 1), format="#,##0.#", locale=self.locale))

    def percent(self, share: float | None) -> str:
        """Write a share in whole percent; neither 0 nor 100 unless it is exactly that."""
        if share is None:
            return NONE
        whole = round(share * 100)
        whole = max(whole, 1) if share > 0 else 0
        whole = min(whole, 99) if share < 1 else 100
        return f"{whole}{_NO_BREAK}%"

    def between(self, estimate: Estimate | None) -> str:
        """Write the interval of a share."""
        if estimate is None:
            return ""
        low, high = round(estimate.low * 100), round(estimate.high * 100)
        return f"{low}–{high}{_NO_BREAK}%"

    def span(self, seconds: float | None) -> str:
        """Write a duration in its two largest units, never broken over two lines."""
        whole = None if seconds is None else int(seconds)
        return span(whole, UNITS[self.language]).replace(" ", _NO_BREAK)

    def span_of(self, seconds: float | None, *, is_business: bool) -> str:
        """Write a duration, and say so where it is one of business hours."""
        told = self.span(seconds)
        return self.say("span.business", span=told) if is_business and seconds is not None else told

    def quantile(self, found: Quantile | None) -> str:
        """Write a quantile with its interval, where it has one."""
        if found is None:
            return NONE
        value, low, high = map(self.span, (found.value, found.low, found.high))
        if found.low is None or low == high:
            return value
        return f"{value} ({low} – {high})"

    def decimal(self, value: float) -> str:
        """Write a coefficient with two decimals."""
        return str(format_decimal(value, format="0.00", locale=self.locale))

    def dollars(self, micros: float) -> str:
        """Write millionths of a dollar."""
        return str(format_currency(micros / _MICROS, "USD", locale=self.locale))

    def moment(self, at: datetime) -> str:
        """Write an instant as the zone's clocks and calendar show it."""
        return str(format_datetime(at, "short", tzinfo=self.zone, locale=self.locale))

    def day_and_time(self, at: datetime) -> str:
        """Write an instant with its weekday: ke 4.3. klo 17.12."""
        local = at.astimezone(self.zone)
        day = format_date(local.date(), self.say("day.pattern"), locale=self.locale)
        return self.say("day.time", day=day, time=format_datetime(local, self.say("time.pattern"), tzinfo=self.zone, locale=self.locale))  # fmt: skip

    def days(self) -> tuple[str, ...]:
        """Give the short names of Monday to Sunday."""
        names = get_day_names("abbreviated", context="stand-alone", locale=self.locale)
        return tuple(str(names[day]).rstrip(".") for day in range(7))

    def day_of(self, day: date) -> str:
        """Write a date without its year."""
        return str(format_date(day, self.say("date.pattern"), locale=self.locale))

    def window(self, window: Window) -> str:
        """Write when in the week a window is: arkisin klo 21–3."""
        if window.days == _WEEKDAYS:
            days = self.say("on.weekdays")
        elif window.days == _WEEKEND:
            days = self.say("on.weekend")
        elif len(window.days) == 1:
            days = self.say(f"on.{window.days[0]}")
        else:
            days = self.say("on.all")
        return self.say("window", days=days, begins=window.begins, ends=_o_clock(window.ends))

    def period(self, period: Period) -> str:
        """Name a period: viikko 10/2026."""
        first = period.since.astimezone(self.zone).date()
        if period.kind == "week":
            year, week, _ = first.isocalendar()
            return self.say("period.week", week=week, year=year)
        if period.kind == "month":
            return str(format_date(first, "LLLL yyyy", locale=self.locale))
        if period.kind == "quarter":
            return self.say("period.quarter", quarter=(first.month + 2) // 3, year=first.year)
        return self.dates(period)

    def dates(self, period: Period) -> str:
        """Write a period's first and last date; with times of day where it does not begin and end at midnight."""
        begins, ends = (at.astimezone(self.zone) for at in (period.since, period.until))
        if any((at.hour, at.minute, at.second) != (0, 0, 0) for at in (begins, ends)):
            return f"{self.moment(period.since)} – {self.moment(period.until)}"
        last = (ends - timedelta(days=1)).date()
        if last == begins.date():
            return str(format_date(last, "medium", locale=self.locale))
        return str(format_interval(begins.date(), last, "yMMMd", locale=self.locale))


def _o_clock(hour: int) -> int:
    return hour - HOURS if hour > HOURS else hour
