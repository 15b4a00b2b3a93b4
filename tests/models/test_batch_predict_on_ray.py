"""`batch_predict(engine="ray")`: the processes of a real cluster have a model each."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import spanloom
from spanloom.errors import EvaluationError, ModelError
from spanloom.models import batch_predict, load_model, save_model

ray = pytest.importorskip("ray")

AGENT = """
import os
from pathlib import Path
import spanloom

with Path(os.environ["LOADS"]).open("a") as file:
    file.write(f"{os.getpid()}\\n")

class Agent(spanloom.ResponsesAgent):
    async def apredict(self, request):
        text = request.input_items()[-1].content
        if text == "bad":
            raise ValueError("not this one")
        if text == "deadly":
            os._exit(1)
        item = self.create_text_output_item(text.upper(), "msg_1")
        return {"output": [item], "custom_outputs": {"pid": os.getpid()}}

spanloom.models.set_model(Agent())
"""


@pytest.fixture(scope="module", autouse=True)
def loads(tmp_path_factory) -> Iterator[Path]:
    path: Path = tmp_path_factory.mktemp("loads") / "pids"
    settings = {"num_cpus": 2, "include_dashboard": False, "log_to_driver": False}
    ray.init("local", **settings, runtime_env={"env_vars": {"LOADS": str(path)}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOADS", str(path))
        yield path
    ray.shutdown()


def test_answers_and_traces_are_those_of_threads_from_one_model_in_each_process(script, folder, loads):
    save_model(folder, script(AGENT))
    inputs = [*"abcdefgh", "bad", {"input": "i"}]
    here = batch_predict(inputs, folder)
    loads.write_text("")

    there = batch_predict(inputs, folder, engine="ray", max_workers=4)

    pids = {one.outputs["custom_outputs"].pop("pid") for one in there if one.outputs}
    assert os.getpid() not in pids
    loaded = loads.read_text().split()
    assert len(loaded) == len(set(loaded)) <= 2
    assert pids <= set(map(int, loaded))
    assert [one.error for one in there] == [*[None] * 8, "ValueError: not this one", None]
    for one in here:
        if one.outputs:
            del one.outputs["custom_outputs"]["pid"]
    assert [(one.inputs, one.outputs, one.error) for one in there] == [
        (one.inputs, one.outputs, one.error) for one in here
    ]
    assert len(spanloom.search_traces()) == 2 * len(inputs)


def test_an_input_that_kills_its_process_is_told_and_no_other_is_lost(script, folder):
    save_model(folder, script(AGENT))

    predictions = batch_predict(["a", "deadly", "b"], folder, engine="ray", max_workers=3)

    assert [bool(one.outputs) for one in predictions] == [True, False, True]
    assert predictions[1].error is not None
    assert predictions[1].error.startswith("WorkerDiedError: the process that worked on this row died")


def test_a_model_that_cannot_be_sent_is_told_before_anything_runs():
    lock = threading.Lock()

    with pytest.raises(ModelError, match=r"can't be sent to another process.*Save it from a script"):
        batch_predict(["a"], lambda text: lock.locked(), engine="ray")


def test_a_model_that_cannot_be_loaded_there_ends_the_batch_with_the_reason(script, folder, monkeypatch):
    monkeypatch.setenv("ONLY_HERE", "1")
    save_model(folder, script("import os, spanloom\nos.environ['ONLY_HERE']\nspanloom.models.set_model(print)"))

    with pytest.raises(EvaluationError, match=r"a Ray worker can't load what it is to do: .*ONLY_HERE"):
        batch_predict(["a"], folder, engine="ray")


OWN_CLASSES = """
from dataclasses import dataclass
from pydantic import BaseModel
import spanloom

class City(BaseModel):
    name: str

@dataclass
class Trip:
    cities: list

class Opaque:
    pass

def f(kind):
    return {"city": City(name="VERSION"), "trip": Trip([City(name="VERSION")]), "opaque": Opaque()}[kind]

spanloom.models.set_model(f)
"""


def test_objects_of_the_models_own_classes_come_as_plain_data_and_never_as_those_of_another_model(script, tmp_path):
    for name in ("one", "two"):
        save_model(tmp_path / name, script(OWN_CLASSES.replace("VERSION", name)))
    load_model(tmp_path / "one")  # the first of this process, as the other is of a worker

    city, trip, opaque = batch_predict(["city", "trip", "opaque"], tmp_path / "two", engine="ray")

    assert city.outputs == {"name": "two"}
    assert trip.outputs == {"cities": [{"name": "two"}]}
    assert opaque.error is not None
    assert opaque.error.startswith("ModelError: the model answered with Opaque, a class of its own code")
