"""Durations of a case by the calendar it is counted in"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.add_column(sa.Column('frt_business_s', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('ttr_business_s', sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.drop_column('ttr_business_s')
        batch_op.drop_column('frt_business_s')
