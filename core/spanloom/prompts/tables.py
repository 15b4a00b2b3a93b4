"""The tables of prompts."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, ForeignKeyConstraint, Integer, MetaData, String, Table, Text

__all__ = ["ALIASES", "PROMPTS", "SCHEMA", "TAGS", "VERSIONS", "VERSION_TAGS"]

SCHEMA: Final = MetaData(info={"component": "prompts", "version": 1})


def _name() -> Column[str]:
    return Column("name", String(250), ForeignKey("prompts.name", ondelete="CASCADE"), primary_key=True, nullable=False)


def _of_version() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["name", "version"], ["prompt_versions.name", "prompt_versions.version"], ondelete="CASCADE"
    )


PROMPTS: Final = Table(
    "prompts",
    SCHEMA,
    Column("name", String(250), primary_key=True),
    Column("creation_timestamp", BigInteger, nullable=False),  # Unix milliseconds
    Column("next_version", Integer, nullable=False),  # a number is never used twice, even if its version was deleted
)

VERSIONS: Final = Table(
    "prompt_versions",
    SCHEMA,
    _name(),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("template", Text, nullable=False),  # JSON: a text or a list of messages
    Column("commit_message", Text),
    Column("creation_timestamp", BigInteger, nullable=False),
    Column("user_id", Text),
    Column("response_format", Text),  # JSON
    Column("model_config", Text),  # JSON
)

TAGS: Final = Table(
    "prompt_tags", SCHEMA, _name(), Column("key", String(250), primary_key=True), Column("value", Text, nullable=False)
)

VERSION_TAGS: Final = Table(
    "prompt_version_tags",
    SCHEMA,
    Column("name", String(250), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("key", String(250), primary_key=True),
    Column("value", Text, nullable=False),
    _of_version(),
)

ALIASES: Final = Table(
    "prompt_aliases",
    SCHEMA,
    Column("name", String(250), primary_key=True),
    Column("key", String(250), primary_key=True),
    Column("value", Integer, nullable=False),
    ForeignKeyConstraint(["name", "value"], ["prompt_versions.name", "prompt_versions.version"], ondelete="CASCADE"),
)
