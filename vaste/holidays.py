"""Public holidays of countries and their regions. The only file that knows the `holidays` library.

A place is a country (`FI`) or a region of one (`DE-BY`), by ISO's codes. Of a region count the days that are
free in the whole country and its own; of a country without a region those of the whole country. Only what the
library calls public counts: days on which offices are closed by law or custom, and where such a day moves to a
working day because it fell on a weekend, both.
"""

import warnings
from datetime import date
from functools import cache
from typing import Final

YEARS: Final = range(2000, 2100)
"""Far enough on both sides of any post and any deadline that no process lives to see the end."""

_MOST_NAMED = 20


class UnknownPlace(ValueError):
    """No holidays are known for this place; its words say what to write instead."""


@cache
def public_days(place: str) -> frozenset[date]:
    """Give the public holidays of a place in `YEARS`. Raises UnknownPlace."""
    import holidays  # noqa: PLC0415 - loads in 60 ms, and only for those who have holidays

    country, dash, region = place.partition("-")
    with warnings.catch_warnings():
        # of some places fewer years are known; before and after them no day is free
        warnings.simplefilter("ignore")
        try:
            whole = holidays.country_holidays(country, years=YEARS)
        except NotImplementedError as mistake:
            message = "no holidays are known for this country; write its days as dates (2026-12-31)"
            raise UnknownPlace(message) from mistake
        if not dash:
            return frozenset(whole)
        if region not in (*whole.subdivisions, *whole.subdivisions_aliases):
            raise UnknownPlace(_regions(country, sorted(whole.subdivisions)))
        return frozenset(holidays.country_holidays(country, subdiv=region, years=YEARS))


def _regions(country: str, regions: list[str]) -> str:
    if not regions:
        return f"no regions are known of this country; write {country}"
    known = [f"{country}-{region}" for region in regions[:_MOST_NAMED]]
    rest = ", …" if len(regions) > _MOST_NAMED else ""
    return f"no region of this country has this code; known here: {', '.join(known)}{rest}"
