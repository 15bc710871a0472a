"""Patterns: whatever is written and whatever is posted, an answer comes soon."""

import time
from contextlib import suppress

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.pattern import LONGEST_PATTERN, can_take_long, compile_pattern, ends_soon, search


@pytest.mark.parametrize(
    ("pattern", "text", "occurs"),
    [
        (r"\ballergi", "ALLERGINEN reaktio", True),
        (r"\ballergi", "epäallergi", False),
        ("ÄITI", "äiti", True),
        (r"\d{4}-\d{2}", "2026-11", True),
        ("", "", True),
        ("^$", "x", False),
    ],
)
def test_a_pattern_is_found_whatever_the_case_of_letters(pattern: str, text: str, *, occurs: bool) -> None:
    assert search(pattern, text) is occurs


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a|a?)+$", "(a+a+)+b"])
def test_a_pattern_that_takes_for_ever_is_given_up_soon(pattern: str) -> None:
    begun = time.perf_counter()
    assert search(pattern, "a" * 9_999 + "c") is None
    assert time.perf_counter() - begun < 20  # a hang is what fails, not a busy machine


@pytest.mark.parametrize(
    "pattern",
    [
        "((a{1000}){1000}){1000}",
        "(?:" + "()" * 80 + "){500}",
        "a{1000000}",
        "a{99999999999999999999}",
        "(?:(a{0,9}){0,9}){9999}",
        "a" * (LONGEST_PATTERN + 1),
        "(" * 400 + ")" * 400,
    ],
)
def test_a_pattern_that_would_eat_the_machine_is_refused_at_once(pattern: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(ValueError, match=r"longer than|too much|too deep"):
        compile_pattern(pattern)
    assert time.perf_counter() - begun < 20  # a hang is what fails, not a busy machine


@pytest.mark.parametrize("pattern", ["(", "[a", "a)", "*", r"\L<x>", "(?P<x>a)(?P<x"])
def test_a_wrong_pattern_is_refused_in_words(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \S+"):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", [r"[)(]{900}", r"\({900}", "(ab){900}", "a{1,5000}", r"[\])]{900}", "x{,9}"]
)
def test_an_honest_pattern_is_not_refused(pattern: str) -> None:
    assert isinstance(compile_pattern(pattern), regex.Pattern)


@given(st.text("ab(){}[]0129,?*+|\\^$.:", max_size=40))
@settings(max_examples=300, deadline=500)
def test_any_scribble_is_searched_or_refused_soon(pattern: str) -> None:
    with suppress(ValueError):
        assert search(pattern, "ab(0)," * 1_000) in {True, False, None}


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|aa)+$",
        "(a|a)*$",
        r"([a-z]+)*\d",
        r"(\w+\s?)*:$",
        r"(\d+)*-",
        "(x+x+)+y",
        "(.*a){12}$",
        "(foo|foofoo)*!x",
    ],
)
def test_a_pattern_that_shares_a_repeat_among_repeats_is_found_out(pattern: str) -> None:
    assert can_take_long(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "lasi",
        r"\bALV\s*\d+",
        r"\b(recall|takaisinveto)\w* 3\b",
        r"(\w+\.)+com",
        r"([^,]*,)*z",
        r"lasi.*siru",
        r"https?://\S+",
        "(?>a+)+$",
        "(a++)+$",
        r"\?(\W|$)",
        "(",
    ],
)
def test_an_ordinary_pattern_is_not_called_slow(pattern: str) -> None:
    assert not can_take_long(pattern)


@pytest.mark.parametrize(
    ("pattern", "soon"),
    [
        (r"(?i)\b(lasi|siru|sirpale|glas|shard)", True),
        (r"\?(\W|$)", True),
        ("@(?:aino|ben|caro)_", True),
        ("[a-z][+*?{]", True),  # between brackets they are signs
        (r"lasi\?\+", True),
        # whatever repeats, however seldom, may be tried in many ways
        ("a+", False),
        ("a*", False),
        ("a?", False),
        ("a{2}", False),
        (r"\(?:", False),
        ("a{e<=2}", False),
        # what was found before may be anything, and so may what is looked for around it
        (r"(a|b)\1", False),
        (r"\p{L}", False),
        ("(?=a)b", False),
        ("(?R)", False),
        # ways multiply from group to group
        ("(a|aa)" * 4, True),
        ("(a|aa)" * 6, False),
        ("|".join("abcdefghijklmnopqrstuvwxyzåäö"), False),
    ],
)
def test_only_a_pattern_with_few_ways_through_it_is_searched_without_a_limit(
    pattern: str, *, soon: bool
) -> None:
    assert ends_soon(pattern) is soon


def test_without_a_limit_the_longest_text_is_searched_in_its_time() -> None:
    pattern = "(a|aa)" * 4 + "b"
    assert ends_soon(pattern)
    begun = time.process_time()
    assert search(pattern, "a" * 10_000) is False
    assert time.process_time() - begun < 0.5
