"""What `vaste check` says of the playbooks of a configuration that can be used, each with its line.

It is not looked for at the start of the service: words are compared by their base forms, and the dictionaries
that know them take seconds to load.
"""

from pathlib import Path

from playbooks.playbook import Match
from playbooks.review import Plan, Remark, review
from vaste.config import Config
from vaste.locate import At, Document, Problem, decode, dotted, read_bytes, read_document


def reviewed(path: Path, config: Config) -> list[Problem]:
    """List what is surely not meant, in the order of the lines; the file is read once more for its places."""
    document = read_document(decode(read_bytes(path)))
    told = [
        _problem(remark, document, path) for remark in review(plan_of(config)) if not _is_told(remark, config)
    ]
    return sorted(told, key=lambda problem: (problem.line, problem.column))


def plan_of(config: Config) -> Plan:
    """Give what is looked through."""
    by_slack = any(channel.kind == "slack" for channel in config.channels)
    return Plan(
        playbooks=config.playbooks,
        teams=config.teams,
        kinds={settings.name: settings.kind for settings in config.sources},
        unreachable={key for key, person in config.people.items() if by_slack and person.slack is None},
        topic_words={topic.name: topic.words for topic in config.topics},
        elsewhere={feed.team for feed in config.feeds},
    )


def _is_told(remark: Remark, config: Config) -> bool:
    """Say whether loading the file tells it already: nothing is reached behind `match: {}`."""
    place = remark.at[1] if remark.at[0] == "playbooks" and len(remark.at) == len(("playbooks", 0)) else 0
    before = config.playbooks[: int(place)]
    return any(playbook.match == Match() and not playbook.continues for playbook in before)


def _problem(remark: Remark, document: Document, path: Path) -> Problem:
    at = _written(remark.at, document)
    place = document.place(at)
    return Problem(place.line, place.column, dotted(at), remark.message, fatal=False, file=str(path))


def _written(at: At, document: Document) -> At:
    """Give the path as it is written: a word that stands for a list of one has no index of its own."""
    while at and at not in document.values:
        at = at[:-1]
    return at
