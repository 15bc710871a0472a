from string import Formatter

import pytest

from vaste.report.speech import WORDS

LANGUAGES = ("fi", "sv", "en")


def values(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_languages_say_the_same_things_with_the_same_values(language: str) -> None:
    finnish, words = WORDS["fi"], WORDS[language]
    assert words.keys() == finnish.keys()
    assert {key: values(said) for key, said in words.items()} == {
        key: values(said) for key, said in finnish.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_left_empty(language: str) -> None:
    assert [key for key, said in WORDS[language].items() if not said.strip()] == []
