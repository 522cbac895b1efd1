"""Stores vectors inside the row: an exact scan of long ones read six pages for each, now half a page.

It affects only new rows; existing ones are read as before.
"""

from alembic import op

revision, down_revision = "0007", "0006"


def upgrade() -> None:
    # MAIN moves a value out only if the row does not fit its page; packed sentences move out first.
    op.execute("ALTER TABLE knowledge.chunk_embeddings ALTER COLUMN embedding SET STORAGE MAIN")


def downgrade() -> None:
    op.execute("ALTER TABLE knowledge.chunk_embeddings ALTER COLUMN embedding SET STORAGE EXTERNAL")
