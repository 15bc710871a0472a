"""Messages that belong to no case, in words: one function a kind, the same for every channel. Pure.

A notice carries facts (JSON) and the posts that it quotes; each kind says here which facts it reads. What
posts say is masked, cleaned and cut before it leaves this file, and stands in quotes, where no channel reads
markup.
"""

from collections.abc import Mapping
from typing import Any

from notifier.channel import Notice, QuotedPost, Tongue
from notifier.digest_notices import handoff, weekly
from notifier.hostile import clean_line, cut, safe_url, shown
from notifier.notice_words import WORDS
from notifier.saying import word_missing, word_open_post
from notifier.teller import Teller, Writer, Written, line, told
from notifier.worded import Part, Quote, Say, Span, Steps, Worded

QUOTE_LENGTH = 280
SENTENCE_LENGTH = 400


def word_notice(notice: Notice, tongue: Tongue, *, room: float = 1.0) -> Worded:
    """Put a message of no case into words; `room` (0..1) leaves out what a channel could not hold.

    Raises ValueError for a kind or for facts that this version does not know.
    """
    return told(notice, tongue, _KINDS, room=room)


def _burst(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """`count` negative mentions `since` an instant, where `usual` of them are usual."""
    count = teller.count(facts["count"], "burst.count", since=teller.moment(facts["since"]))
    usual = teller.say("burst.usual", usual=teller.number(facts["usual"]))
    return teller.say("burst"), [line(f"{count} {usual}"), line(teller.say("burst.only"), quiet=True)]


def _budget(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """`share` (80, 100) per cent of a `source`'s month are spent: `spent` of `budget`, in millionths."""
    spent, budget = teller.dollars(facts["spent"]), teller.dollars(facts["budget"])
    share = "all" if facts["share"] >= 100 else "part"  # noqa: PLR2004 - per cent
    headline = teller.say(
        f"budget.{share}", source=teller.name(facts["source"]), share=teller.percent(facts["share"])
    )
    parts: list[Part] = [
        line(
            f"{teller.say('budget.spent', spent=spent, budget=budget)} {teller.say(f'budget.{share}.means')}"
        )
    ]
    if facts.get("forecast") is not None and share == "part":
        parts.append(
            line(teller.say("budget.forecast", forecast=teller.dollars(facts["forecast"])), quiet=True)
        )
    return headline, parts


def _blind(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """A `source` could not be looked at `since` an instant, for a `reason` of the coverage ledger."""
    why = teller.say(
        "blind.since", since=teller.moment(facts["since"]), reason=teller.named("reason", facts["reason"])
    )
    headline = teller.say("blind", source=teller.name(facts["source"]))
    return headline, [line(why), line(teller.say("blind.means"), quiet=True)]


def _sighted(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """It can be looked at again: blind from `since` to `until`, `found` mentions of that time came late."""
    span = teller.say(
        "sighted.span",
        since=teller.moment(facts["since"]),
        until=teller.moment(facts["until"]),
        reason=teller.named("reason", facts["reason"]),
    )
    found = teller.count(facts["found"], "sighted.found") if facts["found"] else teller.say("sighted.none")
    return teller.say("sighted", source=teller.name(facts["source"])), [line(f"{span} {found}")]


def _morning(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """The night: cases `opened` since then, `answered` of them, `waiting` and the first of those (`cases`).

    `review` mentions to judge, the `oldest` of them; and the names of those `on_call`.
    """
    opened = teller.count(facts["opened"], "morning.opened", since=teller.moment(facts["since"]))
    answered = teller.count(facts["answered"], "morning.answered") if facts["opened"] else ""
    parts: list[Part] = [line(f"{opened} {answered}".strip())]
    cases = [_case(teller, case) for case in facts["cases"]]
    if facts["waiting"] > len(cases):
        cases.append(teller.say("morning.more", n=teller.number(facts["waiting"] - len(cases))))
    label = teller.count(facts["waiting"], "morning.waiting")
    parts.append(Steps(label, tuple(cases)) if cases else line(teller.say("morning.none")))
    if "review" in facts:
        oldest = teller.moment(facts["oldest"])
        parts.append(line(teller.count(facts["review"], "morning.review", oldest=oldest)))
    names = ", ".join(map(teller.name, facts["on_call"]))
    parts.append(line(teller.say("morning.on_call" if names else "morning.nobody", people=names)))
    return teller.say("morning"), parts


def _case(teller: Teller, case: Mapping[str, Any]) -> str:
    words = [teller.say("morning.case", case=str(case["case"])), teller.name(case["playbook"])]
    if case["respond_by"] is not None:
        words.append(teller.say("morning.by", moment=teller.moment(case["respond_by"])))
    words.append(teller.name(case["owner"]) if case["owner"] else teller.say("morning.untaken"))
    return " · ".join(words)


def _hot(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """What people wished for from `since` to `until`: of each of the `topics` a count, and `posts` quoted.

    `collected` is the same of playbooks that collect, and `authors` how many wrote; older notices have neither.
    """
    headline = teller.say("hot", since=teller.day(facts["since"]), until=teller.day(facts["until"]))
    told = [(one, teller.named("topic", one["topic"])) for one in facts["topics"]]
    told += [
        (one, teller.say("hot.collected", playbook=teller.name(one["topic"])))
        for one in facts.get("collected", ())
    ]
    counts = ", ".join(f"{name} {_hot_count(teller, one)}" for one, name in told)
    authors = facts.get("authors")
    parts: list[Part] = [line(f"{counts}. {teller.count(authors, 'hot.authors')}" if authors else counts)]
    for one, name in told:
        posts = [teller.notice.quotes[post] for post in one["posts"] if post in teller.notice.quotes]
        shown = posts[: max(1, int(len(posts) * teller.room))]
        if shown:
            parts.append(Say((Span(name, strong=True),), foreign=True))
        for post in shown:
            parts += _quote(teller, post)
    return headline, parts


def _hot_count(teller: Teller, one: Mapping[str, Any]) -> str:
    now, before = teller.number(one["count"]), one.get("before", 0)
    return teller.say("hot.change", n=now, before=teller.number(before)) if before else now


def _told(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """The `posts` that a `playbook` has others told of; nobody is called."""
    parts: list[Part] = []
    for number in facts["posts"]:
        parts += _quote(teller, teller.notice.quotes[number]) if number in teller.notice.quotes else []
    parts.append(line(teller.say("told.only"), quiet=True))
    return teller.say("told", playbook=teller.name(facts["playbook"])), parts


def _report(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """The first page of a report: its `title`, `subtitle`, `sentences` and `tiles`, worded in its own language."""
    headline = teller.say("report", title=teller.name(facts["title"]), period=teller.name(facts["subtitle"]))
    sentences = [cut(clean_line(sentence), SENTENCE_LENGTH) for sentence in facts["sentences"]]
    shown = sentences[: max(1, int(len(sentences) * teller.room))]
    tiles = [" ".join(map(teller.name, (name, value))) for name, value, *_ in facts["tiles"]]
    parts: list[Part] = [line(sentence) for sentence in shown]
    parts.append(line(" · ".join(tiles), quiet=True))
    if teller.notice.carried == "forbidden":
        parts.append(line(teller.say("report.lacks", scope=teller.notice.lacks), quiet=True))
    along = "along" if teller.notice.carried == "whole" else "whole"
    parts.append(line(teller.say(f"report.{along}"), quiet=True))
    return headline, parts


def word_missing_paper(tongue: Tongue) -> str:
    """Say, below a message that announced its paper, that the paper did not come."""
    return WORDS[tongue.language]["report.missing"]


def _quote(teller: Teller, post: QuotedPost) -> list[Part]:
    """What somebody said, masked, and the way there; or why it is not shown any more."""
    if post.missing is not None:
        return [line(word_missing(post.missing, teller.tongue), quiet=True)]
    words = cut(shown(post.text), int(QUOTE_LENGTH * teller.room)) or word_missing("", teller.tongue)
    address = safe_url(post.url)
    by = f"@{teller.name(post.author)} · {teller.name(post.source)}"
    way = (Span(" · "), Span(word_open_post(teller.tongue), url=address)) if address else ()
    return [Quote(words), Say((Span(by), *way), foreign=True)]


def _held_back(teller: Teller, facts: Mapping[str, Any]) -> Written:
    """Cards that wait for their turn in a channel: how many of each severity (`waiting`); {} once all are posted."""
    waiting: Mapping[str, int] = facts["waiting"]
    if not waiting:
        return teller.say("held_back.over"), [line(teller.say("held_back.posted"), quiet=True)]
    each = [
        f"{teller.say(f'severity.{name}')} {teller.number(waiting[name])}"
        for name in ("high", "normal", "low")
        if waiting.get(name)
    ]
    headline = teller.count(sum(waiting.values()), "held_back")
    return headline, [line(" · ".join(each)), line(teller.say("held_back.means"), quiet=True)]


_KINDS: dict[str, Writer] = {
    "blind": _blind,
    "budget": _budget,
    "burst": _burst,
    "handoff": handoff,
    "held_back": _held_back,
    "hot": _hot,
    "morning": _morning,
    "report": _report,
    "sighted": _sighted,
    "told": _told,
    "weekly": weekly,
}
KINDS = frozenset(_KINDS)
"""The kinds of notices that can be worded."""
