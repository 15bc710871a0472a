"""Who asks a source about the posts we hold, until when, and from when it may be asked again"""

import sqlalchemy as sa
from alembic import op

import casebook.tables

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('source', schema=None) as batch_op:
        batch_op.add_column(sa.Column('asking_until', casebook.tables.Instant(), nullable=True))
        batch_op.add_column(sa.Column('asking_by', sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('source', schema=None) as batch_op:
        batch_op.drop_column('asking_by')
        batch_op.drop_column('asking_until')
