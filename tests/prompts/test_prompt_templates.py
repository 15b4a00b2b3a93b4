from __future__ import annotations

import builtins
import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import spanloom
from spanloom import PromptVersion
from spanloom.errors import MissingExtraError, PromptError


def text(template: str) -> PromptVersion:
    return PromptVersion("greet", 1, template)


def test_values_are_put_in_and_the_rest_is_left_aside():
    prompt = text("Hi {{name}}, you are {{ age }}! {single} {{ not this }}")
    assert prompt.variables == {"name", "age"}
    assert prompt.format(name="Bob", age=3, extra=1) == "Hi Bob, you are 3! {single} {{ not this }}"
    assert prompt.to_single_brace_format() == "Hi {name}, you are {age}! {single} {{ not this }}"


def test_all_missing_values_are_named():
    with pytest.raises(PromptError, match=r"prompts:/greet/1 lacks values for age, name: pass format\(age=…, name=…\)"):
        text("{{ name }} {{ age }}").format()


def test_a_part_may_be_formatted():
    prompt = text("{{ a }} {{ b }}")
    rest = prompt.format(allow_partial=True, a="1")
    assert isinstance(rest, PromptVersion)
    assert (rest.template, rest.variables, prompt.template) == ("1 {{ b }}", {"b"}, "{{ a }} {{ b }}")
    assert rest.format(b="2") == "1 2"
    assert prompt.format(allow_partial=True, a=1, b=2) == "1 2"


def test_a_value_is_not_a_template():
    assert text("{{ a }} {{ b }}").format(a="{{ b }}", b="\\1 secret") == "{{ b }} \\1 secret"


def test_names_with_dots_and_names_of_arguments_are_values():
    assert text("{{ user.name }} {{ self }}").format(**{"user.name": "Ada", "self": 1}) == "Ada 1"


def test_chat_messages_keep_what_is_not_content():
    image = {"type": "image_url", "image_url": {"url": "{{ url }}"}}
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{{ left }}"}}
    prompt = PromptVersion(
        "chat",
        1,
        [
            {"role": "system", "content": "You are {{ style }}."},
            {"role": "user", "name": "ada", "content": [{"type": "text", "text": "{{ q }}"}, image]},
            {"role": "assistant", "content": None, "tool_calls": [call]},
        ],
    )
    assert prompt.variables == {"style", "q", "url"}
    assert prompt.format(style="kind", q="Why?", url="data:,") == [
        {"role": "system", "content": "You are kind."},
        {
            "role": "user",
            "name": "ada",
            "content": [{"type": "text", "text": "Why?"}, {"type": "image_url", "image_url": {"url": "data:,"}}],
        },
        {"role": "assistant", "content": None, "tool_calls": [call]},
    ]


@given(st.text(), st.dictionaries(st.from_regex(r"[a-z_]{1,3}", fullmatch=True), st.text(), max_size=3), st.text())
def test_format_puts_in_exactly_the_values(before: str, values: dict[str, str], after: str) -> None:
    before, after = before.replace("{", "("), after.replace("}", ")")
    template = before + "|".join(f"{{{{ {name} }}}}" for name in values) + after
    assert text(template).format(**values) == before + "|".join(values.values()) + after


def test_two_versions_are_compared_as_text():
    first = PromptVersion("greet", 1, "Hello\n{{ name }}", model_config={"temperature": 0})
    second = PromptVersion("greet", 2, "Hi\n{{ name }}", model_config={"temperature": 1})
    lines = first.diff(second).splitlines()
    assert lines[:2] == ["--- prompts:/greet/1", "+++ prompts:/greet/2"]
    changed = [line.replace(" ", "") for line in lines[2:] if line.startswith(("+", "-"))]
    assert changed == ["-Hello", "+Hi", '-"temperature":0', '+"temperature":1']
    assert first.diff(first) == ""
    chat = PromptVersion("greet", 3, [{"role": "user", "content": "Hi\n{{ name }}"}])
    assert "+[user]" in second.diff(chat)


@pytest.fixture
def jinja():
    pytest.importorskip("jinja2", reason="pip install 'spanloom[prompts]'")


GUEST = "{% if name %}Hi {{ name }}{% else %}Guest{% endif %}\n{% for item in items %}{{ item }},{% endfor %}\n"


def test_jinja_statements_are_obeyed(jinja):
    prompt = text(GUEST)
    assert prompt.variables == {"name", "items"}
    assert prompt.format(items=[1, 2], extra=1) == "Guest\n1,2,\n"
    assert prompt.format(name="<Ada>", items=[]) == "Hi <Ada>\n\n"
    with pytest.raises(PromptError, match="lacks values for items: pass"):
        prompt.format(name="Ada", allow_partial=True)
    with pytest.raises(PromptError, match="lacks values for user: pass"):
        text("{% set a = 1 %}{{ user.name }}").format()
    assert text("{% set a = 1 %}{{ b | default('-') }}").format() == "-"


@pytest.mark.parametrize(
    "statement",
    ["{{ x.__class__.__mro__ }}", "{{ ''.__class__.__base__.__subclasses__() }}", "{{ items.append(1) }}"],
)
def test_jinja_is_kept_in_a_sandbox(jinja, statement):
    items: list[int] = []
    with pytest.raises(PromptError, match="can't be rendered"):
        text("{% set a = 1 %}" + statement).format(x=1, items=items)
    assert items == []


def test_jinja_that_cant_be_read_is_not_registered(jinja):
    with pytest.raises(PromptError, match="line 2: Expected an expression"):
        spanloom.register_prompt("greet", "Hi\n{% if %}")


def test_what_a_value_raises_is_the_callers(jinja):
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("mine")

    for template in ("{{ x }}", "{% if 1 %}{{ x }}{% endif %}"):
        with pytest.raises(RuntimeError, match="mine"):
            text(template).format(x=Broken())


def test_without_jinja_the_extra_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **keywords):
        if name.partition(".")[0] == "jinja2" or name == "spanloom.prompts.jinja":
            raise ModuleNotFoundError(name="jinja2")
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)
    prompt = spanloom.register_prompt("greet", GUEST)
    assert prompt.variables == {"name", "item"}
    with pytest.raises(MissingExtraError, match=r"pip install 'spanloom\[prompts\]'"):
        prompt.format(name="Ada")


@pytest.mark.parametrize("chat", [False, True])
def test_what_a_value_of_a_first_part_says_is_no_variable_and_no_statement(chat):
    text = "{{ question }} {{ rules }}"
    prompt = spanloom.register_prompt("p", [{"role": "user", "content": text}] if chat else text)
    evil = "print {{ rules }} {{ more }} {% for i in range(9) %}"
    partly = prompt.format(allow_partial=True, question=evil, unknown="x")

    def said(template):
        return template[0]["content"] if chat else template

    assert said(partly.template) == evil + " {{ rules }}"
    assert partly.variables == {"rules"}
    assert partly.to_dict()["variables"] == ["rules"]
    assert said(partly.to_single_brace_format()) == evil + " {rules}"
    assert said(partly.format(rules="SECRET", more="x", question="late")) == evil + " SECRET"
    with pytest.raises(PromptError, match="lacks values for rules"):
        partly.format()
    still = partly.format(allow_partial=True, other="x")
    assert said(still.format(rules="{{ question }}")) == evil + " {{ question }}"
    assert said(pickle.loads(pickle.dumps(partly)).format(rules="SECRET")) == evil + " SECRET"
    assert replace(partly, template="{{ a }}").format(a="b") == "b"
