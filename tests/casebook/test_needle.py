"""What a text must hold for a pattern to occur in it: never more than it must."""

from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.needle import lower, may_occur, needles
from casebook.pattern import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("lasi", {"lasi"}),
        (r"LASI\w*\s+siru", {"lasi"}),
        (r"ALV\s*\d+", {"alv"}),
        (r"\b(recall|takaisinveto)\w* 3\b", {"recall", "takaisinveto"}),
        ("toimit(us|ettu)?", {"toimit"}),
        ("(?:hinta){2}", {"hinta"}),
        ("KÄRSI", {"kärsi"}),
        ("ab+cde", {"cde"}),
        ("abc{0,2}d", {"ab"}),
        # a sign is rare enough by itself
        (r"\?", {"?"}),
        (r"\?(\W|$)", {"?"}),
        ("[😂🤣]{3}", {"😂", "🤣"}),
        ("😂+", {"😂"}),
        ("@(aino|ben)_", {"aino", "ben"}),
        ("e-mail", {"e-mail"}),
        (r"a\.b", {"a.b"}),
        # the case of letters never matters, and other flags say nothing of plain ones
        ("(?i)foo", {"foo"}),
        (r"(?is)\b(lasi|siru)", {"lasi", "siru"}),
        # nothing that must be there, or nothing long enough to be rare
        ("", None),
        ("a", None),
        ("ab?c", None),
        ("(foo|b)ar?", None),
        ("foo|", None),
        ("(foo)?", None),
        (r"\w+", None),
        # not understood: then nothing is required
        ("[^?]", None),
        ("[!-?]", None),
        ("[?a]", None),
        ("[[?]]", None),
        ("[]?]", None),
        (r"\ ", None),
        ("(?x)foo bar", None),
        ("(?=foo)bar", None),
        ("(?P<x>foo)", None),
        (r"\x41bc", None),
        (r"(foo)\1bar", None),
        (r"\p{L}foo", None),
        ("(?:foo){e<=1}", None),
        ("foo)bar", None),
        ("(foo", None),
        ("foo\\", None),
    ],
)
def test_the_longest_that_must_be_there_is_looked_for(pattern: str, wanted: set[str] | None) -> None:
    assert needles(pattern) == wanted


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("LASI", "lasi"),
        ("kissa", "KI\u017fSA"),  # a long s is an s to whoever does not mind the case
        ("kahvi", "\u212aahvi"),  # and the sign of kelvin a k
        ("lasi", "LAS\u0130"),
        ("åker", "\u212bker"),
        ("ääni", "ÄÄNI"),
    ],
)
def test_letters_that_count_as_others_are_not_overlooked(pattern: str, text: str) -> None:
    assert may_occur(pattern, lower(text))


def test_a_text_without_it_is_not_searched() -> None:
    assert not may_occur("lasi", lower("Kahvi on loppu"))


atoms = st.sampled_from(
    ["ka", "vi", "a", "K", "ä", "Ö", " ", "1", ".", r"\w", r"\s", r"\b", r"\d", "[ab]", "[^k]", "s", "i", r"\.",
     "!", "_", r"\?", "[!?]", "[^!]", "[+-?]", "[a!]", "[]!]", "😂", "[😂!]"]
)  # fmt: skip
quantifiers = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{0,2}", "{1,}", "+?", "*+", "??"])
patterns = st.recursive(
    st.builds(str.__add__, atoms, quantifiers),
    lambda inner: st.one_of(
        st.builds("".join, st.lists(inner, min_size=1, max_size=4)),
        st.builds("|".join, st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda body, many: f"({body}){many}", inner, quantifiers),
        st.builds(lambda body, many: f"(?:{body}){many}", inner, quantifiers),
    ),
    max_leaves=8,
)
texts = st.text(st.sampled_from("kavi KAVIäÄöÖ 1.!?_😂]sS\u017f\u212a\u0130\u0131ab"), max_size=14)


@given(patterns, texts)
@settings(max_examples=1_500, deadline=None)
def test_whatever_a_pattern_occurs_in_is_searched(pattern: str, text: str) -> None:
    try:
        compiled = compile_pattern(pattern)
    except ValueError:
        return
    shown = normalize("NFC", text)
    if compiled.search(shown):
        assert may_occur(pattern, lower(shown))
