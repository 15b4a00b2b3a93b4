"""`batch_predict`: many inputs, several at once, each with an answer or the reason why there is none."""

from __future__ import annotations

import threading

import pytest

import spanloom
from spanloom.errors import ModelError
from spanloom.models import Prediction, batch_predict, load_model, save_model

PICKY = """
import spanloom

class Picky(spanloom.ResponsesAgent):
    def predict(self, request):
        text = request.input_items()[-1].content
        if text == "bad":
            raise ValueError("not this one")
        if text == "failed":
            return {"output": [], "status": "failed", "error": {"code": "server_error", "message": "overloaded"}}
        return {"output": [self.create_text_output_item(text.upper(), "msg_1")]}

spanloom.models.set_model(Picky())
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    temporary = tmp_path_factory.mktemp("picky")
    script = temporary / "agent.py"
    script.write_text(PICKY)
    save_model(temporary / "saved", script)
    return temporary / "saved"


def texts(predictions):
    return [one.outputs["output"][0]["content"][0]["text"] if one.outputs else one.error for one in predictions]


def test_a_saved_agent_answers_texts_requests_and_their_json_in_order(folder):
    inputs = [
        "a",
        {"input": "b"},
        '{"input": [{"role": "user", "content": "c"}]}',
        "{d",
        "bad",
        "failed",
        {"inptu": "e"},
    ]

    predictions = batch_predict(inputs, folder, max_workers=3)

    assert [one.inputs for one in predictions] == inputs
    *answered, unknown = texts(predictions)
    assert answered == ["A", "B", "C", "{D", "ValueError: not this one", "ModelError: overloaded"]
    assert unknown.startswith("SchemaError: ")
    assert "input" in unknown


def test_inputs_are_worked_on_at_once():
    meeting = threading.Barrier(3)

    def meet(number: int) -> int:
        meeting.wait(timeout=30)
        return number

    assert [one.outputs for one in batch_predict([1, 2, 3], meet, max_workers=3)] == [1, 2, 3]


def test_a_file_of_json_lines_has_an_input_in_each_line(folder, tmp_path):
    path = tmp_path / "inputs.jsonl"
    path.write_text('"a"\n\n{"input": "b"}\n')

    assert texts(batch_predict(path, str(folder))) == ["A", "B"]
    path.write_text('"a"\nb\n')
    with pytest.raises(ModelError, match=r"inputs\.jsonl, line 2: this is not JSON"):
        batch_predict(path, folder)


def test_rows_of_frames_and_parquet_files_are_requests_without_their_empty_cells(folder, tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"input": ["a", "b"], "temperature": [0.5, None]})
    assert texts(batch_predict(frame, folder)) == ["A", "B"]

    pytest.importorskip("pyarrow")
    frame.to_parquet(tmp_path / "inputs.parquet")
    predictions = batch_predict(str(tmp_path / "inputs.parquet"), folder)

    assert texts(predictions) == ["A", "B"]
    assert predictions[1].inputs == {"input": "b", "temperature": None}
    (tmp_path / "inputs.parquet").write_bytes(b"no parquet")
    with pytest.raises(ModelError, match=r"inputs\.parquet: .*[Pp]arquet"):
        batch_predict(tmp_path / "inputs.parquet", folder)


def test_loaded_models_agents_and_functions_are_asked_as_they_are(folder):
    model = load_model(folder)

    assert texts(batch_predict(["a"], model)) == texts(batch_predict(["a"], model.unwrap_python_model())) == ["A"]
    assert batch_predict([1, 2], lambda number: number + 1) == [Prediction(1, 2), Prediction(2, 3)]


def test_functions_are_given_what_their_annotation_says():
    pandas = pytest.importorskip("pandas")

    def plus_one(frame: pandas.DataFrame) -> pandas.Series:
        return frame["a"].fillna(0) + 1

    def shout(names: list[str]) -> list[str]:
        return [name.upper() for name in names]

    def keys(row: dict[str, float | None]) -> list[str]:
        return sorted(row)

    frame = pandas.DataFrame({"a": [1.0, None]})
    # Annotations of functions that tests define are texts, and name what only tests know.
    plus_one.__annotations__ = {"frame": pandas.DataFrame}
    assert [one.outputs for one in batch_predict(frame, plus_one)] == [2.0, 1.0]
    assert [one.outputs for one in batch_predict(frame, keys)] == [["a"], ["a"]]
    assert [one.outputs for one in batch_predict(pandas.DataFrame({"n": ["x", "y"]}), shout)] == ["X", "Y"]


def test_every_input_has_a_trace_in_the_store(folder):

    batch_predict(["a", "bad"], folder)

    assert sorted(trace.info.state for trace in spanloom.search_traces()) == ["ERROR", "OK"]


@pytest.mark.parametrize(
    ("data", "settings", "message"),
    [
        ([], {"engine": "dask"}, "engine='dask'.*expected 'ray' or none"),
        ([], {"max_workers": 0}, "max_workers=0.*expected 1 or more"),
        ("What is new?", {}, "expected a file of inputs, .jsonl or .parquet; a single input goes into a list"),
        ("nowhere.jsonl", {}, "there is no file nowhere.jsonl"),
    ],
)
def test_what_cannot_work_is_told_before_the_model_is_asked(data, settings, message):
    with pytest.raises(ModelError, match=message):
        batch_predict(data, lambda text: text, **settings)


def test_no_inputs_no_predictions():
    assert batch_predict([], lambda text: text) == []
