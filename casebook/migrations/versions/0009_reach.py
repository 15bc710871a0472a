"""How many a post has reached, and what a decision looked at that changes later"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reach', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('reached', sa.JSON(), nullable=False, server_default='[]'))
    with op.batch_alter_table('verdict', schema=None) as batch_op:
        batch_op.add_column(sa.Column('circumstances', sa.JSON(), nullable=False, server_default='{}'))


def downgrade() -> None:
    with op.batch_alter_table('verdict', schema=None) as batch_op:
        batch_op.drop_column('circumstances')
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.drop_column('reached')
        batch_op.drop_column('reach')
