"""`vaste correct`: tell the classifier what it should have said of a mention."""

from collections.abc import Iterable
from pathlib import Path

import typer

from casebook.correction import Said
from casebook.correction import correct as say
from casebook.mention import Sentiment
from casebook.store import Kept
from notifier.hostile import clean_line
from vaste.clock import WallClock
from vaste.commands.given import find_one, load, person_of, record_of, stop
from vaste.config import Config
from vaste.faults import nearest


def run(
    path: Path,
    mention: str,
    *,
    by: str | None,
    sentiment: str | None,
    attention: str | None,
    topics: list[str],
    not_topics: list[str],
) -> None:
    """File what is right about a mention, one correction a label; said twice, it is filed once."""
    config = load(path)
    who = person_of(config, by)
    if sentiment is not None and sentiment not in tuple(Sentiment):
        stop(f"--sentiment {sentiment!r} is unknown; write {', '.join(Sentiment)}", 2)
    if attention not in {None, "yes", "no"}:
        stop(f"--attention {attention!r} is unknown; write yes or no", 2)
    about = _topics(config, topics, not_topics)
    if sentiment is None and attention is None and not about:
        stop("say what is right: --sentiment, --attention, --topic or --not-topic", 2)
    with record_of(config) as store:
        kept = find_one(store, mention)
        said = say(
            kept.mention.post,
            by=who,
            at=WallClock().now(),
            cause=_cause(kept),
            sentiment=sentiment,
            attention=None if attention is None else attention == "yes",
            topics=about,
        )
        numbers = store.file_correction(*said) if store else []
    for number, one in zip(numbers, said, strict=True):
        typer.echo(_told(number, one, kept))
    typer.echo("vaste learn learns from it")


def _topics(config: Config, topics: Iterable[str], not_topics: Iterable[str]) -> dict[str, bool]:
    known = [topic.name for topic in config.topics]
    about = dict.fromkeys(topics, True)
    against = dict.fromkeys(not_topics, False)
    for name in (*about, *against):
        if name not in known:
            stop(f"no topic is called {name!r}; {nearest(name, known)} (topics are named under topics)", 2)
    both = [name for name in about if name in against]
    if both:
        stop(f"--topic and --not-topic both name {', '.join(both)}; write one of them", 2)
    return about | against


def _cause(kept: Kept) -> str:
    in_lane = kept.verdict is not None and kept.verdict.abstained and kept.playbook is None
    return "review" if in_lane else "command"


def _told(number: int, said: Said, kept: Kept) -> str:
    mention = clean_line(f"{kept.mention.network}/{kept.mention.post_id}")
    return f"correction {number}: {mention} {said.label.replace(':', ' ')} {said.value}, says {said.by}"
