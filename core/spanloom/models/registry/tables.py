"""The tables of models."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = ["ALIASES", "KEPT_MODELS", "MODELS", "SCHEMA", "TAGS", "VERSIONS", "VERSION_TAGS"]

SCHEMA: Final = MetaData(info={"component": "models", "version": 1})


def _name() -> Column[str]:
    return Column(
        "name", String(250), ForeignKey("registered_models.name", ondelete="CASCADE"), primary_key=True, nullable=False
    )


KEPT_MODELS: Final = Table(
    "kept_models",
    SCHEMA,
    Column("model_id", String(64), primary_key=True),  # the folder's name, too
    Column("name", Text),  # what it was logged as; NULL for a copy, which goes with its last version
    Column("source_run_id", String(64)),
    Column("digest", String(64), nullable=False),
    Column("creation_timestamp", BigInteger, nullable=False),  # Unix milliseconds
    Index("kept_models_by_run", "source_run_id"),
)

MODELS: Final = Table(
    "registered_models",
    SCHEMA,
    Column("name", String(250), primary_key=True),
    Column("description", Text),
    Column("creation_timestamp", BigInteger, nullable=False),
    Column("last_updated_timestamp", BigInteger, nullable=False),
    Column("next_version", Integer, nullable=False),  # a number is never used twice, even if its version was deleted
)

VERSIONS: Final = Table(
    "model_versions",
    SCHEMA,
    Column("version_id", String(270), primary_key=True),  # name/version
    Column("name", String(250), ForeignKey("registered_models.name", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("model_id", String(64), ForeignKey("kept_models.model_id"), nullable=False, index=True),
    Column("description", Text),
    Column("creation_timestamp", BigInteger, nullable=False),
    Column("last_updated_timestamp", BigInteger, nullable=False),
    Column("user_id", Text),
    Column("source", Text, nullable=False),
    Column("run_id", String(64)),
    Column("current_stage", String(16), nullable=False),
    UniqueConstraint("name", "version"),
)

TAGS: Final = Table(
    "registered_model_tags",
    SCHEMA,
    _name(),
    Column("key", String(250), primary_key=True),
    Column("value", Text, nullable=False),
)

VERSION_TAGS: Final = Table(
    "model_version_tags",
    SCHEMA,
    Column("version_id", String(270), ForeignKey("model_versions.version_id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(250), primary_key=True),
    Column("value", Text, nullable=False),
)

ALIASES: Final = Table(
    "registered_model_aliases",
    SCHEMA,
    Column("name", String(250), primary_key=True),
    Column("key", String(250), primary_key=True),
    Column("value", Integer, nullable=False),
    ForeignKeyConstraint(["name", "value"], ["model_versions.name", "model_versions.version"], ondelete="CASCADE"),
)
