"""`log_model`: models of runs, and how the registry refers to them."""

from __future__ import annotations

import pytest

import spanloom
from spanloom import models
from spanloom.errors import ModelError, NotFoundError
from spanloom.tracking.artifacts import artifact_location


def test_a_model_is_logged_to_its_run_and_registered(script):
    with spanloom.start_run() as run:
        info = models.log_model(name="agent", python_model=script(), registered_model_name="echo")
    run_id = run.info.run_id
    assert (info.name, info.artifact_path, info.run_id, info.registered_model_version) == ("agent", "agent", run_id, 1)
    assert info.metadata == {"task": "agent/v1/responses"}
    assert (info.model.run_id, info.signature) == (run_id, info.model.signature)
    places = {models.resolve(uri) for uri in (info.model_uri, f"runs:/{run_id}/agent", "models:/echo/1")}
    assert places == {artifact_location() / "models" / info.model_id}
    assert models.load_model("models:/echo/1").predict({"input": "hi"})["output"][0]["content"][0]["text"] == "echo: hi"
    version = models.get_model_version("echo", 1)
    assert (version.run_id, version.source, version.model_id) == (run_id, info.model_uri, info.model_id)
    (logged,) = spanloom.search_logged_models(f"source_run_id = '{run_id}' AND name = 'agent'")
    assert logged == spanloom.get_logged_model(info.model_id)
    assert (logged.model_uri, logged.name, logged.digest) == (info.model_uri, "agent", models.model_digest(*places))
    again = spanloom.register_model(f"runs:/{run_id}/agent", "echo")
    assert (again.version, again.model_id) == (2, info.model_id)
    with pytest.raises(ModelError, match="is registered; delete the versions that use it first"):
        models.delete_logged_model(info.model_id)
    models.delete_registered_model("echo")
    assert models.resolve(info.model_uri).is_dir()
    models.delete_logged_model(info.model_id)
    assert list((artifact_location() / "models").iterdir()) == []
    with pytest.raises(NotFoundError, match="no logged model"):
        models.delete_logged_model(info.model_id)


def test_without_a_run_a_model_stands_alone(script):
    first = models.log_model(python_model=script())
    second = models.log_model(artifact_path="other", python_model=script(name="b.py"))
    assert (first.name, first.run_id, first.registered_model_version) == ("model", None, None)
    assert [model.name for model in spanloom.search_logged_models()] == ["other", "model"]
    assert [model.name for model in spanloom.search_logged_models(order_by="name", max_results=1)] == ["model"]
    assert spanloom.get_logged_model(second.model_id).source_run_id is None


def test_a_model_can_be_logged_to_a_run_that_is_over(script):
    with spanloom.start_run() as run:
        pass
    info = models.log_model(name="agent", python_model=script(), run_id=run.info.run_id)
    assert models.resolve(f"runs:/{run.info.run_id}/agent") == models.resolve(info.model_uri)


def test_the_newest_model_of_a_name_is_that_of_its_run(script):
    with spanloom.start_run() as run:
        models.log_model(name="agent", python_model=script())
        newest = models.log_model(name="agent", python_model=script())
    assert models.resolve(f"runs:/{run.info.run_id}/agent").name == newest.model_id


def test_what_cannot_be_logged_leaves_nothing(script):
    with pytest.raises(NotFoundError, match="no run"):
        models.log_model(python_model=script(), run_id="0" * 32)
    with pytest.raises(ModelError, match="is no name of a model"):
        models.log_model(name="a/b", python_model=script())
    with pytest.raises(ModelError, match="is no name of a model"):
        models.log_model(python_model=script(), registered_model_name="a/b")
    with pytest.raises(ModelError):
        models.log_model(python_model=script("1 / 0"))
    assert spanloom.search_logged_models() == []
    folder = artifact_location() / "models"
    assert not folder.exists() or list(folder.iterdir()) == []


def test_an_unknown_argument_is_told_with_those_there_are(script):
    with pytest.raises(TypeError, match=r"log_model\(\) got .*argument 'step'; it takes code_paths"):
        models.log_model("agent", script(), step=3)
