"""What reminds one person of several cases at one time is told in one message"""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('delivery', sa.Column('reminds', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('delivery', sa.Column('told_in', sa.Integer(), nullable=True))
    op.create_index(op.f('ix_delivery_told_in'), 'delivery', ['told_in'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_delivery_told_in'), table_name='delivery')
    op.drop_column('delivery', 'told_in')
    op.drop_column('delivery', 'reminds')
