"""Dialogues after a press: valid for Slack in every language, and read back as they were answered."""

import json
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casebook.grounds import Ground, ground, of_names, written
from notifier.channel import Condition, Question, Tried
from notifier.dialogue import draw_form, read_submission
from notifier.forms import word_form, word_mistake
from notifier.limits import view_problems
from notifier.saying import LANGUAGES
from notifier.worded import Choice
from tests.notifier.cast import HOSTILE, hostile_reason, tongue
from tests.servers.fake_slack import check_view

VERBS = get_args(get_type_hints(Question)["verb"])
UNDER = ground("topics", scored=(("recall", 0.2),), under=True)
ANGRY = ground("probability", values=(("negative", 0.9),))
TRIED = (
    Tried("recall", "no", (Condition(of_names("topics", ["recall"]), UNDER, held=False),)),
    Tried(
        "complaint",
        "takes",
        (Condition(ground("probability", bounds=(("negative", 0.6),)), ANGRY, held=True),),
    ),
    Tried("unsure", "no", (Condition(ground("attention", least=0.5), Ground("abstained"), held=None),)),
    Tried("thanks", "would", taker="complaint"),
    Tried("story", "tells"),
    Tried("old", "passed_over", passed_over=Ground("passed_over.bystander")),
)


def question(verb: str, **changes: Any) -> Question:
    given: dict[str, Any] = {
        "people": (("aino", "Aino Virtanen"), ("ben", "Ben Lindqvist")),
        "teams": ("shop",),
        "topics": ("delivery", "recall"),
        "held": ("recall",),
        "sentiment": "negative",
        "attention": True,
        "reason": (ground("taken", playbook="complaint", found=(ANGRY,)),),
        "tried": TRIED,
        "texts": ("Löysin lasinsirun!",),
    }
    return Question(verb, 12, **(given | changes))  # type: ignore[arg-type]  # a name of the Literal


def view_of(asked: Question, language: str = "en") -> dict[str, Any]:
    return draw_form(word_form(asked, tongue(language)), place="C1")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verb", VERBS)
def test_every_dialogue_is_one_that_slack_takes(verb: str, language: str) -> None:
    view = view_of(question(verb), language)
    assert view_problems(view) == []
    check_view(view)
    # nothing of a title or a button is cut away
    assert not any(
        view.get(name, {"text": ""})["text"].endswith("…") for name in ("title", "submit", "close")
    )


def test_dialogue_that_only_shows_has_nothing_to_send() -> None:
    assert [verb for verb in VERBS if "submit" not in view_of(question(verb))] == ["why", "show_all"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.one_of(
        st.text(max_size=300),
        st.sampled_from(
            [HOSTILE, "👩‍👩‍👧‍👦" * 400, "<!channel>" * 1000, "\u202e" * 50, "\u200b" * 9000, "a" * 20_000]
        ),
    ),
    st.sampled_from(VERBS),
)
def test_no_word_of_anybody_breaks_a_dialogue(text: str, verb: str) -> None:
    view = view_of(
        question(
            verb,
            people=(("aino", text),),
            reason=hostile_reason(text),
            then=written(text),
            tried=(
                Tried(
                    text, "no", (Condition(of_names("regex", [text]), of_names(text, [text]), held=False),)
                ),
                Tried(text, "would", taker=text),
                Tried(text, "passed_over", passed_over=Ground(text)),
            )
            * 60,
            texts=(text, text),
        )
    )
    assert view_problems(view) == []
    assert "mrkdwn" not in json.dumps(view), "what others wrote stands where Slack reads no markup"


def test_whole_post_is_shown_masked_and_in_order() -> None:
    text = "".join(f"{number:05d} kahvi " for number in range(1000)) + "040 123 4567"
    view = view_of(question("show_all", texts=(text,)))
    quoted = "".join(
        words["text"]
        for block in view["blocks"]
        for element in block["elements"]
        for words in element["elements"]
    )
    assert quoted.replace(" ", "") == text.replace("040 123 4567", "•••").replace(" ", "")


def test_what_the_classifier_said_is_what_the_dialogue_begins_with() -> None:
    choices = {
        part.name: part
        for part in word_form(question("wrong_label"), tongue()).parts
        if isinstance(part, Choice)
    }
    assert (choices["sentiment"].chosen, choices["attention"].chosen) == ("negative", "yes")
    assert choices["topics"].many == ("recall",)
    unsure = word_form(question("wrong_label", sentiment=None, attention=None, topics=()), tongue())
    begun = [part.chosen for part in unsure.parts if isinstance(part, Choice)]
    assert begun == [None, None]


def test_path_is_told_condition_by_condition() -> None:
    said = json.dumps(view_of(question("why", then=(Ground("none.no_playbooks"),))), ensure_ascii=False)
    for words in (
        "negative 0.90",
        "The configuration of today would decide otherwise: ",
        "playbook complaint: negative 0.90",
        "no case: there are no playbooks",
        "✗ topic recall → topic recall 0.20, under its threshold",
        "✓ negative at least 0.60 → negative 0.90",
        "? attention at least 0.50 → the classifier abstained",
        ": not tried (",
        "a bystander's post, and this playbook names no topic, word, pattern, question or attention",
        ": would match too, but ",
        ": tells others of it, and the next ones are tried",
    ):
        assert words in said


def test_answers_come_back_by_the_names_of_their_questions() -> None:
    view = view_of(question("replied"))
    state = {
        "where": {"where": {"selected_option": {"value": "direct"}}},
        "promise": {"promise": {"selected_option": {"value": "send"}}},
        "due": {"due": {"selected_date_time": 1_764_000_000}},
    }
    said = read_submission(view | {"state": {"values": state}})
    assert said is not None
    assert (said.verb, said.case, said.place) == ("replied", 12, "C1")
    assert said.answers == {"where": "direct", "promise": "send", "due": "1764000000"}


def test_several_choices_come_back_also_when_there_are_none() -> None:
    view = view_of(question("wrong_label"))
    state = {
        "topics": {"topics": {"selected_options": []}},
        "sentiment": {"sentiment": {"selected_option": None}},
    }
    said = read_submission(view | {"state": {"values": state}})
    assert said is not None
    assert said.answers == {"topics": ()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mistake", ["no_time", "no_due", "no_promise"])
def test_every_mistake_is_worded(mistake: str, language: str) -> None:
    assert word_mistake(mistake, tongue(language)).endswith(".")
