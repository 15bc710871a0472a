"""Who stands in, who is away, and the last good copies of rotas kept elsewhere"""

import sqlalchemy as sa
from alembic import op

from casebook.tables import Instant

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'agreed',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('team', sa.String(), nullable=True),
        sa.Column('person', sa.String(), nullable=False),
        sa.Column('begins_at', Instant(), nullable=False),
        sa.Column('ends_at', Instant(), nullable=False),
        sa.Column('by', sa.String(), nullable=False),
        sa.Column('why', sa.String(), nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(op.f('ix_agreed_ends_at'), 'agreed', ['ends_at'], unique=False)
    op.create_table(
        'agreed_cancelled',
        sa.Column('agreed', sa.Integer(), nullable=False),
        sa.Column('by', sa.String(), nullable=False),
        sa.Column('at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(['agreed'], ['agreed.id']),
        sa.PrimaryKeyConstraint('agreed'),
    )
    op.create_table(
        'kept_rota',
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('ground', sa.String(), nullable=False),
        sa.Column('read_at', Instant(), nullable=False),
        sa.Column('turns', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('name'),
    )


def downgrade() -> None:
    op.drop_table('kept_rota')
    op.drop_table('agreed_cancelled')
    op.drop_index(op.f('ix_agreed_ends_at'), table_name='agreed')
    op.drop_table('agreed')
