"""What comes of a press, wherever it was made: events, a correction, or a question to the presser.

The same for Slack and the command line. A press is decided on inside the store's transaction, so that one thing
pressed twice, or in two places at once, leaves one result. What a press only asks to see changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from casebook.act import Act, Outcome
from casebook.case import Case
from casebook.correction import correct
from casebook.promise import KINDS, LONGEST
from casebook.record import CaseView
from casebook.store import Change, Kept, Store
from notifier.channel import Answer, Condition, Press, Question, Tongue, Tried
from notifier.inbox import ASK, act_of, tell
from playbooks.decide import explain
from playbooks.escalate import everyone
from playbooks.playbook import Decision, Trial
from vaste.chain import carry_out
from vaste.desk import Desk
from vaste.on_record import around
from vaste.ruling import post_of

SAID: Final = "said"
"""The value of a press that only adds what was promised: the thing itself was pressed before."""


def take(press: Press, store: Store, desk: Desk, tongue: Tongue, *, now: datetime) -> Answer:
    """File what a press brings about, once however often it comes; gives what the presser alone is told or asked."""
    if press.value == ASK:
        return Answer(question=question_of(press, store, desk))
    if press.verb == "wrong_label":
        return Answer(_correct(press, store, desk, tongue, now=now))
    mistake = _mistake(press, now=now)
    if mistake is not None:
        return Answer(mistake=mistake)
    act = act_of(press, desk.people, teams=desk.teams, at=now)
    if act is None:
        return Answer()
    if press.value == SAID:
        outcome, case = Outcome(), store.case(press.case)
    else:
        outcome, case = file_act(act, store, desk, now=now)
    if outcome.reason in {"done", "answered", "ended"}:
        _promise(press, act, store, desk, now=now)
    if outcome.reason == "no_time" and press.answers:
        return Answer(mistake="no_time")
    owner = desk.person(case.owner).name if case is not None and case.owner else None
    text = _told(press, act, outcome.reason, owner, tongue.language)
    return Answer(text, question=_asked_after(press, outcome, case))


def file_act(act: Act, store: Store, desk: Desk, *, now: datetime) -> tuple[Outcome, Case | None]:
    """File an act; gives what came of it, and the case as it was before it (after it, where it changed)."""
    found: list[Case] = []
    outcomes = [Outcome(reason="missing")]

    def decide(case: Case) -> Change:
        outcome, change = carry_out(case, act, desk, now=now)
        outcomes.append(outcome)
        found.append(case)
        return change

    after = store.change(act.case, decide, now=now)
    is_changed = bool(outcomes[-1].events)
    return outcomes[-1], after if is_changed else found[-1] if found else None


# ---- what is told and asked after a press --------------------------------------------------------------


def _told(press: Press, act: Act, reason: str, owner: str | None, language: str) -> str | None:
    if act.actor.startswith("slack:") and reason == "done":
        return tell("stranger", language=language, case=press.case, user=press.user)
    return tell(reason, language=language, case=press.case, owner=owner)


def _asked_after(press: Press, outcome: Outcome, case: Case | None) -> Question | None:
    """Ask what was promised, of a close that nobody was asked that of before."""
    is_closed = press.verb == "close" and press.value is None and outcome.reason == "done"
    if is_closed and case is not None and not case.presses and not case.living:
        return Question("close", press.case)
    return None


# ---- promises ------------------------------------------------------------------------------------------


def _mistake(press: Press, *, now: datetime) -> str | None:
    """Say what cannot be of a promise made with a press, before anything of it is filed."""
    what, due_at = press.answers.get("promise"), _instant(press.answers, "due")
    if what is None and due_at is None:
        return None
    if what not in KINDS:
        return "no_promise"
    if due_at is None or not timedelta(0) < due_at - now <= LONGEST:
        return "no_due"
    return None


def _promise(press: Press, act: Act, store: Store, desk: Desk, *, now: datetime) -> None:
    what, due_at = press.answers.get("promise"), _instant(press.answers, "due")
    if isinstance(what, str) and due_at is not None:
        file_act(Act(act.case, "promise", act.actor, now, what=what, due_at=due_at), store, desk, now=now)


def _instant(answers: Mapping[str, str | tuple[str, ...]], name: str) -> datetime | None:
    written = answers.get(name)
    try:
        return datetime.fromtimestamp(int(written), UTC) if isinstance(written, str) else None
    except (ValueError, OverflowError, OSError):
        return None


# ---- wrong labels --------------------------------------------------------------------------------------


def _correct(press: Press, store: Store, desk: Desk, tongue: Tongue, *, now: datetime) -> str | None:
    """File what is right about the post that opened a case, as far as it is another thing than was said of it."""
    view = store.view(press.case)
    kept = None if view is None else store.kept(view.case.opening_post)
    act = act_of(replace(press, verb="acknowledge", value=None), desk.people, at=now)
    if kept is None or kept.verdict is None or act is None:
        return tell("missing", language=tongue.language, case=press.case)
    said = correct(
        kept.mention.post,
        by=act.actor,
        at=now,
        cause="wrong_label",
        **_corrected(press.answers, kept),  # type: ignore[arg-type]  # each by its own name and type
    )
    store.file_correction(*(replace(one, case=press.case) for one in said))
    reason = "corrected" if said else "as_said"
    return tell(reason, language=tongue.language, case=press.case)


def _corrected(answers: Mapping[str, str | tuple[str, ...]], kept: Kept) -> dict[str, object]:
    found = labels_of(kept)
    right: dict[str, object] = {}
    sentiment, attention, topics = (answers.get(name) for name in ("sentiment", "attention", "topics"))
    if sentiment in {"negative", "neutral", "positive"} and sentiment != found.sentiment:
        right["sentiment"] = sentiment
    if attention in {"yes", "no"} and (attention == "yes") != found.attention:
        right["attention"] = attention == "yes"
    if isinstance(topics, tuple):
        changed = set(found.held).symmetric_difference(topics) & set(found.topics)
        right["topics"] = {name: name in topics for name in sorted(changed)}
    return right


def labels_of(kept: Kept) -> Question:
    """Give what the classifier said of a post, as it is shown for correcting."""
    verdict = kept.verdict
    if verdict is None:
        return Question("wrong_label", kept.case or 0)
    return Question(
        "wrong_label",
        kept.case or 0,
        topics=tuple(sorted(verdict.topics)),
        held=tuple(verdict.topics_held),
        sentiment=None if verdict.abstained else verdict.sentiment.value,
        attention=None if verdict.abstained else verdict.attention >= USUAL_ATTENTION,
    )


USUAL_ATTENTION: Final = 0.5
"""From where a post is said to be worth a look."""


# ---- what is asked for and shown -----------------------------------------------------------------------


def question_of(press: Press, store: Store, desk: Desk) -> Question | None:
    """Give what a press asks to be asked or to see; None where there is no such case."""
    view, ask = store.view(press.case), _QUESTIONS.get(press.verb)
    return None if view is None or ask is None else ask(view, store, desk)


def _how_long(view: CaseView, _: Store, __: Desk) -> Question:
    return Question("snooze", view.case.number)


def _whole(view: CaseView, _: Store, __: Desk) -> Question:
    texts = (view.text, view.latest_text)
    return Question("show_all", view.case.number, texts=tuple(text for text in texts if text))


def _labels(view: CaseView, store: Store, _: Desk) -> Question | None:
    kept = store.kept(view.case.opening_post)
    return None if kept is None else replace(labels_of(kept), case=view.case.number)


def _whom(view: CaseView, _: Store, desk: Desk) -> Question:
    """Those who can be given a case: its own team first, then everybody else, then the teams."""
    team = desk.teams.get(view.case.policy.team)
    ours = set(everyone(team)) if team is not None else set()
    people = sorted(desk.people.values(), key=lambda person: (person.key not in ours, person.name.casefold()))
    return Question(
        "reassign",
        view.case.number,
        people=tuple((person.key, person.name) for person in people if person.key != view.case.owner),
        teams=tuple(name for name in sorted(desk.teams) if name != view.case.policy.team),
    )


def _path(view: CaseView, store: Store, desk: Desk) -> Question:
    """The whole path of a decision: every playbook, condition by condition, as `vaste explain` tells it."""
    kept = store.kept(view.case.opening_post)
    whole = Question("why", view.case.number, reason=view.reason)
    if kept is None or kept.verdict is None or not desk.playbooks:
        return whole
    decision = explain(post_of(around(kept), desk), kept.verdict, desk.playbooks)
    is_as_then = decision.playbook == kept.playbook
    return replace(
        whole,
        then=None if is_as_then else decision.reason,
        tried=tuple(_tried(trial, decision) for trial in decision.trials),
    )


def _tried(trial: Trial, decision: Decision) -> Tried:
    conditions = tuple(Condition(one.asked, one.found, one.held) for one in trial.conditions)
    if trial.passed_over:
        return Tried(trial.playbook, "passed_over", passed_over=trial.passed_over)
    if trial.playbook == decision.playbook:
        return Tried(trial.playbook, "takes", conditions)
    if trial.playbook in decision.also:
        return Tried(trial.playbook, "tells", conditions)
    if trial.matched:
        return Tried(trial.playbook, "would", conditions, taker=decision.playbook)
    return Tried(trial.playbook, "no", conditions)


_QUESTIONS: Final[Mapping[str, Callable[[CaseView, Store, Desk], Question | None]]] = {
    "reassign": _whom,
    "snooze": _how_long,
    "show_all": _whole,
    "wrong_label": _labels,
    "why": _path,
}
