"""Each line of a case's history is sealed, and older ones with them"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from casebook.seal import FIRST, Content, seal_of
from casebook.tables import Instant

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

CASES_AT_ONCE = 500

EVENTS = sa.table(
    'event',
    sa.column('id', sa.Integer),
    sa.column('case', sa.Integer),
    sa.column('line', sa.Integer),
    sa.column('kind', sa.String),
    sa.column('happened_at', Instant()),
    sa.column('time_source', sa.String),
    sa.column('recorded_at', Instant()),
    sa.column('actor', sa.String),
    sa.column('post', sa.Integer),
    sa.column('post_hash', sa.String),
    sa.column('facts', sa.JSON),
    sa.column('definitions', sa.Integer),
    sa.column('seal', sa.String),
)
CASES = sa.table(
    'cases',
    sa.column('number', sa.Integer),
    sa.column('lines', sa.Integer),
    sa.column('seal', sa.String),
)


def upgrade() -> None:
    op.add_column('event', sa.Column('definitions', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('event', sa.Column('seal', sa.String(), nullable=False, server_default=''))
    op.add_column('cases', sa.Column('lines', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('cases', sa.Column('seal', sa.String(), nullable=False, server_default=''))
    connection = op.get_bind()
    for lines in _histories(connection):
        before, sealed = FIRST, []
        for line in lines:
            before = seal_of(_content(line), before)
            sealed.append({'of_id': line.id, 'new_seal': before})
        one = sa.update(EVENTS).where(EVENTS.c.id == sa.bindparam('of_id'))
        connection.execute(one.values(seal=sa.bindparam('new_seal')), sealed)
        of = sa.update(CASES).where(CASES.c.number == lines[-1].case)
        connection.execute(of.values(lines=lines[-1].line, seal=before))


def downgrade() -> None:
    for table, name in (('cases', 'seal'), ('cases', 'lines'), ('event', 'seal'), ('event', 'definitions')):
        op.drop_column(table, name)


def _histories(connection: sa.Connection) -> Iterator[list[sa.Row[Any]]]:
    """Give the lines of each case, some cases at a time."""
    numbers = connection.execute(sa.select(CASES.c.number).order_by(CASES.c.number)).scalars().all()
    for start in range(0, len(numbers), CASES_AT_ONCE):
        chunk = numbers[start : start + CASES_AT_ONCE]
        lines = sa.select(EVENTS).where(EVENTS.c.case.between(chunk[0], chunk[-1]))
        rows = connection.execute(lines.order_by(EVENTS.c.case, EVENTS.c.line)).all()
        for _, of_case in groupby(rows, key=lambda row: row.case):
            yield list(of_case)


def _content(line: sa.Row[Any]) -> Content:
    return Content(
        case=line.case,
        kind=line.kind,
        happened_at=line.happened_at,
        time_source=line.time_source,
        recorded_at=line.recorded_at,
        actor=line.actor,
        post=line.post,
        post_hash=line.post_hash,
        facts=line.facts,
        definitions=line.definitions,
    )
