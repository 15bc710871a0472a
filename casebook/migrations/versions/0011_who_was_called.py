"""Who was called to which case and when: what everybody has on their hands"""

import sqlalchemy as sa
from alembic import op

import casebook.tables

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'call',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('person', sa.String(), nullable=False),
        sa.Column('case', sa.Integer(), nullable=False),
        sa.Column('called_at', casebook.tables.Instant(timezone=True), nullable=False),
        sa.Column('step', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['case'], ['cases.number']),
        sa.PrimaryKeyConstraint('id'),
    )
    with op.batch_alter_table('call', schema=None) as batch_op:
        batch_op.create_index('call_by_time', ['called_at', 'person'], unique=False)
        batch_op.create_index(batch_op.f('ix_call_case'), ['case'], unique=False)


def downgrade() -> None:
    op.drop_table('call')
