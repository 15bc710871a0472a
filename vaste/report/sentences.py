"""The five sentences that a director reads. Pure.

Who was answered, after how long, in time or not, where the time went, and what to decide. They are made from figures and are honest where these are small: no percentage of fewer than ten, no quantile of
fewer than ten answers.
"""

from vaste.report.advice import decide
from vaste.report.analysis import Analysis
from vaste.report.rows import Became
from vaste.report.speech import Speech

FEW = 10
WIDE = 30
"""Below so many answers the interval of the median is told."""
_ALMOST = 0.995


def sentences(found: Analysis, watched: float | None, speech: Speech) -> tuple[str, ...]:
    """Give the five sentences; each may have a clause more where the figures ask for it.

    Of a period without any case there is one thing to say.
    """
    if not found.now.is_known:
        return (_rate(found, watched, speech),)
    return (
        _rate(found, watched, speech),
        _wait(found, speech),
        _kept(found, speech),
        _time(found, speech),
        _decide(found, speech),
    )


def _rate(found: Analysis, watched: float | None, speech: Speech) -> str:
    now, before = found.now.answers, found.before.answers
    told = []
    if now.due:
        share = ""
        if now.rate is not None and now.due >= FEW:
            rate = speech.percent(now.rate.value)
            share = speech.say("rate.share", rate=rate)
            if before.rate is not None and before.due >= FEW:
                share = speech.say("rate.share.before", rate=rate, before=speech.percent(before.rate.value))
        count = speech.number(now.count(Became.ANSWERED))
        told.append(speech.count(now.due, "rate", answered=count, share=share))
        if now.due < FEW:
            told.append(speech.say("rate.few"))
    elif watched is None or now.unseen:
        told.append(speech.say("rate.unwatched"))
    else:
        told.append(speech.say("rate.none"))
    if now.unseen:
        apart = speech.number(now.count(Became.APART))
        told.append(speech.count(now.unseen, "rate.unknown", apart=apart))
    if now.unseen and now.worst is not None and now.due + now.unseen >= FEW:
        told.append(speech.say("rate.least", worst=speech.percent(now.worst)))
    if watched is not None and watched < _ALMOST:
        told.append(speech.say("seen.share", share=speech.percent(watched)))
    return " ".join(told)


def _wait(found: Analysis, speech: Speech) -> str:
    now, before = found.now.waits, found.before.waits
    if now.median is None or now.p90 is None:
        return speech.say("wait.none")
    if now.n < FEW:
        return speech.count(
            now.n, "wait.few", shortest=speech.span(now.shortest), longest=speech.span(now.longest)
        )
    values = {"median": speech.span(now.median.value), "p90": speech.span(now.p90.value)}
    if before.median is not None and before.p90 is not None and before.n >= FEW:
        values |= {"before": speech.span(before.median.value), "before90": speech.span(before.p90.value)}
        told = [speech.say("wait.before", **values)]
    else:
        told = [speech.say("wait", **values)]
    if now.n < WIDE and now.median.low is not None and now.median.high is not None:
        low, high = speech.span(now.median.low), speech.span(now.median.high)
        told.append(speech.say("wait.wide", low=low, high=high))
    return " ".join(told)


def _kept(found: Analysis, speech: Speech) -> str:
    now = found.now
    due, late = len(now.in_time) + len(now.late), len(now.late)
    if not due:
        return speech.say("kept.none")
    if not late:
        return speech.count(due, "kept.all")
    worst = max(now.promises, key=lambda one: len(one.late) + len(one.never))
    told = [
        speech.say(
            "kept.some",
            due=speech.number(due),
            kept=speech.number(due - late),
            late=speech.number(late),
            n=speech.number(len(worst.late) + len(worst.never)),
            playbook=worst.playbook,
        )
    ]
    window = next((one for one in found.proposals if one.window is not None), None)
    if window is not None and window.window is not None:
        of_all = speech.percent(window.figures["of_all"])
        when = speech.window(window.window)
        told.append(speech.say(f"kept.window.{window.kind}", of_all=of_all, window=when))
    return " ".join(told)


def _time(found: Analysis, speech: Speech) -> str:
    slowest = max(found.stages, key=lambda stage: stage.seconds, default=None)
    if slowest is None or not slowest.seconds:
        told = [speech.say("time.none")]
    else:
        stage = speech.say(f"stage.{slowest.name}")
        told = [speech.say("time", share=speech.percent(slowest.share), stage=stage)]
    if found.taken.nobody:
        told.append(speech.count(len(found.taken.nobody), "time.nobody"))
    return " ".join(told)


def _decide(found: Analysis, speech: Speech) -> str:
    if not found.proposals:
        return speech.say("decide.none")
    told = [speech.say("decide", what=decide(found.proposals[0], speech))]
    more = len(found.proposals) - 1
    if more:
        told.append(speech.count(more, "decide.more"))
    return " ".join(told)
