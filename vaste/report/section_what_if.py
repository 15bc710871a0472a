"""The section about other promises, and about the rotas of another configuration. Pure."""

from collections.abc import Iterator, Mapping

from vaste.decided import Call
from vaste.report.analysis import Analysis
from vaste.report.document import Block, Line, Opened, Section, Table, Text
from vaste.report.gathered import Gathered
from vaste.report.rota import Missed, Replayed, Side
from vaste.report.speech import NONE, Speech


def what_if_section(found: Gathered, analysis: Analysis, names: Mapping[str, str], speech: Speech) -> Section:
    """Say how other promises would have been kept, and whom another rota would have called.

    From replay where it was asked for, else what another rota might have changed is an estimate.
    """
    head = ("playbook.name", "due", "what_if.half", "what_if.same", "what_if.twice", "what_if.nine")
    lines = tuple(
        Line(
            (
                one.playbook,
                speech.number(one.due),
                *(
                    speech.say(
                        "what_if.cell",
                        share=speech.percent(kept / one.due),
                        span=speech.span_of(seconds, is_business=one.is_business),
                    )
                    for seconds, kept in one.kept
                ),
                speech.span_of(one.nine_of_ten, is_business=one.is_business),
            )
        )
        for one in analysis.other_targets
    )
    blocks: list[Block] = [Text(speech.say("what_if.about"), is_quiet=True)]
    blocks.append(Table(tuple(map(speech.say, head)), lines) if lines else Text(speech.say("what_if.none")))
    if found.replayed is not None:
        blocks += _replayed(found.replayed, names, speech)
    for other in () if found.replayed else analysis.other_rotas:
        values = {"expected": speech.number(round(other.expected)), "broken": speech.number(other.broken)}
        blocks.append(Text(speech.say("what_if.rota", window=speech.window(other.window), **values)))
    return Section("what_if", speech.say("what_if"), tuple(blocks))


def _replayed(told: Replayed, names: Mapping[str, str], speech: Speech) -> Iterator[Block]:
    """Set whom the other configuration would have called beside whom it was."""
    yield Text(speech.say("against.about", file=told.by))
    for line in told.wrong:
        yield Text(line)
    if told.left_out:
        yield Text(speech.count(told.left_out, "against.left_out"), is_quiet=True)
    head = (speech.say("against"), speech.say("against.then"), told.by)
    yield Table(head, tuple(_counts(told, speech)))
    if not told.missed:
        return
    gained, lost = (speech.number(len(of)) for of in (told.gained, told.lost))
    yield Text(speech.say("against.told", gained=gained, lost=lost, file=told.by))
    heads = (speech.say("against.case"), speech.say("against.due"), speech.say("against.then"), told.by)
    lines = tuple(_missed(one, names, speech) for one in told.told())
    yield Table(heads, lines, texts=len(heads))
    more = len(told.missed) - len(lines)
    if more > 0:
        yield Text(speech.count(more, "breaches.more"), is_quiet=True)


def _counts(told: Replayed, speech: Speech) -> Iterator[Line]:
    sides: tuple[Side, Side] = (told.then, told.new)
    for name in ("cases", "calls", "steps", "nights", "slow", "silent", "untaken"):
        counts = [getattr(side, name) for side in sides]
        if name != "untaken" or any(counts):
            yield Line((speech.say(f"against.{name}"), *map(speech.number, counts)))
    if not told.missed:
        return
    missed = speech.say("against.uncalled", n=speech.number(len(told.missed)))
    counts = [len(told.uncalled), len(told.still_uncalled)]
    yield Line((missed, *map(speech.number, counts)), Opened("against.uncalled", told.uncalled))
    yield Line(
        (speech.say("against.gained"), NONE, speech.number(len(told.gained))),
        Opened("against.gained", told.gained),
    )
    lost = Opened("against.lost", told.lost)
    yield Line(
        (speech.say("against.lost"), NONE, speech.number(len(told.lost))), lost, is_bad=bool(told.lost)
    )


def _missed(one: Missed, names: Mapping[str, str], speech: Speech) -> Line:
    new = _call(one.new, names, speech) if one.is_case else speech.say("against.no_case")
    return Line(
        (str(one.case), speech.day_and_time(one.respond_by), _call(one.then, names, speech), new),
        is_bad=one.was_called and not one.would_be_called,
    )


def _call(call: Call | None, names: Mapping[str, str], speech: Speech) -> str:
    if call is None:
        return speech.say("against.nobody")
    name = names.get(call.person, call.person)
    return speech.say("against.call", name=name, at=speech.day_and_time(call.at))
