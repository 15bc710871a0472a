"""What reading costs, and what was billed today"""

import sqlalchemy as sa
from alembic import op
from casebook.tables import Instant

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('spending',
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('hour', Instant(), nullable=False),
    sa.Column('lane', sa.String(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('reads', sa.Integer(), nullable=False),
    sa.Column('micros', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('source', 'hour', 'lane', 'what')
    )
    op.create_table('billed',
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('read', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('source', 'day', 'read')
    )


def downgrade() -> None:
    op.drop_table('billed')
    op.drop_table('spending')
