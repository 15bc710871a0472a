"""What people corrected, and what was learnt from it"""

import sqlalchemy as sa
from alembic import op
from casebook.tables import Instant

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('lesson',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('ground', sa.String(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('thresholds', sa.JSON(), nullable=False),
    sa.Column('heads', sa.JSON(), nullable=False),
    sa.Column('corrections', sa.JSON(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('lesson', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lesson_ground'), ['ground'], unique=False)

    op.create_table('correction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('post', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('case', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['case'], ['cases.number'], ),
    sa.ForeignKeyConstraint(['post'], ['post.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('correction', schema=None) as batch_op:
        batch_op.create_index('correction_by_label', ['post', 'label'], unique=False)
        batch_op.create_index(batch_op.f('ix_correction_case'), ['case'], unique=False)

    op.create_table('correction_undone',
    sa.Column('correction', sa.Integer(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['correction'], ['correction.id'], ),
    sa.PrimaryKeyConstraint('correction')
    )


def downgrade() -> None:
    op.drop_table('correction_undone')
    with op.batch_alter_table('correction', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_correction_case'))
        batch_op.drop_index('correction_by_label')

    op.drop_table('correction')
    with op.batch_alter_table('lesson', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lesson_ground'))

    op.drop_table('lesson')
