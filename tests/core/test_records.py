from __future__ import annotations

import os
import sqlite3
import threading

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select, update
from sqlalchemy.exc import IntegrityError

import spanloom
from spanloom.errors import StoreError
from spanloom.store.records import reading, writing
from spanloom.testing import reset
from spanloom.tracing.settings import settings

THINGS = MetaData(info={"component": "things", "version": 1})
things = Table("things", THINGS, Column("name", String, primary_key=True), Column("number", Integer, nullable=False))


def numbers() -> dict[str, int]:
    with reading(THINGS) as connection:
        return {row.name: row.number for row in connection.execute(select(things))}


def put(name: str, number: int) -> None:
    with writing(THINGS) as connection:
        connection.execute(insert(things).values(name=name, number=number))


def test_records_live_beside_traces(store):
    put("a", 1)
    with spanloom.start_span("traced"):
        pass
    spanloom.flush()
    assert (numbers(), len(spanloom.search_traces())) == ({"a": 1}, 1)


def test_a_block_that_raises_leaves_nothing():
    def put_and_fail() -> None:
        with writing(THINGS) as connection:
            connection.execute(insert(things).values(name="a", number=1))
            raise KeyError

    with pytest.raises(KeyError):
        put_and_fail()
    assert numbers() == {}


def test_a_broken_constraint_is_the_callers():
    put("a", 1)
    with pytest.raises(IntegrityError):
        put("a", 2)


def add_many(times: int) -> None:
    for _ in range(times):
        with writing(THINGS) as connection:
            number = connection.scalar(select(things.c.number))
            connection.execute(update(things).values(number=number + 1))


@pytest.mark.parametrize("in_memory", [False, True])
def test_writers_wait_for_each_other(in_memory):
    if in_memory:
        spanloom.configure(store="sqlite://")
    put("a", 0)
    threads = [threading.Thread(target=add_many, args=(20,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers() == {"a": 80}


def test_a_forked_child_has_connections_of_its_own():
    put("a", 0)
    child = os.fork()
    if child == 0:
        add_many(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    add_many(1)
    assert numbers() == {"a": 2}


def test_tables_of_a_newer_version_are_refused(store):
    put("a", 1)
    url = f"sqlite:///{store}"
    reset()
    spanloom.configure(store=url)
    older = MetaData(info={"component": "things", "version": 0})
    with pytest.raises(StoreError, match="newer spanloom"), reading(older) as connection:
        connection.scalar(select(func.count()).select_from(things))


def test_another_programs_database_is_left_alone(tmp_path, monkeypatch):
    foreign = tmp_path / "foreign.db"
    sqlite3.connect(foreign).execute("CREATE TABLE cats (name TEXT)")
    reset()
    monkeypatch.setattr(settings, "store", f"sqlite:///{foreign}")
    with pytest.raises(StoreError):
        numbers()
