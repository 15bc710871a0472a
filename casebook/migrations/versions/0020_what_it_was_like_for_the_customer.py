"""What a case was like for its customer is kept on it, for reports"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from casebook.event import Event, EventKind, TimeSource
from casebook.experience import ending, feeling_left, posts_written
from casebook.fold import fold
from casebook.tables import Instant

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

AT_ONCE = 500
NAMES = ('ending', 'posts_written', 'feeling_left')

CASES = sa.table(
    'cases',
    sa.column('number', sa.Integer),
    sa.column('network', sa.String),
    sa.column('mentions', sa.Integer),
    sa.column('responded_at', Instant()),
    sa.column('ending', sa.String),
    sa.column('posts_written', sa.Integer),
    sa.column('feeling_left', sa.String),
)
EVENTS = sa.table(
    'event',
    sa.column('case', sa.Integer),
    sa.column('line', sa.Integer),
    sa.column('kind', sa.String),
    sa.column('happened_at', Instant()),
    sa.column('time_source', sa.String),
    sa.column('recorded_at', Instant()),
    sa.column('actor', sa.String),
    sa.column('post', sa.Integer),
    sa.column('facts', sa.JSON),
    sa.column('definitions', sa.Integer),
)
CRISIS = 'vaste:crisis'


def upgrade() -> None:
    for name in NAMES:
        kind: Any = sa.Integer() if name == 'posts_written' else sa.String()
        op.add_column('cases', sa.Column(name, kind, nullable=True))
    _fill(op.get_bind())


def downgrade() -> None:
    for name in NAMES:
        op.drop_column('cases', name)


def _fill(connection: sa.Connection) -> None:
    """Write it on older cases: most customers wrote once, of whom it is plain; the others' histories are read."""
    answered = CASES.c.responded_at.is_not(None)
    plain = sa.update(CASES).where(CASES.c.network != CRISIS)
    connection.execute(
        plain.values(ending=sa.case((answered, 'silent'), else_='unanswered'), posts_written=1)
    )
    promised = sa.select(EVENTS.c.case).where(EVENTS.c.kind == EventKind.PROMISED.value)
    told = sa.or_(CASES.c.mentions != 1, CASES.c.number.in_(promised))
    last = 0
    while True:
        numbers = sa.select(CASES.c.number).where(CASES.c.network != CRISIS, told, CASES.c.number > last)
        found = list(connection.execute(numbers.order_by(CASES.c.number).limit(AT_ONCE)).scalars())
        if not found:
            return
        last = found[-1]
        _read_again(connection, found)


def _read_again(connection: sa.Connection, numbers: list[int]) -> None:
    histories: dict[int, list[Event]] = {}
    rows = sa.select(EVENTS).where(EVENTS.c.case.in_(numbers)).order_by(EVENTS.c.case, EVENTS.c.line)
    for row in connection.execute(rows):
        histories.setdefault(row.case, []).append(
            Event(
                EventKind(row.kind),
                row.happened_at,
                TimeSource(row.time_source),
                row.actor,
                row.post,
                row.facts,
                row.recorded_at,
                row.definitions,
            )
        )
    told = []
    for number, events in histories.items():
        case = fold(number, events)
        told.append(
            {
                'of_number': number,
                'new_ending': ending(case),
                'new_posts_written': posts_written(case),
                'new_feeling_left': feeling_left(case),
            }
        )
    if told:
        wanted: dict[str, Any] = {name: sa.bindparam(f'new_{name}') for name in NAMES}
        connection.execute(
            sa.update(CASES).where(CASES.c.number == sa.bindparam('of_number')).values(wanted), told
        )
