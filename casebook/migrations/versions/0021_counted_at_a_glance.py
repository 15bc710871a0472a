"""What the page counts is told by indexes, however long the record is"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

OWN: dict[str, Any] = {'sqlite_where': sa.text('own = 1'), 'postgresql_where': sa.text('own')}
CONTEXT: dict[str, Any] = {'sqlite_where': sa.text('context = 1'), 'postgresql_where': sa.text('context')}
MUTED = sa.text('muted IS NOT NULL')
MERGED = sa.text('merged_into IS NOT NULL')
GONE = sa.text('gone_at IS NOT NULL AND responded_at IS NULL AND merged_into IS NULL')


def upgrade() -> None:
    op.create_index('post_own', 'post', ['id'], unique=False, **OWN)
    op.create_index('post_context', 'post', ['own'], unique=False, **CONTEXT)
    op.create_index('post_muted', 'post', ['id'], unique=False, sqlite_where=MUTED, postgresql_where=MUTED)
    op.create_index('verdict_by_taker', 'verdict', ['abstained', 'playbook'], unique=False)
    op.drop_index('case_by_status', table_name='cases')
    op.create_index('case_by_status', 'cases', ['status', 'posted_at', 'merged_into'], unique=False)
    op.create_index(
        'case_merged', 'cases', ['merged_into'], unique=False, sqlite_where=MERGED, postgresql_where=MERGED
    )
    op.create_index('case_gone', 'cases', ['number'], unique=False, sqlite_where=GONE, postgresql_where=GONE)


def downgrade() -> None:
    for name in ('case_gone', 'case_merged'):
        op.drop_index(name, table_name='cases')
    op.drop_index('case_by_status', table_name='cases')
    op.create_index('case_by_status', 'cases', ['status', 'posted_at'], unique=False)
    op.drop_index('verdict_by_taker', table_name='verdict')
    for name in ('post_muted', 'post_context', 'post_own'):
        op.drop_index(name, table_name='post')
