"""What a decision stands on, as it is kept and read back."""

import json

from hypothesis import given
from hypothesis import strategies as st

from casebook.grounds import Ground, as_facts, fitting, from_facts, ground, of_names, written

plain = (
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
)
names = st.text(min_size=1, max_size=10).filter(lambda name: name != "what")
grounds = st.recursive(
    st.builds(Ground, st.text(max_size=10), st.dictionaries(names, plain, max_size=3)),
    lambda inner: st.builds(
        Ground,
        st.text(max_size=10),
        st.dictionaries(names, inner | st.lists(inner | plain, max_size=3).map(tuple), max_size=3),
    ),
    max_leaves=8,
)


@given(st.lists(grounds, max_size=4).map(tuple))
def test_whatever_is_kept_as_json_is_read_back_as_it_was(reason: tuple[Ground, ...]) -> None:
    assert from_facts(json.loads(json.dumps(as_facts(reason)))) == reason


def test_a_long_list_keeps_its_beginning_and_how_much_there_was() -> None:
    assert of_names("words", "abcdefghij").facts == {"names": tuple("abcdefgh"), "more": 2}
    assert of_names("words", ["a"], most=1).facts == {"names": ("a",), "more": 0}
    assert len(of_names("regex", ["x" * 100_000]).facts["names"][0]) == 301


def test_grounds_within_a_ground_are_as_many_as_a_row_can_hold() -> None:
    small, large = ground("crisis", runs=True), of_names("words", ["x" * 400])
    assert fitting([small] * 3) == ((small,) * 3, 0)
    assert fitting([small] * 9) == ((small,) * 8, 1)
    assert fitting([large] * 9) == ((large,) * 2, 7)
    assert fitting([ground("match", of=(large,) * 9), small]) == ((ground("match", of=(large,) * 9),), 1)
    assert fitting([]) == ((), 0)


def test_a_sentence_of_before_is_kept_as_one_and_nothing_is_nothing() -> None:
    assert written("no case: too few") == (ground("written", sentence="no case: too few"),)
    assert written("") == ()
