"""What can be saved: agents, functions, `PythonModel`, loader modules, pickled objects; synchronous or not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import spanloom
from spanloom.errors import ModelError, SchemaError
from spanloom.models import load_model, save_model


def test_an_agent_answers_in_a_fresh_interpreter_far_from_its_source(script, folder, tmp_path):
    path = script()
    save_model(folder, path, input_example={"input": "hi"})
    moved = tmp_path / "elsewhere"
    folder.rename(moved)
    path.unlink()
    code = f"from spanloom.models import load_model; print(load_model({str(moved)!r}).predict({{'input': 'hi'}}))"
    ended = subprocess.run([sys.executable, "-P", "-c", code], cwd="/", capture_output=True, text=True, check=True)
    assert "echo: hi" in ended.stdout


def test_an_agent_takes_dicts_and_typed_requests_and_streams(script, folder):
    from spanloom.schemas import ResponsesAgentRequest

    save_model(folder, script())
    model = load_model(folder)
    for request in ({"input": "hi"}, ResponsesAgentRequest(input="hi")):
        assert model.predict(request)["output"][0]["content"][0]["text"] == "echo: hi"
    assert [event["type"] for event in model.predict_stream({"input": "hi"})][-1] == "response.completed"
    assert isinstance(model.unwrap_python_model(), spanloom.ResponsesAgent)
    assert model.input_example == {"input": [{"role": "user", "content": "Hello!"}]}
    assert model.streamable


ASYNC_AGENT = """
import spanloom

class Slow(spanloom.ResponsesAgent):
    async def apredict_stream(self, request):
        yield self.create_text_delta("Hel", "msg_1")
        yield self.create_text_delta("lo", "msg_1")
        yield {"type": "response.output_item.done", "item": self.create_text_output_item("Hello", "msg_1")}

spanloom.models.set_model(Slow())
"""


@pytest.mark.anyio
async def test_an_async_agent_is_saved_and_answers_both_ways(script, folder):
    save_model(folder, script(ASYNC_AGENT), input_example={"input": "hi"})
    model = load_model(folder)
    answer = await model.apredict({"input": "hi"})
    assert answer["output"][0]["content"][0]["text"] == "Hello"
    assert "".join([e["delta"] async for e in model.apredict_stream({"input": "hi"}) if "delta" in e]) == "Hello"
    assert model.predict({"input": "hi"})["output"] == answer["output"]


def test_a_python_model_gets_its_artifacts_and_configuration(script, folder, tmp_path):
    (tmp_path / "words.txt").write_text("blue")
    path = script("""
        import spanloom
        from pathlib import Path

        class Finds(spanloom.PythonModel):
            def load_context(self, context):
                self.word = Path(context.artifacts["words"]).read_text()

            def predict(self, context, model_input, params=None):
                return [self.word in model_input, context.model_config["k"], params]

            def predict_stream(self, context, model_input, params=None):
                yield from model_input.split()

        spanloom.models.set_model(Finds())
    """)
    save_model(folder, path, artifacts={"words": str(tmp_path / "words.txt")}, model_config={"k": 1})
    assert load_model(folder).predict("a blue car", {"n": 2}) == [True, 1, {"n": 2}]
    model = load_model(folder, model_config={"k": 5})
    assert model.predict("a red car") == [False, 5, None]
    assert list(model.predict_stream("a red car")) == ["a", "red", "car"]


def test_a_function_has_the_signature_of_its_annotations(script, folder):
    path = script("""
        import spanloom
        from pydantic import BaseModel

        class Question(BaseModel):
            text: str
            limit: int | None = None

        def answer(model_input: list[Question]) -> list[str]:
            return [question.text.upper() for question in model_input]

        spanloom.models.set_model(answer)
    """)
    save_model(folder, path, input_example=[{"text": "hi"}])
    model = load_model(folder)
    assert model.metadata.is_signature_from_type_hint
    assert model.metadata.signature.outputs == [{"type": "string", "required": True}]
    assert model.predict([{"text": "hi"}]) == ["HI"]
    with pytest.raises(SchemaError, match=r"\[1\]\.text: is required but missing"):
        model.predict([{"text": "hi"}, {"limit": 3}])
    with pytest.raises(ModelError, match="does not stream"):
        model.predict_stream([{"text": "hi"}])


@pytest.mark.anyio
async def test_functions_may_be_asynchronous_or_generators(script, folder, tmp_path):
    save_model(folder, script("import spanloom\nasync def f(text): return text * 2\nspanloom.models.set_model(f)"))
    model = load_model(folder)
    assert model.predict("a") == await model.apredict("a") == "aa"
    words = "import spanloom\nasync def f(text):\n  for w in text.split(): yield w\nspanloom.models.set_model(f)"
    save_model(tmp_path / "words", script(words))
    model = load_model(tmp_path / "words")
    assert model.predict("a b") == list(model.predict_stream("a b")) == ["a", "b"]
    assert [word async for word in model.apredict_stream("a b")] == ["a", "b"]


def test_a_loader_module_is_given_its_data(script, folder, tmp_path):
    (tmp_path / "blob.txt").write_text("x")
    loader = script(
        """
        from pathlib import Path
        from parts import Repeats

        def _load_pyfunc(data_path):
            return Repeats(Path(data_path).read_text())
        """,
        "my_loader.py",
    )
    parts = script(
        "class Repeats:\n  def __init__(self, t): self.t = t\n  def predict(self, n): return self.t * n", "parts.py"
    )
    save_model(folder, loader_module="my_loader", data_path=tmp_path / "blob.txt", code_paths=[loader, parts])
    model = load_model(folder)
    assert model.predict(3) == "xxx"
    assert model.metadata.python_function["data"] == "data/blob.txt"
    assert "my_loader" not in sys.modules


@pytest.mark.parametrize(
    ("agent", "task"),
    [
        (
            """
            import spanloom

            class Echo(spanloom.ResponsesAgent):
                def predict(self, request):
                    text = request.input_items()[-1].content
                    return {"output": [self.create_text_output_item(f"echo: {text}", "msg_1")]}

            def _load_pyfunc(data_path):
                return Echo()
            """,
            "agent/v1/responses",
        ),
        (
            "def _load_pyfunc(data_path, model_config):\n  return lambda text, strict=True: text * model_config['n']",
            None,
        ),
        (
            """
            class Twice:
                def predict(self, text, strict=True, *more, **options):
                    return text * 2 if strict else None

                def predict_stream(self, text):
                    yield from text

            def _load_pyfunc(data_path):
                return Twice()
            """,
            None,
        ),
    ],
    ids=["agent", "function", "object"],
)
def test_a_loader_module_gives_any_kind_of_model(script, folder, agent, task):
    config = {"n": 2} if "model_config" in agent else None
    save_model(folder, loader_module="loads", code_paths=[script(agent, "loads.py")], model_config=config)
    model = load_model(folder)
    assert model.metadata.task == task
    if task is None:
        assert model.predict("ab") == "abab"
    else:
        assert model.predict({"input": "hi"})["output"][0]["content"][0]["text"] == "echo: hi"


@pytest.mark.anyio
async def test_a_python_model_may_be_asynchronous(script, folder, tmp_path):
    (tmp_path / "greeting.txt").write_text("Hi")
    path = script("""
        from pathlib import Path
        import spanloom

        class Greets(spanloom.PythonModel):
            async def load_context(self, context):
                self.greeting = Path(context.artifacts["greeting"]).read_text()

            async def predict(self, context, model_input):
                return f"{self.greeting}, {model_input}"

            async def predict_stream(self, context, model_input):
                yield self.greeting
                yield model_input

        spanloom.models.set_model(Greets())
    """)
    save_model(folder, path, artifacts={"greeting": tmp_path / "greeting.txt"}, input_example="Ann")
    model = load_model(folder)
    assert model.predict("Bo") == await model.apredict("Bo") == "Hi, Bo"
    assert list(model.predict_stream("Bo")) == [part async for part in model.apredict_stream("Bo")] == ["Hi", "Bo"]


def test_a_chat_agent_takes_typed_requests_and_streams(script, folder):
    from spanloom.schemas import ChatAgentRequest

    path = script("""
        import spanloom

        class Chat(spanloom.ChatAgent):
            def predict(self, messages, context=None, custom_inputs=None):
                return {"messages": [{"role": "assistant", "content": messages[-1].content, "id": "m1"}]}

            def predict_stream(self, messages, context=None, custom_inputs=None):
                for word in messages[-1].content.split():
                    yield {"delta": {"role": "assistant", "content": word, "id": "m1"}}

        spanloom.models.set_model(Chat())
    """)
    save_model(folder, path)
    model = load_model(folder)
    request = {"messages": [{"role": "user", "content": "two words"}]}
    for given in (request, ChatAgentRequest(**request)):
        assert model.predict(given)["messages"][0]["content"] == "two words"
        assert [chunk["delta"]["content"] for chunk in model.predict_stream(given)] == ["two", "words"]
    with pytest.raises(SchemaError, match=r"messages\[0\]\.role"):
        model.predict({"messages": [{"content": "hi"}]})


class Doubles(spanloom.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input * 2


def test_an_object_is_pickled_only_when_both_sides_ask_for_it(folder):
    cloudpickle = pytest.importorskip("cloudpickle")
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    with pytest.raises(ModelError, match="write a script"):
        save_model(folder, Doubles())
    with pytest.warns(UserWarning, match="runs whatever code is in it"):
        save_model(folder, Doubles(), allow_pickle=True)
    with pytest.raises(ModelError, match="allow_pickle=True"):
        load_model(folder)
    assert load_model(folder, allow_pickle=True).predict(4) == 8
    assert str(Path(__file__).parent).encode() not in (folder / "python_model.pkl").read_bytes()


def test_what_another_package_pickled_is_refused_too(folder):
    folder.mkdir(parents=True)
    flavor = {"loader_module": "json", "python_model": "python_model.pkl"}  # its loader is never asked
    (folder / "MLmodel").write_text(yaml.safe_dump({"flavors": {"python_function": flavor}}))
    with pytest.raises(ModelError, match=r"pickled object \(python_model.pkl\)"):
        load_model(folder)
    with pytest.raises(ModelError, match="no function _load_pyfunc"):
        load_model(folder, allow_pickle=True)


def test_an_object_that_can_not_be_pickled_says_what_to_do(folder):
    pytest.importorskip("cloudpickle")
    with Path(__file__).open("rb") as file:
        model = Doubles()
        model.file = file
        with pytest.warns(UserWarning, match="is pickled"), pytest.raises(ModelError, match="can't be pickled"):
            save_model(folder, model, allow_pickle=True)
    assert not folder.exists()


def test_two_models_with_modules_of_the_same_name_do_not_clash(script, tmp_path):
    agent = """
        import tools
        import spanloom
        from package.inner import number

        def f(text):
            from package import later
            return f"{tools.NAME} {number} {later.NAME}"

        spanloom.models.set_model(f)
    """
    for name in ("one", "two"):
        tools = script(f"NAME = {name!r}", "tools.py")
        script(f"from .later import NAME\nnumber = len({name!r} + NAME)", "package/inner.py")
        script("", "package/__init__.py")
        package = script(f"NAME = 'later {name}'", "package/later.py").parent
        save_model(tmp_path / name, script(agent), code_paths=[tools, package])
    one, two = load_model(tmp_path / "one"), load_model(tmp_path / "two")
    assert (one.predict(""), two.predict("")) == ("one 12 later one", "two 12 later two")
    assert "tools" not in sys.modules
    assert "package" not in sys.modules
    assert not list((tmp_path / "one").rglob("__pycache__"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "one of the two"),
        ({"python_model": "a.py", "loader_module": "b"}, "one of the two"),
        ({"python_model": "missing.py"}, "the path of a Python script"),
        ({"python_model": spanloom.PythonModel}, "not its class"),
        ({"python_model": "a.py", "data_path": "x"}, "use artifacts"),
        ({"python_model": len}, "set_model"),
        ({"python_model": "a.py", "signature": {"inputs": []}}, "expected a ModelSignature"),
    ],
)
def test_arguments_that_do_not_fit_together_are_told(folder, arguments, said):
    with pytest.raises(ModelError, match=said):
        save_model(folder, **arguments)
    assert not folder.exists()
