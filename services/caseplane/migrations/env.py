"""Alembic's entry point: one transaction per migration, with limits on locks and statements."""

from alembic import context
from sqlalchemy import create_engine, text

engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    # A migration must not queue behind a long transaction while every request queues behind it.
    connection.execute(text("SET lock_timeout = '4s'"))
    connection.execute(text("SET statement_timeout = '5min'"))
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
