"""A whole report from made cases: what it says, honestly, in three languages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from casebook.counted import Corrected, Judged
from casebook.mention import Watch
from casebook.record import Stretch
from playbooks.roster import Shift
from tests.vaste.report.cast import MONDAY, case
from vaste.coverage import LaneTold
from vaste.painting import Drawing
from vaste.report.analysis import Rules, analyse
from vaste.report.document import Document, ranges
from vaste.report.figures import Target
from vaste.report.gathered import Gathered, Scope, Wish
from vaste.report.load import Burden, TeamLoad
from vaste.report.period import Period
from vaste.report.rows import Became, Told
from vaste.report.speech import Speech
from vaste.report.writing import About, write

HELSINKI = ZoneInfo("Europe/Helsinki")
WEEK = timedelta(weeks=1)
HOSTILE = "<script>alert(1)</script> #raw[x] $x$ `x` [y](javascript:z) | \u202eevil"
PERIOD = Period(
    "week",
    MONDAY - timedelta(hours=2),
    MONDAY + WEEK - timedelta(hours=2),
    MONDAY - WEEK - timedelta(hours=2),
)

RULES = Rules((Target(0.9),), {"complaint": 7_200.0}, HELSINKI)
ABOUT = About("Aino Kahvi", "0.1.0", "f00d", {"aino": "Aino Virtanen"}, False)


def gathered(cases: Sequence[Told], before: Sequence[Told] = (), *, hostile: str = "kauramaito") -> Gathered:
    watched = Stretch(PERIOD.since, PERIOD.until, Watch.WATCHED)
    load = TeamLoad("care", 2, 9, 3, 1, 2, (1, 2), 0.1, 0.2, (Burden("aino", 80.5, 3, 5, 2),))
    return Gathered(
        scope=Scope(PERIOD, MONDAY + WEEK, "care", "complaint"),
        cases=cases,
        crises=(),
        before=before,
        lanes=[LaneTold("feed", "all", PERIOD.since, PERIOD.until, (watched,), Watch.WATCHED)],
        spent={"feed": 12_340_000},
        corrected=[
            Corrected("sentiment", "positive", "command", 2),
            Corrected("topic:recall", "no", "review", 1),
        ],
        judged=Judged(100, 99, 4),
        wishes=[
            Wish("need", 3, 1, ((hostile, hostile, "https://social.example/p/1"),)),
            Wish("oat milk", 0, 0, ()),
        ],
        loads=[load],
        shifts={"care": [Shift(PERIOD.since, PERIOD.until, "aino", "in turn")]},
    )


def report(
    cases: Sequence[Told],
    before: Sequence[Told] = (),
    language: str = "en",
    *,
    persons: bool = False,
    hostile: str = "x",
) -> Document:
    about = replace(ABOUT, persons=persons)
    return write(gathered(cases, before, hostile=hostile), RULES, Speech(language, HELSINKI), about)


def many(count: int, *, late: int = 0, never: int = 0, start: int = 1) -> list[Told]:
    waits: list[float | None] = [20.0 + number for number in range(count - late - never)]
    waits += [200.0] * late + [None] * never
    return [
        case(number, wait=wait, at=MONDAY + timedelta(hours=number * 37 % 160))
        for number, wait in enumerate(waits, start)
    ]


def test_the_first_page_of_an_ordinary_week() -> None:
    told = report(many(40, late=4, never=2), many(40, late=2, start=100)).sentences
    assert tuple(sentence.replace("\u00a0", " ") for sentence in told) == (
        "40 customers were owed an answer, and 38 of them got one: 95 % (100 % the period before).",
        "Half of those answered waited at most 38 min (39 min the period before), nine out of ten at most 1 h 37 min (55 min).",
        "Of 40 deadlines for an answer 34 were kept and 6 missed, most of them (6) by the playbook “complaint”.",
        "Of all the waiting 85 % passed between somebody taking the case and the answer.",
        "Nothing here asks for another playbook, rota or target.",
    )


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_of_few_cases_nothing_is_said_in_percent(language: str) -> None:
    told = report(many(5, late=1), many(50), language).sentences
    assert "%" not in " ".join(told[:3])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "fi",
            "Vastausta odotti 1 asiakas, ja vastauksen sai 1. Näin pienestä määrästä ei kannata laskea prosentteja.",
        ),
        (
            "sv",
            "1 kund väntade på svar, och 1 fick det. Av så få ärenden lönar det sig inte att räkna procent.",
        ),
        ("en", "1 customer was owed an answer, and 1 got one. So few cases make no percentage worth having."),
    ],
)
def test_a_single_customer_is_spoken_of_as_one(language: str, said: str) -> None:
    assert report(many(1), language=language).sentences[0] == said


def test_a_middle_that_could_be_anything_is_said_to_be() -> None:
    told = report(many(12)).sentences[1].replace("\u00a0", " ")
    assert told.endswith(
        "With so few answers the middle one could as well have been anything from 22 min to 29 min."
    )


def test_what_nobody_could_see_is_said_on_the_first_page() -> None:
    unseen = [case(90 + number, wait=None, became=Became.UNKNOWN) for number in range(3)]
    cases = [*many(20), *unseen, case(99, became=Became.APART)]
    told = report(cases).sentences[0].replace("\u00a0", " ")
    assert told.startswith(
        "20 customers were owed an answer, and 20 of them got one: 100 %. 4 more cases are from times "
    )
    assert told.endswith("known to be answered: 1. Of all of them, at least 88 % got an answer.")


def test_a_period_in_which_nobody_watched_is_no_quiet_period() -> None:
    unwatched = replace(gathered([]), lanes=[])
    told = write(unwatched, RULES, Speech("en", HELSINKI), ABOUT).sentences
    assert told == ("Nobody watched for answers in this period, so there is no rate of it.",)
    assert report([]).sentences == ("Nobody was owed an answer in this period.",)


def test_a_longer_period_is_told_week_by_week_and_says_so() -> None:
    cases = [case(number, at=MONDAY + timedelta(days=day)) for number, day in enumerate(range(0, 28, 2))]
    period = replace(PERIOD, since=MONDAY + timedelta(days=2), until=MONDAY + timedelta(days=32))
    found = replace(gathered(cases), scope=Scope(period, period.until, "care", "complaint"))
    month = write(found, RULES, Speech("en", HELSINKI), ABOUT)
    titles = [one.title for section in month.sections for one in section.blocks if isinstance(one, Drawing)]
    assert "Week by week" in titles
    assert "Day by day" not in titles
    days = analyse(found, RULES).days
    assert days[0].begins == period.since.astimezone(HELSINKI).date()  # a week that the period cuts
    assert days[1].begins == date(2026, 11, 30)


def test_of_a_week_without_a_case_there_is_one_thing_to_say() -> None:
    told = report([])
    assert told.sentences == ("Nobody was owed an answer in this period.",)
    assert [section.key for section in told.sections] == ["watched", "classifier"]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_no_value_is_missing_anywhere(language: str) -> None:
    told = report(many(60, late=20, never=9), many(40, start=200), language, persons=True)
    assert all(sentence.endswith(".") for sentence in told.sentences)


def test_every_figure_with_cases_has_a_name_of_its_own() -> None:
    told = report(many(40, late=6, never=3))
    keys = [opened.key for opened in told.opened()]
    assert len(keys) == len(set(keys))
    figures = {opened.key: opened.cases for opened in told.opened()}
    assert figures["answers.unanswered"] == (38, 39, 40)
    assert figures["late.complaint"] == (32, 33, 34, 35, 36, 37, 38, 39, 40)
    assert len(figures["in_time"]) + len(figures["late"]) == 40


def test_figures_of_persons_are_made_only_for_who_asked_for_them() -> None:
    assert "Aino Virtanen" not in repr(report(many(3)).sections)
    assert "Aino Virtanen" in repr(report(many(3), persons=True).sections)


def test_numbers_in_a_row_are_written_as_a_range() -> None:
    assert ranges((9, 1, 2, 3, 7, 10, 3)) == "1–3, 7, 9–10"
    assert ranges(()) == ""


def test_a_time_of_day_is_that_of_the_wall_clock() -> None:
    late = case(1, wait=None, at=datetime(2026, 11, 25, 20, 31, tzinfo=UTC))
    told = repr(report([late, *many(3, start=2)], language="fi").sections)
    assert "ke 25.11. klo 22.31" in told
