from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import spanloom
from spanloom.errors import EvaluationError
from spanloom.evaluation.datasets import read_records, write_records

RECORDS: list[dict[str, Any]] = [
    {
        "inputs": {"messages": [{"role": "user", "content": 'Wie spät,\n"genau"?'}], "model.name": "m"},
        "outputs": {"text": "12"},
        "expectations": {"expected_response": "12", "at_most": 3},
        "tags": {"kind": "time"},
        "source": {"source_type": "DOCUMENT", "source_data": {"page": 7}},
    },
    {"inputs": {"question": "1"}, "outputs": "null", "expectations": {"facts": ["a", {"b": None}], "none": None}},
    {"inputs": {}},
]

SUFFIXES = [".jsonl", ".csv", ".parquet"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_dataset_comes_back_from_a_file_as_it_was(tmp_path: Path, suffix: str) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    dataset = spanloom.create_dataset("times").merge_records(RECORDS)
    path = tmp_path / f"times{suffix}"

    dataset.export(path)

    again = spanloom.create_dataset("again").merge_records(read_records(path))
    assert [record.to_dict()["inputs"] for record in again.records] == [record["inputs"] for record in RECORDS]
    assert again.digest == dataset.digest
    assert again.records[0].source == RECORDS[0]["source"]


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
RECORD = st.fixed_dictionaries(
    {"inputs": st.dictionaries(st.text(), JSON_VALUES, max_size=3)},
    optional={
        "outputs": JSON_VALUES.filter(lambda value: value is not None),
        "expectations": st.dictionaries(st.text(), JSON_VALUES, min_size=1, max_size=3),
    },
)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(RECORD, min_size=1, max_size=3))
def test_whatever_is_written_is_read(tmp_path: Path, suffix: str, records: list[dict[str, Any]]) -> None:
    path = tmp_path / f"records{suffix}"

    write_records(path, records)

    found = [{key: record[key] for key in record if key != "source"} for record in read_records(path)]
    assert found == records


def test_a_spreadsheet_written_by_hand_is_read(tmp_path: Path) -> None:
    path = tmp_path / "capitals.csv"
    path.write_text(
        "\ufeffinputs.country,expectations.expected_response,expectations.length,tags.kind\r\n"
        "France,Paris,5,\r\n"
        '"Côte d\'Ivoire",Yamoussoukro,12,"port, no"\r\n',
        encoding="utf-8",
    )

    assert read_records(path) == [
        {"inputs": {"country": "France"}, "expectations": {"expected_response": "Paris", "length": 5}},
        {
            "inputs": {"country": "Côte d'Ivoire"},
            "expectations": {"expected_response": "Yamoussoukro", "length": 12},
            "tags": {"kind": "port, no"},
        },
    ]


def test_cells_may_be_long(tmp_path: Path) -> None:
    record = {"inputs": {"text": "long " * 100_000}}
    write_records(tmp_path / "long.csv", [record])
    assert read_records(tmp_path / "long.csv")[0]["inputs"] == record["inputs"]


def test_parquet_of_other_programs_is_read(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame(
        [
            {"inputs": {"country": "France", "near": ["Spain"]}, "outputs": "Paris", "expectations": {"length": 5}},
            {"inputs": {"country": "Peru", "near": []}, "outputs": None, "expectations": None},
        ]
    )
    frame.to_parquet(tmp_path / "capitals.parquet")

    dataset = spanloom.create_dataset("capitals").merge_records(read_records(tmp_path / "capitals.parquet"))

    assert [(each.inputs, each.outputs, each.expectations) for each in dataset.records] == [
        ({"country": "France", "near": ["Spain"]}, "Paris", {"length": 5}),
        ({"country": "Peru", "near": []}, None, {}),
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.jsonl", '{"inputs": {}}\n\n{"inputs": ', r"a.jsonl, line 3: this is not JSON"),
        ("a.jsonl", '{"inputs": "France"}', r"a.jsonl, line 1: expected an object with inputs"),
        ("a.csv", "country\nFrance\n", r"a.csv, line 2: unknown column 'country'; expected columns such as inputs.qu"),
        ("a.csv", "inputs.a\n1,2\n", "line 2: there are more cells than columns"),
        ("a.csv", 'inputs.a\n"1"2\n', "a.csv, after line 1: "),
        ("a.txt", "", r"a.txt: expected a file of records, .jsonl, .csv, .parquet"),
    ],
)
def test_the_message_says_where_a_file_is_wrong(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(EvaluationError, match=message):
        read_records(tmp_path / name)


def test_json_lines_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'\xef\xbb\xbf{"inputs": {"a": 1}}\r\n{"inputs": {"a": 2}}\r\n')
    assert read_records(tmp_path / "a.jsonl") == [{"inputs": {"a": 1}}, {"inputs": {"a": 2}}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_cells_stand_between_commas_semicolons_or_tabs(tmp_path: Path, delimiter: str) -> None:
    lines = ["\ufeffinputs.a;inputs.b;outputs", '"x, y; z";0.5;"a ""b"""', ""]
    (tmp_path / "a.csv").write_bytes("\r\n".join(lines).replace(";", delimiter).encode())
    text = f"x, y{delimiter} z"
    assert read_records(tmp_path / "a.csv") == [{"inputs": {"a": text, "b": 0.5}, "outputs": 'a "b"'}]


def test_a_semicolon_in_the_only_column_belongs_to_its_name(tmp_path: Path) -> None:
    records = [{"inputs": {"a;b": "x", "c": "y"}}, {"inputs": {"a;b": "z"}}]
    for part in (records, records[1:]):
        write_records(tmp_path / "a.csv", part)
        assert [record["inputs"] for record in read_records(tmp_path / "a.csv")] == [each["inputs"] for each in part]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"there is no file .*none.jsonl"):
        read_records(tmp_path / "none.jsonl")
