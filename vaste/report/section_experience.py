"""The section about what it was like for customers: goal, ease and feeling, with what nobody knows. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from vaste.report.analysis import Analysis
from vaste.report.change import share_change
from vaste.report.document import Block, Line, Opened, Section, Table, Text
from vaste.report.experience import (
    FEELINGS,
    NO,
    NOS,
    UNKNOWNS,
    WRITTEN,
    YES,
    OfPlaybook,
    Question,
    is_enough,
)
from vaste.report.rows import Numbers
from vaste.report.speech import NONE, Speech

_TOLD = {"goal": (YES, 1), "ease": (WRITTEN[0], 1), "feeling": ("negative", -1)}
"""Of each question the answer that is compared, and whether it is better when it grows (1) or shrinks (-1)."""
_ANSWERS = {"goal": (YES, NO), "ease": WRITTEN, "feeling": FEELINGS}


def experience_section(found: Analysis, speech: Speech) -> Section:
    """Answer the three questions, beside the period before."""
    blocks: list[Block] = [Text(speech.say("experience.about"), is_quiet=True)]
    was = found.experience
    for name in _ANSWERS:
        question: Question = getattr(was, name)
        known = {"known": speech.number(question.answered), "n": speech.number(was.cases)}
        before: Question = getattr(found.experience_before, name)
        why_not = was.why_not if name == "goal" else {}
        blocks += [
            _table(name, question, before, why_not, speech),
            Text(speech.say("experience.known", **known)),
        ]
    if found.experience_of:
        head = ("playbook.name", "cases", "goal.reached", "ease.once", "feeling.negative")
        lines = tuple(_of_playbook(one, speech) for one in found.experience_of)
        blocks += [
            Text(speech.say("experience.playbooks")),
            Table(tuple(map(speech.say, head)), lines),
        ]
    return Section("experience", speech.say("experience"), tuple(blocks))


def _table(
    name: str, question: Question, before: Question, why_not: Mapping[str, Numbers], speech: Speech
) -> Table:
    head = (speech.say(name), *map(speech.say, ("cases", "experience.share", "before", "change.told")))
    lines = [_answer(name, answer, question, before, speech) for answer in _ANSWERS[name]]
    lines += _reasons(f"{name}.no", NOS, why_not, speech)
    lines += _reasons("unknown", UNKNOWNS, question.unknown, speech, of=name)
    return Table(head, tuple(lines))


def _answer(name: str, answer: str, question: Question, before: Question, speech: Speech) -> Line:
    cases = question.known.get(answer, ())
    compared, good = _TOLD[name]
    moved = None
    if is_enough(question) and is_enough(before):
        moved = share_change(question.share(answer), before.share(answer))
    word = NONE
    if answer == compared and moved is not None:
        word = speech.say(
            "change.unclear" if not moved else "change.better" if moved == good else "change.worse"
        )
    return Line(
        (
            speech.say(f"sentiment.{answer}" if name == "feeling" else f"{name}.{answer}"),
            speech.number(len(cases)),
            _share(question, answer, speech),
            _share(before, answer, speech),
            word,
        ),
        Opened(f"{name}.{answer}", cases),
        is_bad=answer == compared and moved == -good,
    )


def _reasons(
    key: str, names: Sequence[str], found: Mapping[str, Numbers], speech: Speech, *, of: str = ""
) -> Iterator[Line]:
    prefix = f"{of}.{key}" if of else key
    for name in names:
        cases = found.get(name, ())
        if cases:
            cells = (speech.say(f"{key}.{name}"), speech.number(len(cases)), NONE, NONE, NONE)
            yield Line(cells, Opened(f"{prefix}.{name}", cases))


def _of_playbook(one: OfPlaybook, speech: Speech) -> Line:
    was = one.was
    cells = (
        one.playbook,
        speech.number(was.cases),
        _cell(was.goal, YES, speech),
        _cell(was.ease, WRITTEN[0], speech),
        _cell(was.feeling, "negative", speech),
    )
    return Line(cells, Opened(f"experience.{one.playbook}", one.cases))


def _cell(question: Question, answer: str, speech: Speech) -> str:
    if not is_enough(question):
        return NONE
    share, known = _share(question, answer, speech), speech.number(question.answered)
    return speech.say("experience.cell", share=share, n=known)


def _share(question: Question, answer: str, speech: Speech) -> str:
    share = question.share(answer)
    return speech.percent(share.value) if share is not None and is_enough(question) else NONE
