"""When each lane of a source was watched, and why not"""

import sqlalchemy as sa
from alembic import op
from casebook.tables import Instant

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('coverage',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('lane', sa.String(), nullable=False),
    sa.Column('begins_at', Instant(), nullable=False),
    sa.Column('ends_at', Instant(), nullable=False),
    sa.Column('sight', sa.String(), nullable=False),
    sa.Column('is_last', sa.Boolean(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('due_within_s', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('source', 'lane', 'begins_at')
    )
    with op.batch_alter_table('coverage', schema=None) as batch_op:
        batch_op.create_index('coverage_last', ['source', 'is_last'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('coverage', schema=None) as batch_op:
        batch_op.drop_index('coverage_last')

    op.drop_table('coverage')
