from classifier.why import Reason
from vaste.because import listed, phrase_of, weighed


def reason(*words: str) -> Reason:
    return Reason(tuple((word, 0, len(word), 4.0 - at) for at, word in enumerate(words)), "sentiment")


def test_a_card_is_offered_the_three_weightiest_words() -> None:
    assert phrase_of(reason("surkea", "😡", "hävetkää", "ikinä")) == "“surkea”, “😡”, “hävetkää”"
    assert phrase_of(reason("surkea", "😡"), most=1) == "“surkea”"
    assert phrase_of(reason()) == ""


def test_words_are_told_with_their_weights() -> None:
    assert weighed(reason("surkea", "😡")) == "why: surkea 4.0, 😡 3.0"
    assert weighed(reason()) == "why: no word alone"
    assert listed(reason("surkea")) == [{"word": "surkea", "weight": 4.0}]


def test_what_is_told_can_neither_move_the_cursor_nor_fill_the_line() -> None:
    hostile = reason("\x1b[31mpuna\x07", "\u202e", "https://a.fi/" + "x" * 500)
    for told in (weighed(hostile), phrase_of(hostile), str(listed(hostile))):
        assert not {"\x1b", "\x07", "\u202e"} & set(told)
        assert len(told) < 160
    assert len(listed(hostile)) == 2
