"""What the mentions of a crisis add up to, in words. Pure."""

from notifier.channel import Card, Gathering, Tongue
from notifier.crisis_words import STEPS, bars
from notifier.hostile import safe_url
from notifier.saying import counted, filled, moment_of, say, word_duration
from notifier.worded import Line, Part, Say, Span


def count_line(card: Card, tongue: Tongue) -> Line:
    """Say how many mentions by how many people; nothing of a case that is no crisis."""
    gathering = card.gathering
    return () if gathering is None else (Span(" "), *_gathered_line(gathering, card, tongue))


def _gathered_line(gathering: Gathering, card: Card, tongue: Tongue) -> Line:
    return filled(
        say(tongue, "crisis.count"),
        mentions=counted(gathering.mentions, "mentions", tongue),
        authors=counted(gathering.authors, "by_authors", tongue),
        first=moment_of(gathering.first_at, card, tongue, bare=True),
        last=moment_of(gathering.last_at, card, tongue, bare=True),
    )


def word_gathered(card: Card, tongue: Tongue) -> list[Part]:
    """How many, in what course, how far they reach, and how many have an answer."""
    gathering = card.gathering
    if gathering is None:
        return []
    lines = [_gathered_line(gathering, card, tongue)]
    if len(gathering.curve) > 1:
        step = word_duration(gathering.step, tongue)
        lines.append(filled(say(tongue, "crisis.curve"), step=step, bars=bars(gathering.curve)))
    if gathering.peak_at is not None:
        moment = moment_of(gathering.peak_at, card, tongue)
        lines.append(filled(say(tongue, "crisis.peak"), n=str(gathering.peak), moment=moment))
    lines += _answers(gathering, card, tongue)
    parts: list[Part] = [Say(line) for line in lines]
    if not gathering.is_over:
        parts.append(Say((Span(say(tongue, "crisis.children")),), quiet=True))
    return [*parts, *_most_read(gathering, tongue), Say((Span(say(tongue, "crisis.first")),))]


def _answers(gathering: Gathering, card: Card, tongue: Tongue) -> list[Line]:
    lines: list[Line] = []
    if gathering.deserving:
        counts = {"answered": str(gathering.answered), "deserving": str(gathering.deserving)}
        lines.append(filled(say(tongue, "crisis.answers"), **counts))
    if gathering.median_wait is not None:
        waited = word_duration(gathering.median_wait, tongue)
        lines.append(filled(say(tongue, "crisis.median"), waited=waited))
    if gathering.announced_at is not None:
        moment = moment_of(gathering.announced_at, card, tongue)
        line = filled(say(tongue, "crisis.announced"), moment=moment)
        address = safe_url(gathering.announced_url)
        line = (*line, Span(" "), Span(say(tongue, "open_post"), url=address)) if address else line
        lines += [line, filled(say(tongue, "crisis.covered"), n=str(gathering.covered))]
    return lines


def _most_read(gathering: Gathering, tongue: Tongue) -> list[Part]:
    spans: list[Span] = []
    for url, followers in gathering.reached:
        shown, address = counted(followers, "followers", tongue), safe_url(url)
        spans += [Span(", ")] if spans else []
        spans.append(Span(shown, url=address))
    return [Say((Span(say(tongue, "crisis.reached")), *spans))] if spans else []


def usual_steps(card: Card, tongue: Tongue) -> tuple[str, ...]:
    """What to do in a crisis, where the configuration has no list of its own."""
    if card.gathering is None:
        return ()
    return tuple(say(tongue, step).format(case=card.case) for step in STEPS)


def word_summed_up(card: Card, tongue: Tongue) -> list[Part]:
    """What a crisis was: the summary that it leaves."""
    gathering = card.gathering
    if gathering is None:
        return []
    taken = say(tongue, "crisis.untaken")
    if gathering.taken_in is not None:
        taken = say(tongue, "crisis.taken").format(waited=word_duration(gathering.taken_in, tongue))
    return [*word_gathered(card, tongue)[:-1], Say((Span(taken),))]
