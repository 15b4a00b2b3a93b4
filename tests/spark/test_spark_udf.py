"""`spark_udf` with a real Spark in local mode: its executors' Python processes are others than this one."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

pytest.importorskip("pyspark")

from pyspark.sql.functions import struct
from pyspark.sql.types import LongType, StructType

import spanloom
from spanloom.errors import ModelError
from spanloom.models import save_model, spark_udf

# PySpark leaves the sockets that results came through to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:.*socket.*:pytest.PytestUnraisableExceptionWarning")

AGENT = """
import os
from pathlib import Path
import spanloom

class Agent(spanloom.ResponsesAgent):
    def __init__(self):
        loads = os.environ.get("LOADS")
        if loads:
            with Path(loads).open("a") as file:
                file.write(f"{os.getpid()}\\n")

    async def apredict(self, request):
        text = request.input_items()[-1].content
        if text == "nowhere":
            raise ValueError("no such city")
        return {
            "output": [self.create_text_output_item(f"{text} is sunny", "msg_1")],
            "usage": {
                "input_tokens": 1, "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": 2, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 3,
            },
            "custom_outputs": {"pid": os.getpid()},
        }

spanloom.models.set_model(Agent())
"""

CITIES = [("Paris",), ("nowhere",), ("Rome",)]


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    def save(code: str, **settings: Any) -> Path:
        script = tmp_path / "model.py"
        script.write_text(textwrap.dedent(code))
        save_model(tmp_path / "saved", script, **settings)
        return tmp_path / "saved"

    return save


def answers(frame: Any, column: Any) -> list[Any]:
    return [row[0] for row in frame.select(column).collect()]


def test_a_string_is_the_text_and_a_row_that_fails_is_null(spark, save):
    frame = spark.createDataFrame(CITIES, ["city"])

    assert answers(frame, spark_udf(spark, save(AGENT), "string")("city")) == ["Paris is sunny", None, "Rome is sunny"]


def test_a_struct_has_fields_of_the_answer_and_says_why_a_row_failed(spark, save):
    kind = """
        output_text string, output array<struct<type: string, content: array<map<string, string>>>>,
        usage struct<total_tokens: int>, missing double, error string
    """
    ask = spark_udf(spark, save(AGENT), kind)

    paris, nowhere, _ = answers(spark.createDataFrame(CITIES, ["city"]), ask("city"))

    assert (paris.output_text, paris.usage.total_tokens, paris.missing, paris.error) == (
        "Paris is sunny",
        3,
        None,
        None,
    )
    assert paris.output[0].type == "message"
    assert paris.output[0].content[0]["text"] == "Paris is sunny"
    assert nowhere.asDict() == dict.fromkeys(paris.asDict()) | {"error": "ValueError: no such city"}


def test_an_answer_that_does_not_fit_the_type_fails_in_its_row(spark, save):
    ask = spark_udf(spark, save(AGENT), "output_text long, error string")

    [row] = answers(spark.createDataFrame(CITIES[:1], ["city"]), ask("city"))

    assert row.error == "SchemaError: output_text: should be bigint, got str"


def test_each_process_has_one_model_that_answers_all_its_rows(spark, save, tmp_path):
    loads = tmp_path / "loads"
    kind = "custom_outputs struct<pid: long>"
    ask = spark_udf(spark, save(AGENT), kind, extra_env={"LOADS": str(loads)})
    frame = spark.range(40).selectExpr("cast(id as string) as city").repartition(8)

    first, second = (answers(frame, ask("city")) for _ in range(2))

    pids = {row.custom_outputs.pid for row in first + second}
    assert 1 <= len(pids) <= 2
    assert sorted(map(int, loads.read_text().split())) == sorted(pids)


def test_requests_come_as_text_as_json_or_as_columns(spark, save):
    path = save(AGENT)
    ask = spark_udf(spark, path)
    request = {"input": [{"role": "user", "content": "Oslo"}]}
    columns = "input array<struct<role: string, content: string>>, temperature double"
    frame = spark.createDataFrame([(request["input"], None)], columns)

    mixed = spark.createDataFrame([("Oslo",), (orjson.dumps(request).decode(),), ("{Oslo}",)], ["asked"])

    assert answers(mixed, ask("asked")) == ["Oslo is sunny", "Oslo is sunny", "{Oslo} is sunny"]
    for column in (ask("input", "temperature"), ask(struct("input", "temperature"))):
        assert answers(frame, column) == ["Oslo is sunny"]


def test_traces_come_to_the_store_of_the_driver(spark, save):
    ask = spark_udf(spark, save(AGENT))
    spanloom.configure(experiment="cities")

    answers(spark.createDataFrame(CITIES, ["city"]), ask("city"))
    found = spanloom.search_traces()

    assert sorted(trace.info.state for trace in found) == ["ERROR", "OK", "OK"]


COLUMNS = """
import spanloom

class Sum(spanloom.PythonModel):
    def predict(self, context, model_input, params=None):
        if (model_input["a"] < 0).any():
            raise ValueError("negative")
        return (model_input["a"] + model_input["b"].fillna(0)) * (params or {}).get("factor", 1)

spanloom.models.set_model(Sum())
"""


def test_a_model_of_columns_takes_them_by_name_with_params(spark, save):
    signature = spanloom.models.ModelSignature(
        inputs=[{"name": "a", "type": "double"}, {"name": "b", "type": "double", "required": False}],
        outputs=[{"type": "double"}],
        params=[{"name": "factor", "type": "long", "default": 1, "shape": None}],
    )
    frame = spark.createDataFrame([(1.0, 2.0), (-1.0, 2.0), (3.0, None)], "a double, b double")
    add = spark_udf(spark, save(COLUMNS, signature=signature), params={"factor": 10})

    assert answers(frame, add()) == [30.0, None, 30.0]
    assert answers(frame, add("a", "b")) == [30.0, None, 30.0]


ECHO = """
from spanloom.models import set_model

def tell(value):
    if value == 7:
        raise ValueError("not seven")
    return repr(value)

set_model(tell)
"""


def test_a_null_leaves_whole_numbers_of_other_rows_as_they_are(spark, save):
    ask = spark_udf(spark, save(ECHO), "said string, error string")
    frame = spark.createDataFrame([(1,), (None,), (7,), (9007199254740993,)], "n bigint").coalesce(1)

    assert [tuple(row) for row in answers(frame, ask("n"))] == [
        ("1", None),
        ("None", None),
        (None, "ValueError: not seven"),
        ("9007199254740993", None),
    ]
    assert [row.said for row in answers(frame, ask(struct("n")))] == [
        "{'n': 1}",
        "{'n': None}",
        "{'n': 7}",
        "{'n': 9007199254740993}",
    ]


def test_values_of_other_types_come_as_those_of_python(spark, save):
    frame = spark.sql("""
        select date'2024-01-02' a, cast(1.10 as decimal(5, 2)) b, array(1, null) c, map('k', 1) d,
            named_struct('z', cast(null as int)) e, cast(null as double) f, double('NaN') g, binary('x') h
    """)
    ask = spark_udf(spark, save(ECHO), "string")

    [said] = answers(frame, ask(*"abcdefgh"))

    assert said == (
        "{'a': datetime.date(2024, 1, 2), 'b': Decimal('1.10'), 'c': [1, None], 'd': {'k': 1}, 'e': {'z': None}, "
        "'f': None, 'g': nan, 'h': b'x'}"
    )


def test_an_answer_may_be_a_map_or_bytes(spark, save):
    path = save("""
        from spanloom.models import set_model
        set_model(lambda text: {"raw": text.encode(), "counts": {text: len(text)}})
    """)
    ask = spark_udf(spark, path, "raw binary, counts map<string, int>")

    [row] = answers(spark.createDataFrame(CITIES[:1], ["city"]), ask("city"))

    assert row.asDict() == {"raw": bytearray(b"Paris"), "counts": {"Paris": 5}}


def test_a_function_of_a_list_is_asked_once_for_many_rows(spark, save):
    path = save("""
        from spanloom.models import set_model

        def count(texts: list[str]) -> list[int]:
            return [len(texts)] * len(texts)

        set_model(count)
    """)

    assert answers(spark.createDataFrame(CITIES, ["city"]).coalesce(1), spark_udf(spark, path)("city")) == [3, 3, 3]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"result_type": "date"}, "answers can't be date; expected string"),
        ({"result_type": StructType().add("n", LongType()).add("at", "timestamp")}, "answers can't be timestamp"),
        ({"env_manager": "virtualenv"}, "expected 'local'.*build-env"),
        ({"model_uri": "nowhere"}, "nowhere"),
    ],
)
def test_what_cannot_work_is_told_before_spark_begins(spark, save, settings, message):
    with pytest.raises(ModelError, match=message):
        spark_udf(spark, **({"model_uri": save(AGENT)} | settings))


def test_columns_must_be_given_where_the_signature_names_none(spark, save):
    ask = spark_udf(spark, save("import spanloom\nspanloom.models.set_model(lambda text: text)"))
    with pytest.raises(ModelError, match="names no columns: give them"):
        ask()
