"""What vendors let us send, shared by all processes"""

import sqlalchemy as sa
from alembic import op

from casebook.tables import Instant

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('allowance',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('rests_until', Instant(), nullable=True),
    sa.PrimaryKeyConstraint('name')
    )


def downgrade() -> None:
    op.drop_table('allowance')
