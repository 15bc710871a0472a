"""The sections about answers: who got one, after how long, in time or not, and where the time went. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from vaste.report import charts
from vaste.report.analysis import Analysis
from vaste.report.document import Block, Line, Opened, Section, Stories, Story, Table, Text
from vaste.report.figures import BOUNDS, Waits
from vaste.report.hours import STAFFED, HourOfWeek
from vaste.report.rows import Became, Numbers, Told
from vaste.report.speech import NONE, Speech

STORIES: Final = 8
"""Missed deadlines that are told; the others are counted."""
_FEW: Final = 2
PARTS: Final[dict[str, Callable[[int, int], bool]]] = {
    "weekdays_day": lambda day, hour: day < 5 and 8 <= hour < 18,  # noqa: PLR2004
    "weekdays_evening": lambda day, hour: day < 5 and 18 <= hour < 22,  # noqa: PLR2004
    "nights": lambda _, hour: hour >= 22 or hour < 8,  # noqa: PLR2004
    "weekend_day": lambda day, hour: day >= 5 and 8 <= hour < 22,  # noqa: PLR2004
}
"""The parts of a week, as its table tells it."""


def answers_section(found: Analysis, speech: Speech) -> Section:
    """Say what became of every case."""
    now = found.now.answers
    whole = sum(map(len, now.by.values()))

    def line(name: str, cases: Numbers, *, is_bad: bool = False) -> Line:
        share = speech.percent(len(cases) / whole) if whole else NONE
        cells = (speech.say(f"became.{name}"), speech.number(len(cases)), share)
        return Line(cells, Opened(f"answers.{name.replace(' ', '_')}", cases), is_bad=is_bad and bool(cases))

    lines = [line(Became.ANSWERED.value, now.by[Became.ANSWERED]), line("manual", now.manual)]
    lines += [
        line(became.value, now.by[became], is_bad=became is Became.UNANSWERED)
        for became in Became
        if became is not Became.ANSWERED
    ]
    head = (speech.say("became"), speech.say("cases"), speech.say("share"))
    blocks: list[Block] = [Text(speech.say("answers.about"), is_quiet=True), Table(head, tuple(lines))]
    if now.unseen and now.worst is not None:
        blocks.append(Text(speech.say("answers.worst", worst=speech.percent(now.worst))))
    blocks += _days(found, speech)
    return Section("answers", speech.say("answers"), tuple(blocks))


def _days(found: Analysis, speech: Speech) -> Iterator[Block]:
    if len(found.days) < _FEW:
        return
    parts = tuple(speech.say(part) for part in ("in_time", "late", "never"))
    told = [
        charts.Stack(speech.day_of(day.begins), (len(day.in_time), len(day.late), len(day.never)))
        for day in found.days
    ]
    name = "weeks" if found.are_weeks else "days"
    yield charts.stacks(speech.say(name), speech.say(f"{name}.says"), told, parts=parts)


def waits_section(found: Analysis, speech: Speech) -> Section:
    """Say how long customers waited: quantiles with their intervals, and the whole spread."""
    business = () if _is_same(found.business, found.now.waits) else (("business", found.business),)
    rows = (
        ("all", found.now.waits),
        ("platform", found.on_network),
        ("manual", found.by_hand),
        *business,
        ("team", found.team),
    )
    head = ("waits.name", "cases", "median", "p90", "p95")
    table = Table(
        tuple(map(speech.say, head)),
        tuple(_waits(name, of, speech) for name, of in rows if of.n or name == "all"),
    )
    blocks: list[Block] = [Text(speech.say("waits.about"), is_quiet=True), table]
    now, before = found.now.spread, found.before.spread
    names = [*(speech.say("spread.until", span=speech.span(end)) for end in BOUNDS)]
    names += [speech.say("spread.longer"), speech.say("spread.never")]
    whole = sum(len(part.cases) for part in now)
    if whole:
        says = speech.say(
            "spread.says",
            first=speech.number(sum(len(part.cases) for part in now[:2])),
            whole=speech.number(whole),
            span=speech.span(BOUNDS[1]),
            never=speech.number(len(now[-1].cases)),
        )
        short = [f"≤\u00a0{speech.span(end)}" for end in BOUNDS]
        short += [f">\u00a0{speech.span(BOUNDS[-1])}", speech.say("spread.never")]
        told = [
            charts.Bar(name, len(one.cases), len(other.cases) if found.before.is_known else None)
            for name, one, other in zip(short, now, before, strict=True)
        ]
        words = {"now": speech.say("now"), "before": speech.say("before")}
        blocks.append(charts.bars(speech.say("spread"), says, told, **words))
        lines = [
            Line(
                (name, speech.number(len(part.cases)), speech.percent(len(part.cases) / whole)),
                Opened(f"waits.{key}", part.cases),
                is_bad=not part.is_answered and bool(part.cases),
            )
            for name, part, key in zip(
                names, now, ("15min", "1h", "4h", "24h", "longer", "never"), strict=True
            )
        ]
        blocks.append(Table((speech.say("spread"), speech.say("cases"), speech.say("share")), tuple(lines)))
    return Section("waits", speech.say("waits"), tuple(blocks))


def _is_same(one: Waits, other: Waits) -> bool:
    """Say whether every clock runs always, so that business hours are all hours."""
    return (one.median, one.p90, one.longest) == (other.median, other.p90, other.longest)


def _waits(name: str, of: Waits, speech: Speech) -> Line:
    cells = (
        speech.say(f"waits.{name}"),
        speech.number(of.n),
        *map(speech.quantile, (of.median, of.p90, of.p95)),
    )
    return Line(cells, Opened(f"waits.{name}", of.cases))


def promises_section(found: Analysis, speech: Speech) -> Section:
    """Say how each playbook kept what it promises, and what it ought to."""
    lines, bars, told = [], [], []
    for one in found.now.promises:
        share = one.share
        if share is None:
            continue
        value = speech.percent(share.value)
        target = speech.percent(one.target.share) if one.target else NONE
        if one.is_missed:
            target += f" · {speech.say('missed_target')}"
        cells = (one.playbook, speech.number(one.due), f"{value} ({speech.between(share)})", target)
        waits = tuple(speech.span(of.value if of else None) for of in (one.waits.median, one.waits.p90))
        broken = (*one.late, *one.never)
        lines.append(
            Line((*cells, *waits), Opened(f"late.{one.playbook}", broken), is_bad=one.is_surely_missed)
        )
        mark = one.target.share if one.target else None
        bars.append(charts.Kept(one.playbook, share.value, share.low, share.high, mark))
        told.append(f"{one.playbook} {value}")
    blocks: list[Block] = [Text(speech.say("promises.about"), is_quiet=True)]
    if bars:
        says = speech.say("promises.says", told=", ".join(told))
        head = ("playbook.name", "due", "in_time", "target", "median", "p90")
        blocks += [
            charts.kept(speech.say("promises"), says, bars),
            Table(tuple(map(speech.say, head)), tuple(lines)),
        ]
    else:
        blocks.append(Text(speech.say("kept.none")))
    return Section("promises", speech.say("promises"), tuple(blocks))


def stages_section(found: Analysis, speech: Speech) -> Section:
    """Say where the time went."""
    named = [(speech.say(f"stage.name.{stage.name}"), stage) for stage in found.stages]
    blocks: list[Block] = [Text(speech.say("stages.about"), is_quiet=True)]
    if any(stage.seconds for stage in found.stages):
        told = ", ".join(f"{name} {speech.percent(stage.share)}" for name, stage in named)
        says = speech.say("stages.says", told=told)
        shares = [(name, stage.share, speech.percent(stage.share)) for name, stage in named]
        lines = tuple(
            Line(
                (name, speech.percent(stage.share), speech.quantile(stage.median), speech.quantile(stage.p90))
            )
            for name, stage in named
        )
        head = tuple(map(speech.say, ("stage", "stages.share", "median", "p90")))
        blocks += [charts.waterfall(speech.say("stages"), says, shares), Table(head, lines)]
    else:
        blocks.append(Text(speech.say("time.none")))
    return Section("stages", speech.say("stages"), tuple(blocks))


def week_section(found: Analysis, speech: Speech) -> Section:
    """Say when in the week cases begin and promises break, beside who is on call."""
    drawn = [
        charts.Hour(
            one.weekday,
            one.hour,
            len(one.cases),
            len(one.late),
            1.0 if one.staffed is None else one.staffed,
        )
        for one in found.hours
    ]
    words = {"hour": speech.say("week.hour"), "cases": speech.say("cases")}
    picture = charts.week(speech.say("week"), speech.say("week.says"), drawn, days=speech.days(), words=words)
    head = tuple(map(speech.say, ("week.part", "due", "tile.late", "share", "week.staffed")))
    lines = tuple(
        _part(name, [one for one in found.hours if belongs(one.weekday, one.hour)], speech)
        for name, belongs in PARTS.items()
    )
    blocks = (Text(speech.say("week.about"), is_quiet=True), picture, Table(head, lines))
    return Section("week", speech.say("week"), blocks)


def _part(name: str, hours: Sequence[HourOfWeek], speech: Speech) -> Line:
    cases = sum(len(one.cases) for one in hours)
    late = tuple(number for one in hours for number in one.late)
    staffed = [one.staffed for one in hours if one.staffed is not None]
    share = sum(staffed) / len(staffed) if staffed else None
    cells = (
        speech.say(f"week.{name}"),
        speech.number(cases),
        speech.number(len(late)),
        speech.percent(len(late) / cases) if cases else NONE,
        speech.say("week.no_rota") if share is None else speech.percent(share),
    )
    return Line(
        cells, Opened(f"week.{name}", late), is_bad=share is not None and share < STAFFED and bool(late)
    )


def taken_section(found: Analysis, speech: Speech) -> Section:
    """Say who took the cases; those that nobody took stand apart."""
    taken = found.taken
    quantiles = {
        name: speech.span(of.value if of else None)
        for name, of in (("median", taken.taken.median), ("p90", taken.taken.p90))
    }
    told = (
        ("tta", speech.say("taken.tta", **quantiles), taken.taken.cases, False),
        ("without", speech.say("taken.without"), taken.answered_without, False),
        ("nobody", speech.say("taken.nobody"), taken.nobody, True),
        ("late", speech.say("taken.late"), taken.late, True),
        ("escalated", speech.say("taken.escalated"), taken.escalated, False),
    )
    lines = tuple(
        Line((words, speech.number(len(cases))), Opened(f"taken.{key}", cases), is_bad=is_bad and bool(cases))
        for key, words, cases, is_bad in told
    )
    table = Table((speech.say("taken"), speech.say("cases")), lines)
    return Section("taken", speech.say("taken"), (Text(speech.say("taken.about"), is_quiet=True), table))


def breaches_section(cases: Iterable[Told], now: datetime, speech: Speech) -> Section:
    """Tell of the missed deadlines: those never answered first, then the latest ones."""
    missed = [case for case in cases if case.is_late]
    missed.sort(key=lambda case: (case.became is not Became.UNANSWERED, -_late_by(case, now)))
    if not missed:
        return Section("breaches", speech.say("breaches"), (Text(speech.say("breaches.none")),))
    stories = Stories(tuple(_story(case, speech) for case in missed[:STORIES]), speech.say("open_post"))
    more = len(missed) - STORIES
    blocks: tuple[Block, ...] = (stories,)
    if more > 0:
        blocks = (stories, Text(speech.count(more, "breaches.more"), is_quiet=True))
    return Section("breaches", speech.say("breaches"), blocks)


def _late_by(case: Told, now: datetime) -> float:
    due = case.respond_by or now
    return ((case.responded_at or now) - due).total_seconds()


def _story(case: Told, speech: Speech) -> Story:
    told = [speech.say("story.posted", at=speech.day_and_time(case.posted_at))]
    if case.acknowledged_at is None:
        told.append(speech.say("story.untaken"))
    else:
        after = (case.acknowledged_at - case.posted_at).total_seconds()
        told.append(speech.say("story.taken", after=speech.span(max(0.0, after))))
    if case.escalations:
        told.append(speech.count(case.escalations, "story.escalated"))
    if case.responded_at is None:
        due = speech.day_and_time(case.respond_by) if case.respond_by else NONE
        told.append(speech.say("story.never", at=due))
    elif case.respond_by is not None and case.responded_at > case.respond_by:
        late = speech.span((case.responded_at - case.respond_by).total_seconds())
        told.append(speech.say("story.answered", after=speech.span(case.frt_s), late=late))
    else:  # late by the deadline of before it was raised
        told.append(speech.say("story.answered_in_time", after=speech.span(case.frt_s)))
    title = speech.say("story.title", case=case.number, playbook=case.playbook)
    return Story(case.number, title, " ".join(told), case.url)


def feelings_section(found: Analysis, speech: Speech) -> Section:
    """Say how it ended for customers, and for how many nobody knows."""
    feelings = found.feelings
    names = ("recovered", "still_bad", "worse", "still_good", "unknown")
    groups = {name: getattr(feelings, name) for name in names}
    lines = tuple(
        Line(
            (speech.say(f"feelings.{name}"), speech.number(len(of))),
            Opened(f"feelings.{name}", of),
            is_bad=name == "worse" and bool(of),
        )
        for name, of in groups.items()
    )
    blocks: list[Block] = [Text(speech.say("feelings.about"), is_quiet=True)]
    heard = len(feelings.recovered) + len(feelings.still_bad)
    if heard:
        recovered = speech.number(len(feelings.recovered))
        blocks.append(Text(speech.say("feelings.told", n=speech.number(heard), recovered=recovered)))
    blocks.append(Table((speech.say("feelings"), speech.say("cases")), lines))
    return Section("feelings", speech.say("feelings"), tuple(blocks))
