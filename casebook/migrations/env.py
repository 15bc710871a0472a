"""Run migrations on the connection that casebook.db gives."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel.sql.sqltypes import AutoString

from casebook.db import metadata
from casebook.tables import Instant


def _render(kind: str, written: object, _: AutogenContext) -> str | Literal[False]:
    """Write our own types into a new migration by the names that its head imports."""
    if kind == "type" and isinstance(written, Instant):
        return "Instant()"
    return "sa.String()" if kind == "type" and isinstance(written, AutoString) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    render_as_batch=True,
    compare_type=True,
    render_item=_render,
)
context.run_migrations()
