"""What posts are about, and the crises that many of them make"""

import sqlalchemy as sa
from alembic import op

from casebook.tables import Instant

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.add_column(sa.Column('crisis', sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column('is_folded', sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.create_index(batch_op.f('ix_cases_crisis'), ['crisis'], unique=False)
    op.create_table('trace',
    sa.Column('post', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('posted_at', Instant(), nullable=False),
    sa.Column('gist', sa.LargeBinary(), nullable=False),
    sa.Column('case', sa.Integer(), nullable=True),
    sa.Column('playbook', sa.String(), nullable=True),
    sa.Column('severity', sa.String(), nullable=True),
    sa.Column('crisis', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['post'], ['post.id'], ),
    sa.PrimaryKeyConstraint('post')
    )
    op.create_index('trace_loose', 'trace', ['crisis', 'posted_at'], unique=False)
    op.create_table('crisis',
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('seed', sa.Integer(), nullable=False),
    sa.Column('shown', sa.Integer(), nullable=False),
    sa.Column('shown_at', Instant(), nullable=False),
    sa.Column('settled_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['number'], ['cases.number'], ),
    sa.ForeignKeyConstraint(['seed'], ['post.id'], ),
    sa.PrimaryKeyConstraint('number'),
    sa.UniqueConstraint('seed')
    )
    op.create_table('crisis_child',
    sa.Column('post', sa.Integer(), nullable=False),
    sa.Column('crisis', sa.Integer(), nullable=False),
    sa.Column('posted_at', Instant(), nullable=False),
    sa.Column('joined_at', Instant(), nullable=False),
    sa.Column('case', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['crisis'], ['cases.number'], ),
    sa.ForeignKeyConstraint(['post'], ['post.id'], ),
    sa.PrimaryKeyConstraint('post')
    )
    op.create_index(op.f('ix_crisis_child_crisis'), 'crisis_child', ['crisis'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_crisis_child_crisis'), table_name='crisis_child')
    op.drop_table('crisis_child')
    op.drop_table('crisis')
    op.drop_index('trace_loose', table_name='trace')
    op.drop_table('trace')
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cases_crisis'))
        batch_op.drop_column('is_folded')
        batch_op.drop_column('crisis')
