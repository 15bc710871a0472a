"""What was edited and deleted, and how far clocks are apart"""

import sqlalchemy as sa
from alembic import op
from casebook.tables import Instant

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('post', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('seen_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['post'], ['post.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_version_post'), ['post'], unique=False)

    # added one by one and not in a batch: a batch would copy these tables whole
    for column in ('edited_at', 'asked_at', 'gone_at', 'expired_at'):
        op.add_column('post', sa.Column(column, Instant(), nullable=True))
    op.add_column('post', sa.Column('clock_offset_s', sa.Float(), nullable=True))
    op.add_column('source', sa.Column('clock_offset_s', sa.Float(), nullable=True))
    op.add_column('cases', sa.Column('gone_at', Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.drop_column('gone_at')

    with op.batch_alter_table('source', schema=None) as batch_op:
        batch_op.drop_column('clock_offset_s')

    with op.batch_alter_table('post', schema=None) as batch_op:
        for column in ('edited_at', 'asked_at', 'gone_at', 'expired_at', 'clock_offset_s'):
            batch_op.drop_column(column)

    with op.batch_alter_table('version', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_version_post'))

    op.drop_table('version')
