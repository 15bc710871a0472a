"""Values of posts: texts made storable, instants made comparable, verdicts read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.mention import Sentiment, Verdict, as_utc, clean_text

ANY_TEXT = st.text(st.characters(codec=None))


def _verdict(negative: float, neutral: float, positive: float) -> Verdict:
    return Verdict(negative, neutral, positive, 0.5, {}, (), "fi", abstained=False, model="m")


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("tavallinen ä", "tavallinen ä"),
        ("nul\x00nul", "nulnul"),
        ("lone \ud83d high", "lone \ufffd high"),
        ("lone \udc00 low", "lone \ufffd low"),
        ("turned \udc00\ud83d round", "turned \ufffd\ufffd round"),
        ("a pair \ud83d\ude00 written in halves", "a pair 😀 written in halves"),
        ("😀 whole", "😀 whole"),
        ("\x00", ""),
    ],
)
def test_text_is_made_storable(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@given(ANY_TEXT)
def test_whatever_was_written_can_be_stored_and_is_cleaned_once(raw: str) -> None:
    clean = clean_text(raw)
    clean.encode("utf-8")
    assert "\x00" not in clean
    assert clean_text(clean) == clean


@given(st.datetimes(timezones=st.timezones(), min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)))  # noqa: DTZ001 - hypothesis adds the zones
def test_an_instant_stays_the_same_instant(instant: datetime) -> None:
    utc = as_utc(instant)
    assert utc.tzinfo is UTC
    assert utc - instant.astimezone(timezone(timedelta(hours=3))) == timedelta(0)


def test_a_naive_instant_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        as_utc(datetime(2026, 11, 2))  # noqa: DTZ001 - that is what is refused


@pytest.mark.parametrize(
    ("probabilities", "sentiment"),
    [
        ((0.5, 0.3, 0.2), Sentiment.NEGATIVE),
        ((0.2, 0.5, 0.3), Sentiment.NEUTRAL),
        ((0.2, 0.3, 0.5), Sentiment.POSITIVE),
        ((0.4, 0.4, 0.2), Sentiment.NEGATIVE),
        ((0.2, 0.4, 0.4), Sentiment.NEUTRAL),
        ((0.4, 0.2, 0.4), Sentiment.NEGATIVE),
    ],
)
def test_the_sentiment_is_the_most_probable_and_of_equals_the_earlier(
    probabilities: tuple[float, float, float], sentiment: Sentiment
) -> None:
    assert _verdict(*probabilities).sentiment is sentiment


def test_each_probability_can_be_asked_for_by_its_name() -> None:
    verdict = _verdict(0.5, 0.3, 0.2)
    assert [verdict.probability(name) for name in Sentiment] == [0.5, 0.3, 0.2]
