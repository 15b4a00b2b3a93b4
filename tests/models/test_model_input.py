"""Signatures, and input that does not fit them."""

from __future__ import annotations

import math

import pytest

from spanloom.errors import SchemaError
from spanloom.models import infer_signature, load_model, save_model
from spanloom.models.enforcement import check_input, check_params

COLUMN = {"type": "string", "required": True}


@pytest.mark.parametrize(
    ("example", "columns"),
    [
        ("s", [COLUMN]),
        (["a"], [COLUMN]),
        (1, [{"type": "long", "required": True}]),
        ([[1]], [{"type": "array", "items": {"type": "long"}, "required": True}]),
        ({"a": ["x", "y"]}, [{"type": "array", "items": {"type": "string"}, "name": "a", "required": True}]),
        (
            [{"a": 1}, {"b": 2}],
            [{"type": "long", "name": "a", "required": False}, {"type": "long", "name": "b", "required": False}],
        ),
        (
            {"c": {"d": True}},
            [
                {
                    "type": "object",
                    "properties": {"d": {"type": "boolean", "required": True}},
                    "name": "c",
                    "required": True,
                }
            ],
        ),
    ],
)
def test_a_signature_is_inferred_as_mlflow_infers_it(example, columns):
    assert infer_signature(example).inputs == columns


def test_params_have_defaults_types_and_names():
    signature = infer_signature("s", "o", {"t": 1.5, "k": [1]})
    assert signature.params == [
        {"name": "t", "default": 1.5, "shape": None, "type": "double"},
        {"name": "k", "default": [1], "shape": [-1], "type": "long"},
    ]
    assert check_params(signature.params, {"t": 2}) == {"t": 2, "k": [1]}
    with pytest.raises(SchemaError, match=r"params\.k\[1\]: should be long, got str"):
        check_params(signature.params, {"k": [1, "x"]})
    with pytest.raises(SchemaError, match=r"params\.tt: .*did you mean 't'"):
        check_params(signature.params, {"tt": 2})


NESTED = infer_signature({"question": "q", "filters": {"tags": ["a"], "limit": 3}}).inputs


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"filters": {"tags": [], "limit": 1}}, "question: is required but missing (given: filters)"),
        ({"question": "q", "filters": {"tags": ["a", 1], "limit": 1}}, "filters.tags[1]: should be string, got int"),
        ({"question": "q", "filters": {"tags": []}}, "filters.limit: is required but missing"),
        ({"question": "q", "filters": {"tags": [], "limit": True}}, "filters.limit: should be long, got bool"),
        ("text", "(the whole value): should be a dict with 'question', 'filters', got str"),
        ([{"question": 1, "filters": {"tags": [], "limit": 1}}], "[0].question: should be string, got int"),
    ],
)
def test_input_that_does_not_fit_names_the_path_of_the_field(data, path):
    with pytest.raises(SchemaError) as raised:
        check_input(NESTED, data)
    assert path in str(raised.value)


def test_input_that_fits_passes():
    check_input(NESTED, {"question": "q", "filters": {"tags": [], "limit": 1}, "more": object()})
    check_input([COLUMN], ["a", "b"])
    check_input(None, object())


def test_a_saved_signature_is_enforced(script, folder):
    path = script("import spanloom\ndef f(data): return data['question'].upper()\nspanloom.models.set_model(f)")
    save_model(folder, path, input_example={"question": "hi"})
    model = load_model(folder)
    assert model.metadata.signature.outputs == [COLUMN]
    assert model.input_example == {"question": "hi"}
    assert model.predict({"question": "hi"}) == "HI"
    with pytest.raises(SchemaError, match="question: should be string, got int"):
        model.predict({"question": 1})


def test_params_of_the_example_are_the_defaults(script, folder):
    path = script("import spanloom\ndef f(data, params): return data * params['n']\nspanloom.models.set_model(f)")
    save_model(folder, path, input_example=("ab", {"n": 2}))
    model = load_model(folder)
    assert (model.predict("x"), model.predict("x", {"n": 3}), model.input_example) == ("xx", "xxx", "ab")


def test_an_agent_refuses_bad_requests_and_params(script, folder):
    save_model(folder, script())
    model = load_model(folder)
    with pytest.raises(SchemaError, match=r"input\[0\]\.role"):
        model.predict({"input": [{"role": "robot", "content": "hi"}]})
    with pytest.raises(SchemaError, match="takes no params"):
        model.predict({"input": "hi"}, {"temperature": 1})


def test_an_agent_takes_a_row_of_pandas(script, folder):
    pandas = pytest.importorskip("pandas")
    save_model(folder, script())
    model = load_model(folder)
    frame = pandas.DataFrame([{"input": [{"role": "user", "content": "hi"}], "user": math.nan}])
    for row in (frame, frame.iloc[0]):
        assert model.predict(row)["output"][0]["content"][0]["text"] == "echo: hi"
    with pytest.raises(SchemaError, match="1 row, got 2"):
        model.predict(pandas.concat([frame, frame]))


def test_functions_take_frames_and_remember_them_as_examples(script, folder, tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"n": [1, 2], "name": ["a", "b"]})
    save_model(
        folder,
        script("import spanloom\ndef f(rows): return rows['n'].sum()\nspanloom.models.set_model(f)"),
        input_example=frame,
    )
    model = load_model(folder)
    assert [column["type"] for column in model.metadata.signature.inputs] == ["long", "string"]
    assert model.predict(frame) == 3
    assert model.input_example.equals(frame)
    with pytest.raises(SchemaError, match=r"\[0\]\.n: should be long, got str"):
        model.predict(pandas.DataFrame({"n": ["x"], "name": ["a"]}))
    hinted = "import spanloom\ndef f(texts: list[str]): return [t * 2 for t in texts]\nspanloom.models.set_model(f)"
    save_model(tmp_path / "hinted", script(hinted))
    assert load_model(tmp_path / "hinted").predict(frame[["name"]]) == ["aa", "bb"]
