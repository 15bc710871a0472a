"""The reaches that playbooks ask for: a post that passes one is decided upon again. Pure."""

from collections.abc import Iterable, Iterator

from casebook.reach import Marks
from playbooks.playbook import Match, Playbook, Reached


def marks_of(playbooks: Iterable[Playbook]) -> Marks:
    """Give every reach, and every growth, that any playbook asks for, also inside `any`, `all` and `not`."""
    asked = [reach for playbook in playbooks for reach in _asked(playbook.match)]
    return Marks(
        frozenset(reach.at_least for reach in asked if reach.at_least is not None),
        frozenset(reach.growing for reach in asked if reach.growing is not None),
    )


def _asked(match: Match) -> Iterator[Reached]:
    if match.reach is not None:
        yield match.reach
    for inner in (*match.all, *match.any, *match.none):
        yield from _asked(inner)
