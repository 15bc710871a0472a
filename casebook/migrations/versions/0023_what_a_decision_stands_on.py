"""What a decision stands on, as facts; sentences of before stay what they are"""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('verdict', sa.Column('grounds', sa.JSON(), nullable=False, server_default='[]'))


def downgrade() -> None:
    with op.batch_alter_table('verdict') as batch:
        batch.drop_column('grounds')
