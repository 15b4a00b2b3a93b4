"""The cassette of a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from spanloom.cassettes import Replay, record, replay
from spanloom.evaluation.pytest_plugin.places import file_beside

__all__ = ["cassette_of"]


@contextmanager
def cassette_of(
    item: pytest.Item, mode: str, *, passed: Callable[[], bool], note: Callable[[dict[str, Any]], None]
) -> Iterator[Replay]:
    """Answer from the test's cassette, or record it.

    Args:
        item: The test.
        mode: `once` records a cassette that is missing, `none` does not, `all` records also one that is there.
        passed: Whether the test passed; what another one did is not kept.
        note: Takes what the test's report shall say.
    """
    given, on_missing = _arguments(item)
    path = _path(item, given)
    if path.exists() and mode != "all":
        with replay(path, on_missing=on_missing) as report:
            yield report
        return
    if mode == "none":
        pytest.fail(
            f"there is no cassette {path}; pytest --spanloom-record=once makes it, with real calls", pytrace=False
        )
    recorded = path.with_name(f"{path.name}.new")  # one that is there stays until the test has passed
    with record(recorded):
        yield Replay()
    if passed():
        recorded.replace(path)
        note({"kind": "file", "path": str(path)})
    else:
        recorded.unlink(missing_ok=True)


def _arguments(item: pytest.Item) -> tuple[str | None, Literal["error", "call"]]:
    """Return what the mark says: a path, and what happens to a call that is not on the record."""
    marker = item.get_closest_marker("spanloom_cassette")
    if marker is None:
        return None, "error"
    given = {**dict(zip(("path",), marker.args, strict=False)), **marker.kwargs}
    on_missing = given.pop("on_missing", "error")
    path = given.pop("path", None)
    if given or len(marker.args) > 1 or on_missing not in ("error", "call"):
        pytest.fail(
            f"{item.nodeid}: spanloom_cassette takes a path and on_missing=, which is 'error' or 'call': "
            "@pytest.mark.spanloom_cassette('weather.jsonl', on_missing='call')",
            pytrace=False,
        )
    return path, on_missing


def _path(item: pytest.Item, given: str | None) -> Path:
    if given is not None:
        return item.path.parent / given
    return file_beside(item.path, item.nodeid, "cassettes", ".jsonl")
