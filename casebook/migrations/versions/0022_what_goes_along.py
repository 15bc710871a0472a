"""What goes along with a message until it is sent"""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('enclosure',
    sa.Column('delivery', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('says', sa.String(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['delivery'], ['delivery.id']),
    sa.PrimaryKeyConstraint('delivery', 'kind')
    )


def downgrade() -> None:
    op.drop_table('enclosure')
