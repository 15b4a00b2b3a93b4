"""Traces in a PostgreSQL database, which several processes and machines share (extra `postgresql`)."""

from __future__ import annotations

from spanloom.store.postgresql.store import PostgresqlStore

__all__ = ["PostgresqlStore"]
