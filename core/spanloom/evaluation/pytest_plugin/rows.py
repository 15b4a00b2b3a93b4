"""The rows that tests are made of."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import pytest

from spanloom.errors import SpanloomError
from spanloom.evaluation.data import rows_of
from spanloom.evaluation.datasets.catalog import get_dataset
from spanloom.evaluation.datasets.files import SUFFIXES, read_records
from spanloom.evaluation.row import Row
from spanloom.evaluation.texts import text_of

__all__ = ["data_of", "id_of", "parametrize"]

_ARGUMENTS: Final = frozenset({"data", "scorers", "pass_criteria"})
_LONGEST_ID: Final = 40


def parametrize(metafunc: pytest.Metafunc, marker: pytest.Mark) -> None:
    """Give the test each row of the data that its mark names."""
    name = metafunc.definition.nodeid
    if marker.args or not marker.kwargs.keys() <= _ARGUMENTS or "data" not in marker.kwargs:
        pytest.fail(
            f"{name}: spanloom_eval takes data=, scorers= and pass_criteria=, all by name, the first always: "
            "@pytest.mark.spanloom_eval(data='capitals.jsonl', scorers=[exact_match])",
            pytrace=False,
        )
    if "row" not in metafunc.fixturenames:
        pytest.fail(f"{name} takes no `row`: def {metafunc.function.__name__}(row): …", pytrace=False)
    try:
        rows = rows_of(data_of(marker.kwargs["data"], metafunc.definition.path))
    except SpanloomError as error:
        raise pytest.fail.Exception(f"{name}: {error}", pytrace=False) from None
    metafunc.parametrize("row", rows, ids=[id_of(row) for row in rows])


def data_of(data: Any, test_file: Path) -> Any:
    """Return the data that is meant: a text is a file beside the test, or else the name of a dataset in the store."""
    if isinstance(data, os.PathLike) or (isinstance(data, str) and data.endswith(SUFFIXES)):
        return read_records(test_file.parent / data)
    return get_dataset(data) if isinstance(data, str) else data


def id_of(row: Row) -> str:
    """Return what pytest shows of a row; the number comes first, so that no two are the same."""
    words = "".join(c if c.isalnum() else " " for c in text_of(row.inputs, "user")[: 4 * _LONGEST_ID]).split()
    return "-".join([str(row.position), *words])[:_LONGEST_ID]
