"""Answers of judges in the store, so that the same question is not paid for twice, in other processes neither."""

from __future__ import annotations

import hashlib
import time
from typing import Any, Final

import orjson
from sqlalchemy import Column, Float, MetaData, String, Table, Text, insert, select
from sqlalchemy.exc import IntegrityError

from spanloom.errors import StoreError
from spanloom.store.records import reading, writing
from spanloom.tracing.redact import Redactor
from spanloom.tracing.settings import settings

__all__ = ["find_answer", "key_of", "put_answer"]

_SCHEMA: Final = MetaData()
_SCHEMA.info = {"component": "judge_answers", "version": 1}

_ANSWERS = Table(
    "judge_answers",
    _SCHEMA,
    Column("key", String(64), primary_key=True),
    Column("answer", Text, nullable=False),
    Column("create_time_s", Float, nullable=False),
)


def key_of(question: Any) -> str:
    """Return what the same question is known by."""
    return hashlib.sha256(orjson.dumps(question, option=orjson.OPT_SORT_KEYS)).hexdigest()


def find_answer(key: str) -> str | None:
    """Return the answer to a question that was asked before."""
    try:
        with reading(_SCHEMA) as connection:
            return connection.scalar(select(_ANSWERS.c.answer).where(_ANSWERS.c.key == key))
    except StoreError:  # a store of traces only, or one that is out of reach: a judge needs none
        return None


def put_answer(key: str, answer: str) -> None:
    """Keep an answer; one that a redaction rule would change is not kept."""
    if settings.redact and Redactor(settings.redact).redact_value(answer) != answer:
        return
    try:
        with writing(_SCHEMA) as connection:
            connection.execute(insert(_ANSWERS).values(key=key, answer=answer, create_time_s=time.time()))
    except (IntegrityError, StoreError):  # somebody else asked at the same time; and as above
        return
