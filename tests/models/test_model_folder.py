"""What is in the folder of a saved model, and what is not."""

from __future__ import annotations

import getpass
import json
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

import spanloom
from spanloom.errors import ModelError
from spanloom.models import Model, add_to_model, get_model_dependencies, load_model, save_model
from spanloom.models.agent_signatures import SIGNATURES

GOLDEN = Path(__file__).parent / "golden"
CHAT_AGENT = """
import spanloom

class Chat(spanloom.ChatAgent):
    async def apredict(self, messages, context, custom_inputs):
        return {"messages": [{"role": "assistant", "content": messages[-1].content, "id": "m1"}]}

spanloom.models.set_model(Chat())
"""


def golden(name: str) -> dict:
    return yaml.safe_load((GOLDEN / f"{name}.yaml").read_text())


def saved(folder: Path) -> dict:
    return yaml.safe_load((folder / "MLmodel").read_text())


def as_json(value: object) -> object:
    """Read the texts of a signature, which may be spaced differently."""
    if isinstance(value, dict):
        return {key: json.loads(part) if str(part).startswith("[") else part for key, part in value.items()}
    return value


@pytest.mark.parametrize(("agent", "name"), [(None, "ra_MLmodel"), (CHAT_AGENT, "ca_MLmodel")])
def test_an_agent_is_described_as_mlflow_describes_one(script, folder, agent, name):
    path = script(agent) if agent else script()
    save_model(folder, path, model_config={"k": 1}, metadata={"mine": "x"})
    ours, theirs = saved(folder), golden(name)
    for part in ("metadata", "saved_input_example_info", "prompts", "is_signature_from_type_hint"):
        assert ours[part] == theirs[part]
    for part in ("inputs", "outputs"):
        assert json.loads(ours["signature"][part]) == json.loads(theirs["signature"][part])
    flavor, reference = ours["flavors"]["python_function"], theirs["flavors"]["python_function"]
    assert {key: flavor[key] for key in ("config", "env", "streamable")} == {
        key: reference[key] for key in ("config", "env", "streamable")
    }
    assert flavor["model_code_path"] == "agent.py"
    assert flavor["python_version"] == platform.python_version()
    assert ours["model_id"] == ours["model_uuid"]
    assert ours["model_id"].startswith("m-")


def test_the_chat_model_has_its_signature_and_task(script, folder):
    path = script("""
        import spanloom

        class Echo(spanloom.ChatModel):
            def predict(self, context, messages, params):
                return {"choices": [{"message": {"role": "assistant", "content": messages[-1].content}}]}

        spanloom.models.set_model(Echo())
    """)
    save_model(folder, path)
    model = load_model(folder)
    assert model.metadata.task == "agent/v1/chat"
    assert model.metadata.signature == SIGNATURES["agent/v1/chat"]
    assert model.predict(model.input_example)["choices"][0]["message"]["content"] == "Hello!"


def test_add_to_model_writes_what_mlflow_writes():
    model = add_to_model(
        Model(),
        "my.loader",
        data="data/x",
        code="code",
        conda_env="conda.yaml",
        python_env="python_env.yaml",
        model_config={"a": 1},
        model_code_path="agent.py",
        foo="bar",
        streamable=True,
    )
    flavor = golden("add_to_model")["flavors"]["python_function"]
    assert model.to_dict()["flavors"]["python_function"] == {**flavor, "python_version": platform.python_version()}


def test_no_path_user_or_secret_of_this_machine_is_saved(script, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("MY_API_KEY", "a-very-secret-value-of-mine")
    (tmp_path / "weights.bin").write_bytes(b"\x00\xff")
    package = script("import os\n", "package/__init__.py").parent
    (package / ".env").write_text("MY_API_KEY=a-very-secret-value-of-mine")
    (package / "__pycache__").mkdir()
    save_model(
        folder,
        script(),
        code_paths=[package],
        artifacts={"weights": tmp_path / "weights.bin"},
        input_example={"input": "hi"},
    )
    assert not list(folder.rglob(".*"))
    assert not list(folder.rglob("__pycache__"))
    here = [str(Path.home()), str(Path.cwd()), str(tmp_path), "a-very-secret-value-of-mine", sys.prefix]
    user = getpass.getuser()
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [text for text in here if text.encode() in content], path
            assert f"{user}@".encode() not in content
            assert f"/{user}".encode() not in content


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("KEY = 'a-very-secret-value-of-mine'", "agent.py holds the value of the environment variable MY_API_KEY"),
        ("KEY = 'sk-proj-" + "a1B2c3D4e5F6g7H8" * 3 + "'", "agent.py, line 1, holds what looks like a key"),
    ],
)
def test_a_secret_in_the_code_is_refused(script, folder, monkeypatch, line, said):
    monkeypatch.setenv("MY_API_KEY", "a-very-secret-value-of-mine")
    path = script()
    path.write_text(f"{line}\n{path.read_text()}")
    with pytest.raises(ModelError, match=said):
        save_model(folder, path)
    assert not folder.exists()
    assert not list(folder.parent.iterdir())


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"model_config": {"api_key": "hunter2"}}, r"model_config\.api_key"),
        ({"model_config": {"databases": [{"db_password": "hunter2"}]}}, r"model_config\.databases\.0\.db_password"),
        ({"metadata": {"access_token": "hunter2"}}, r"metadata\.access_token"),
        ({"resources": {"api": {"db": [{"password": "hunter2"}]}}}, r"resources\.api\.db\.0\.password"),
        ({"input_example": {"input": "hi", "custom_inputs": {"api_key": "hunter2"}}}, r"custom_inputs\.api_key"),
        ({"input_example": ("hi", {"password": "hunter2"})}, r"params\.password"),
    ],
)
def test_a_secret_in_the_configuration_is_refused(script, folder, arguments, path):
    with pytest.raises(ModelError, match=f"{path} looks like a secret"):
        save_model(folder, script(), **arguments)
    assert not folder.exists()


ADDRESS = "postgres://user:hunter2@host/db"


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({"model_config": {"db_url": ADDRESS}}, r"model_config\.db_url"),
        ({"metadata": {"seen": ["https://host/x?a=1&token=hunter2"]}}, r"metadata\.seen\.0"),
        ({"conda_env": {"channels": ["https://user:hunter2@host/conda"]}}, r"conda_env\.channels\.0"),
        ({"input_example": {"input": ADDRESS}}, r"input_example\.input"),
    ],
)
def test_an_address_with_a_password_is_refused(script, folder, arguments, path):
    with pytest.raises(ModelError, match=f"{path} holds an address with a password or token"):
        save_model(folder, script(), **arguments)
    assert not folder.exists()


def test_a_secret_in_a_frame_is_refused(script, folder):
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ModelError, match=r"input_example\.0\.api_key looks like a secret"):
        save_model(folder, script(), input_example=pandas.DataFrame({"api_key": ["hunter2"]}))


def test_where_a_secret_is_may_be_saved(script, folder):
    config = {"api_key": "OPENAI_API_KEY", "password": "${DB_PASSWORD}", "max_tokens": "4000", "token": None}
    config |= {"url": "postgres://user:${PASSWORD}@host:5432/db", "page": "https://host/x?page_token=4"}
    save_model(folder, script(), model_config=config)
    assert load_model(folder).model_config == config


def test_a_path_of_this_machine_in_the_code_is_told(script, folder):
    path = script()
    path.write_text(f"{path.read_text()}\nDATA = {str(Path.home() / 'data.csv')!r}\n")
    with pytest.warns(UserWarning, match=r"agent\.py, line \d+, names a path of this machine, .*data\.csv"):
        save_model(folder, path)


def test_a_loader_module_is_described_as_mlflow_describes_one(script, folder, tmp_path):
    (tmp_path / "blob.txt").write_text("x")
    loader = script("def _load_pyfunc(data_path):\n  return len", "myloader.py")
    save_model(folder, loader_module="myloader", data_path=tmp_path / "blob.txt", code_paths=[loader])
    flavor = golden("loader_module_MLmodel")["flavors"]["python_function"]
    assert saved(folder)["flavors"]["python_function"] == {**flavor, "python_version": platform.python_version()}


def test_an_annotated_function_has_the_signature_that_mlflow_gives_it(script, folder):
    path = script("""
        import spanloom

        def shout(model_input: list[str]) -> list[str]:
            return [text.upper() for text in model_input]

        spanloom.models.set_model(shout)
    """)
    save_model(folder, path, input_example=["hi"])
    ours, theirs = saved(folder), golden("function_model_MLmodel")
    for part in ("signature", "saved_input_example_info", "is_signature_from_type_hint", "prompts"):
        assert as_json(ours[part]) == as_json(theirs[part])


def test_the_digests_are_those_that_sha256sum_checks(script, folder):
    save_model(folder, script())
    listed = {line[66:] for line in (folder / "files.sha256").read_text().splitlines()}
    assert listed == {path.relative_to(folder).as_posix() for path in folder.rglob("*")} - {"files.sha256"}
    subprocess.run(["sha256sum", "--check", "--quiet", "files.sha256"], cwd=folder, check=True)


def test_the_requirements_are_what_the_model_imports_when_it_answers(script, folder):
    path = script("""
        import spanloom

        class Lazy(spanloom.ResponsesAgent):
            def predict(self, request):
                import anyio
                return {"output": [self.create_text_output_item("hi", "msg_1")]}

        spanloom.models.set_model(Lazy())
    """)
    save_model(folder, path, input_example={"input": "hi"})
    lines = (folder / "requirements.txt").read_text().splitlines()
    assert f"anyio=={version('anyio')}" in lines
    assert f"pydantic=={version('pydantic')}" in lines
    assert f"spanloom[models]=={spanloom.__version__}" in lines
    assert not [line for line in lines if line.startswith("pytest")]
    assert get_model_dependencies(folder) == str(folder / "requirements.txt")
    conda = yaml.safe_load(Path(get_model_dependencies(folder, "conda")).read_text())
    assert conda["dependencies"] == [f"python={platform.python_version()}", "pip", {"pip": lines}]
    assert yaml.safe_load((folder / "python_env.yaml").read_text())["dependencies"] == ["-r requirements.txt"]


def test_requirements_can_be_given(script, folder, tmp_path):
    save_model(folder, script(), extra_pip_requirements=["httpx>=0.27", "pydantic>=2"])
    lines = (folder / "requirements.txt").read_text().splitlines()
    assert lines[-2:] == ["httpx>=0.27", "pydantic>=2"]
    assert not [line for line in lines if line.startswith("pydantic==")]
    other = tmp_path / "other"
    file = script("# mine\nhttpx==0.28.1\n", "requirements.txt")
    save_model(other, script(), pip_requirements=file)
    assert (other / "requirements.txt").read_text() == f"httpx==0.28.1\nspanloom[models]=={spanloom.__version__}\n"


@pytest.mark.parametrize(
    "line",
    [
        "-e .",
        "/home/me/wheel.whl",
        "C:\\x\\y.whl",
        "dist/y.whl",
        "y.whl",
        "x @ file:///tmp/x",
        "x @ https://me:pw@host/x.whl",
        "x @ git+https://token@host/x",
        "x @ https://host/x.whl?token=abc",
    ],
)
def test_requirements_of_this_machine_only_are_refused(script, folder, line):
    with pytest.raises(ModelError, match="requirement"):
        save_model(folder, script(), pip_requirements=[line])
    assert not folder.exists()


def test_requirements_of_every_form_are_kept(script, folder):
    lines = [
        "httpx[http2] >= 0.27, < 1 ; python_version >= '3.11'",
        "x @ git+ssh://git@github.com/me/x@1f2e3d",
        "y@https://host/y-1.0-py3-none-any.whl",
        "z~=1.0",
        "w",
        "v (>=2)",
    ]
    save_model(folder, script(), pip_requirements=lines)
    assert (folder / "requirements.txt").read_text().splitlines()[:-1] == lines


def test_a_file_of_requirements_may_hold_digests(script, folder):
    locked = "httpx==0.28.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via x\nanyio==4\n"
    file = script(locked, "locked.txt")
    save_model(folder, script(), pip_requirements=file)
    assert (folder / "requirements.txt").read_text().splitlines()[:-1] == ["httpx==0.28.1", "anyio==4"]


def test_resources_prompts_and_metadata_are_kept(script, folder):
    resources = {"databricks": {"serving_endpoint": [{"name": "gpt"}]}}
    save_model(folder, script(), resources=resources, prompts=["prompts:/weather/3"], metadata={"owner": "ann"})
    metadata = load_model(folder).metadata
    assert (metadata.resources, metadata.prompts) == (resources, ["prompts:/weather/3"])
    assert metadata.metadata == {"owner": "ann", "task": "agent/v1/responses"}
    assert metadata.model_size_bytes > (folder / "agent.py").stat().st_size
