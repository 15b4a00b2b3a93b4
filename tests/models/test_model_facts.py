"""What can be asked of a saved model without loading it."""

from __future__ import annotations

import pytest

import spanloom
from spanloom.errors import ModelError
from spanloom.models import Model, ModelInfo, get_model_info, save_model
from spanloom.models.signature import ModelSignature, infer_signature

COLUMN = {"type": "string", "required": True}


def test_what_a_folder_says_is_read_from_a_path_of_either_kind(script, folder):
    save_model(folder, script())
    assert Model.load(str(folder)).model_id == Model.load(folder).model_id


def test_a_signature_is_inferred_by_the_module_of_that_name():
    assert infer_signature("a", "b") == spanloom.models.infer_signature("a", "b")


def test_the_parts_of_a_signature_are_asked_of_the_model():
    params = [{"name": "n", "type": "long", "default": 1, "shape": None}]
    model = Model(signature=ModelSignature([COLUMN], [{"type": "long", "required": True}], params))
    assert model.get_input_schema() == [COLUMN]
    assert model.get_output_schema() == [{"type": "long", "required": True}]
    assert model.get_params_schema() == params
    bare = Model()
    assert (bare.get_input_schema(), bare.get_output_schema(), bare.get_params_schema()) == (None, None, None)


def test_facts_of_a_logged_model_are_those_that_log_model_gave(script):
    with spanloom.start_run() as run:
        info = spanloom.models.log_model(name="agent", python_model=script())
    assert get_model_info(info.model_uri) == info
    assert get_model_info(f"runs:/{run.info.run_id}/agent").run_id == run.info.run_id


def test_facts_of_a_folder_and_of_a_version_name_what_they_were_asked_for(script, folder):
    save_model(folder, script(), metadata={"team": "search"})
    version = spanloom.register_model(folder, "echo")
    for uri in (folder, version.uri):
        info = get_model_info(uri)
        assert isinstance(info, ModelInfo)
        assert info.model_uri == str(uri)
        assert info.metadata["team"] == "search"
        assert spanloom.models.load_model(info.model_uri).metadata == info.model
    assert get_model_info(folder).name == folder.name
    with pytest.raises(ModelError, match="no such folder"):
        get_model_info(folder / "none")
