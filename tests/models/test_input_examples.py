"""Input examples keep their types, in files that MLflow writes the same way."""

from __future__ import annotations

from datetime import UTC, date, datetime

import orjson
import pytest

from spanloom.models import load_model, save_model

SAME = "import spanloom\nspanloom.models.set_model(lambda data: data)"


def stored(folder, name="input_example.json"):
    return orjson.loads((folder / name).read_bytes())


def types(model):
    return [(column["type"], column["required"]) for column in model.metadata.signature.inputs]


def test_the_columns_of_a_frame_keep_their_types(script, folder):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"id": [9007199254740993, 2], "x": [0.5, 1.5]})
    save_model(folder, script(SAME), input_example=frame)
    model = load_model(folder)
    assert types(model) == [("long", True), ("double", True)]
    assert stored(folder)["data"] == [[9007199254740993, 0.5], [2, 1.5]]
    assert stored(folder, "serving_input_example.json") == {"dataframe_split": stored(folder)}
    pandas.testing.assert_frame_equal(model.input_example, frame)


def test_times_bytes_and_missing_numbers_of_a_frame_are_written_as_mlflow_writes_them(script, folder):
    pandas = pytest.importorskip("pandas")
    times = pandas.to_datetime(["2024-01-01T00:00:00.000000", "2024-01-02T03:04:05.123456"])
    numbers = pandas.array([9007199254740993, None], dtype="Int64")
    frame = pandas.DataFrame({"t": times, "i": numbers, "b": [b"ab", b"\xff"]})
    path = script("""
        import spanloom

        def f(rows):
            return [int(rows["t"].dt.year.max()), int(rows["i"].max()), rows["b"][0].hex()]

        spanloom.models.set_model(f)
    """)
    save_model(folder, path, input_example=frame)
    assert stored(folder)["data"] == [
        ["2024-01-01T00:00:00", 9007199254740993, "YWI=\n"],
        ["2024-01-02T03:04:05.123456", None, "/w==\n"],
    ]
    model = load_model(folder)
    assert types(model) == [("datetime", True), ("long", False), ("binary", True)]
    assert model.predict(frame) == model.predict(model.input_example) == [2024, 9007199254740993, "6162"]
    pandas.testing.assert_frame_equal(model.input_example, frame, check_dtype=False)


def test_empty_times_of_a_frame_are_null(script, folder):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"t": pandas.to_datetime(["2024-01-01T00:00:00+00:00", None]), "s": [None, "a"]})
    save_model(folder, script(SAME), input_example=frame)
    assert stored(folder)["data"] == [["2024-01-01T00:00:00+00:00", None], [None, "a"]]
    model = load_model(folder)
    assert types(model) == [("datetime", False), ("string", False)]
    pandas.testing.assert_frame_equal(model.input_example, frame, check_dtype=False)


@pytest.mark.parametrize(
    ("example", "kind", "written"),
    [
        ({"when": datetime(2024, 1, 2, 3, tzinfo=UTC)}, "datetime", {"when": "2024-01-02T03:00:00+00:00"}),
        ({"when": date(2024, 1, 2)}, "datetime", {"when": "2024-01-02"}),
        ([datetime(2024, 1, 2, 3, tzinfo=UTC)], "datetime", ["2024-01-02T03:00:00+00:00"]),
        ([{"raw": b"ab"}, {"raw": b"\xff"}], "binary", [{"raw": "YWI=\n"}, {"raw": "/w==\n"}]),
        (b"ab", "binary", "YWI=\n"),
    ],
)
def test_a_model_takes_the_example_it_was_saved_with(script, folder, example, kind, written):
    save_model(folder, script(SAME), input_example=example)
    model = load_model(folder)
    assert types(model) == [(kind, True)]
    assert stored(folder) == written
    assert model.input_example == example
    assert model.predict(example) == model.predict(model.input_example) == example


def test_times_inside_of_an_example_are_given_to_the_model_as_times(script, folder):
    path = script("import spanloom\nspanloom.models.set_model(lambda data: data['trip']['days'][1].year)")
    example = {"trip": {"days": [date(2024, 1, 2), date(2025, 1, 2)], "to": "2024"}}
    save_model(folder, path, input_example=example)
    model = load_model(folder)
    assert model.input_example == example
    assert model.predict(example) == 2025
    assert model.metadata.signature.outputs == [{"type": "long", "required": True}]


def test_a_typed_dict_of_the_standard_library_is_no_obstacle(script, folder):
    path = script("""
        from typing import TypedDict
        import spanloom

        class Question(TypedDict):
            text: str

        def f(questions: list[Question]) -> list[str]:
            return [question["text"] for question in questions]

        spanloom.models.set_model(f)
    """)
    save_model(folder, path, input_example=[{"text": "hi"}])
    assert load_model(folder).predict([{"text": "hi"}]) == ["hi"]
