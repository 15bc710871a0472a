"""How far a network's clock is from ours."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.skew import complaint, offset_of, settled

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DATE = "Tue, 24 Nov 2026 12:00:10 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Date": DATE}, 9.5),
        ({"date": DATE, "Age": "0"}, 9.5),
        ({"Date": DATE, "Age": "3"}, None),
        ({"Date": DATE, "AGE": "odd"}, None),
        ({"Date": "Tue, 24 Nov 2026 12:00:10"}, 9.5),
        ({}, None),
        ({"Date": ""}, None),
        ({"Date": "yesterday"}, None),
        ({"Date": "Tue, 99 Nov 2026 12:00:10 GMT"}, None),
        ({"Date": "Fri, 31 Dec 9999 23:59:59 GMT"}, None),
        ({"Date": "\x00\ud800"}, None),
    ],
)
def test_an_answer_tells_its_clock_unless_it_is_out_of_a_cache(
    headers: dict[str, str], seconds: float | None
) -> None:
    found = offset_of(headers, asked_at=NOON, answered_at=NOON + 2 * SECOND)
    assert (None if found is None else found.total_seconds()) == seconds


@pytest.mark.parametrize(
    ("offsets", "agreed"),
    [
        ([], None),
        ([5], 5),
        ([5, 600, 4], 5),
        ([4, 6], 5),
        ([1], 0),
        ([-1], 0),
        ([1.001], 1.001),
        ([-90, -91, 3], -90),
    ],
)
def test_the_middle_of_several_is_believed_and_less_than_a_second_is_nothing(
    offsets: list[float], agreed: float | None
) -> None:
    found = settled([timedelta(seconds=offset) for offset in offsets])
    assert found == (None if agreed is None else timedelta(seconds=agreed))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(30, None), (-30, None), (30.001, "30 s behind the network's"), (-95, "95 s ahead of the network's")],
)
def test_a_clock_more_than_thirty_seconds_off_is_complained_of(seconds: float, words: str | None) -> None:
    said = complaint(timedelta(seconds=seconds))
    assert said is None if words is None else words in str(said)


@given(
    ahead=st.timedeltas(timedelta(days=-1), timedelta(days=1)),
    took=st.timedeltas(timedelta(0), 10 * SECOND),
    looked=st.floats(0, 1),
)
def test_the_estimate_is_off_by_half_the_answers_time_and_half_a_second_at_most(
    ahead: timedelta, took: timedelta, looked: float
) -> None:
    at_theirs = NOON + took * looked + ahead
    date = at_theirs.replace(microsecond=0).strftime("%a, %d %b %Y %H:%M:%S GMT")
    found = offset_of({"Date": date}, asked_at=NOON, answered_at=NOON + took)
    assert found is not None
    assert abs(found - ahead) <= took / 2 + SECOND / 2
