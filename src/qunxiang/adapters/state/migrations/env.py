"""Runs the migrations on the connection it is handed; see ``qunxiang.adapters.state.upgrade``."""

from alembic import context

from qunxiang.adapters.state.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
