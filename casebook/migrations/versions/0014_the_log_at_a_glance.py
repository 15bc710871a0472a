"""What a row of the log says is kept on its case, and found by time, team, playbook and status"""

import json
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from casebook.tables import Instant

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

BITS = {'acknowledge': 1, 'respond': 2, 'resolve': 4}
DURATIONS = ('detection_lag_s', 'triage_lag_s', 'alert_lag_s', 'tta_s', 'frt_s', 'team_frt_s', 'ttr_s')
AT_ONCE = 2000

CASES = sa.table(
    'cases',
    sa.column('number', sa.Integer),
    sa.column('first_post', sa.Integer),
    *(
        sa.column(name, Instant())
        for name in (
            'posted_at', 'opened_at', 'alerted_at', 'acknowledged_at', 'responded_at', 'closed_at',
        )
    ),
    sa.column('clocks', sa.JSON),
    sa.column('missed', sa.JSON),
    *(sa.column(name, sa.Integer) for name in ('broken', 'running', 'frt_business_s', 'ttr_business_s')),
    *(sa.column(name, sa.Integer) for name in DURATIONS),
)
POSTS = sa.table(
    'post', sa.column('id', sa.Integer), sa.column('seen_at', Instant()), sa.column('clock_offset_s', sa.Float)
)


def upgrade() -> None:
    for name in ('broken', 'running'):
        op.add_column('cases', sa.Column(name, sa.Integer(), nullable=False, server_default='0'))
    for name in DURATIONS:
        op.add_column('cases', sa.Column(name, sa.Integer(), nullable=True))
    _fill(op.get_bind())
    for name in ('clocks', 'missed'):
        op.drop_column('cases', name)
    op.drop_index('ix_cases_posted_at', table_name='cases')
    op.drop_index('ix_cases_status', table_name='cases')
    op.create_index('case_by_time', 'cases', ['posted_at', 'number'], unique=False)
    op.create_index('case_by_team', 'cases', ['team', 'posted_at'], unique=False)
    op.create_index('case_by_playbook', 'cases', ['playbook', 'posted_at'], unique=False)
    op.create_index('case_by_status', 'cases', ['status', 'posted_at'], unique=False)


def downgrade() -> None:
    # what the clocks were is told by the events alone: each case is right again at its next change
    for name in ('clocks', 'missed'):
        op.add_column('cases', sa.Column(name, sa.JSON(), nullable=False, server_default='[]'))
    for name in ('case_by_status', 'case_by_playbook', 'case_by_team', 'case_by_time'):
        op.drop_index(name, table_name='cases')
    op.create_index('ix_cases_posted_at', 'cases', ['posted_at'], unique=False)
    op.create_index('ix_cases_status', 'cases', ['status'], unique=False)
    for name in (*DURATIONS, 'running', 'broken'):
        op.drop_column('cases', name)


def _fill(connection: sa.Connection) -> None:
    """Write what older cases add up to, some at a time."""
    last = 0
    while True:
        rows = connection.execute(
            sa.select(CASES, POSTS.c.seen_at, POSTS.c.clock_offset_s)
            .join(POSTS, POSTS.c.id == CASES.c.first_post)
            .where(CASES.c.number > last)
            .order_by(CASES.c.number)
            .limit(AT_ONCE)
        ).all()
        if not rows:
            return
        last = rows[-1].number
        filled = [_values(row) for row in rows]
        wanted: dict[str, Any] = {name: sa.bindparam(f'new_{name}') for name in filled[0] if name != 'number'}
        connection.execute(
            sa.update(CASES).where(CASES.c.number == sa.bindparam('of_number')).values(wanted),
            [
                {'of_number': row['number'], **{f'new_{name}': row[name] for name in wanted}}
                for row in filled
            ],
        )


def _values(row: Any) -> dict[str, int | None]:
    broken, running = set(row.missed or ()), set()
    for name, *instants in row.clocks or ():
        due_by, met_at, stopped_at = (datetime.fromisoformat(at) if at else None for at in instants)
        ends = [at for at in (met_at, stopped_at) if at is not None]
        if not ends:
            running.add(name)
        elif due_by is not None and min(ends) > due_by:
            broken.add(name)
    frt, ttr = _between(row.posted_at, row.responded_at), _between(row.posted_at, row.closed_at)
    answered_first = row.responded_at is not None and row.responded_at < row.opened_at
    return {
        'number': row.number,
        'broken': sum(BITS[name] for name in broken),
        'running': sum(BITS[name] for name in running),
        'detection_lag_s': _between(row.posted_at, row.seen_at, row.clock_offset_s or 0.0),
        'triage_lag_s': _between(row.seen_at, row.opened_at),
        'alert_lag_s': _between(row.opened_at, row.alerted_at),
        'tta_s': _between(row.opened_at, row.acknowledged_at),
        'frt_s': frt,
        'team_frt_s': None if answered_first else _between(row.opened_at, row.responded_at),
        'ttr_s': ttr,
        # a case from before calendars has only the raw figures
        'frt_business_s': row.frt_business_s if row.frt_business_s is not None else frt,
        'ttr_business_s': row.ttr_business_s if row.ttr_business_s is not None else ttr,
    }


def _between(start: datetime | None, end: datetime | None, ahead_s: float = 0.0) -> int | None:
    if start is None or end is None:
        return None
    return max(0, int((end - start + timedelta(seconds=ahead_s)).total_seconds()))
