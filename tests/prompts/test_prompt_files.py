from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import spanloom
from spanloom.errors import NotFoundError, PromptError
from spanloom.testing import reset

pytest.importorskip("yaml", reason="pip install 'spanloom[prompts]'")


def contents(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes().decode() for path in files}


def edit(folder: Path, name: str, content: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode())


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [
        "---\na: b\n---\n",
        "\x85",
        "a\u2028\nb",
        "\n",
        " \n\n",
        "\r\n",
        "a\tb \n  c\n",
        "{{ a }}\n",
        "- x: 1",
        "null",
        "\ufeff",
        "\x00",
        "#",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
MESSAGES = st.lists(
    st.fixed_dictionaries({"role": TEXTS.filter(bool), "content": TEXTS}, optional={"name": TEXTS, "extra": JSON}),
    min_size=1,
    max_size=3,
)
KEYS = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=10)
VERSIONS = st.lists(
    st.fixed_dictionaries(
        {"template": TEXTS.filter(lambda each: "{%" not in each) | MESSAGES},
        optional={
            "commit_message": TEXTS,
            "tags": st.dictionaries(KEYS, TEXTS, max_size=2),
            "response_format": st.dictionaries(TEXTS, JSON, max_size=2),
            "model_config": st.fixed_dictionaries({"model_name": TEXTS, "extra": JSON}),
        },
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_.-]{0,8}", fullmatch=True), VERSIONS, min_size=1, max_size=2))
def test_what_was_exported_and_imported_is_the_same(prompts: dict[str, list[dict[str, Any]]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        spanloom.configure(store=f"sqlite:///{place}/first.db")
        for name, versions in prompts.items():
            for version in versions:
                spanloom.register_prompt(name, **version)
            spanloom.set_prompt_alias(name, "production", 1)
        spanloom.export_prompts(Path(place, "files"))
        before = spanloom.search_prompts(), [spanloom.search_prompt_versions(name) for name in prompts]
        spanloom.configure(store=f"sqlite:///{place}/second.db")
        assert len(spanloom.import_prompts(Path(place, "files"))) == sum(map(len, prompts.values()))
        after = spanloom.search_prompts(), [spanloom.search_prompt_versions(name) for name in prompts]
        assert [(each.name, each.tags, each.aliases) for each in before[0]] == [
            (each.name, each.tags, each.aliases) for each in after[0]
        ]
        assert after[1] == before[1]
        assert spanloom.export_prompts(Path(place, "files")) == []
        reset()


def test_files_are_for_people(tmp_path):
    spanloom.register_prompt("greet", "Hello {{ name }}!\n\nBe\tbrief. \n", "First words", {"team": "a"})
    chat = [{"role": "system", "content": "You are kind.\nAlways."}, {"role": "user", "content": "{{ q }}"}]
    spanloom.register_prompt("greet", chat)
    spanloom.set_prompt_alias("greet", "production", 1)
    written = spanloom.export_prompts(tmp_path / "p")
    assert [str(path.relative_to(tmp_path)) for path in written] == [
        "p/greet/prompt.yaml",
        "p/greet/1.md",
        "p/greet/2.yaml",
    ]
    files = contents(tmp_path / "p")
    assert files["greet/prompt.yaml"] == "aliases:\n  production: 1\ntags:\n  team: a\n"
    assert files["greet/1.md"].startswith("---\ncommit_message: First words\ntags:\n  team: a\ncreation_timestamp: 1")
    assert files["greet/1.md"].endswith("\n---\nHello {{ name }}!\n\nBe\tbrief. \n\n")
    messages = (
        "messages:\n- role: system\n  content: |-\n    You are kind.\n    Always.\n- role: user\n  content: '{{ q }}'\n"
    )
    assert files["greet/2.yaml"].endswith(messages)
    assert spanloom.export_prompts(tmp_path / "p") == []


def test_files_with_windows_ends_of_lines_are_the_same_files(tmp_path):
    chat = [{"role": "user", "content": "{{ q }}\nNow."}]
    kept = ["Hello {{ name }}!\n\nBe brief.\n", chat, "Hello\r\nyou"]
    for template in kept:
        spanloom.register_prompt("greet", template, "One\nTwo", {"team": "a"})
    spanloom.export_prompts(tmp_path)
    for path in tmp_path.rglob("*.*"):
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert spanloom.import_prompts(tmp_path) == []
    spanloom.configure(store=f"sqlite:///{tmp_path}/second.db")
    edit(tmp_path, "greet/4.md", "\ufeff---\r\ncommit_message: x\r\n---\r\nBy hand\r\n")
    edit(tmp_path, "greet/5.md", "By hand\r\nonly\r\n")
    imported = spanloom.import_prompts(tmp_path)
    assert [each.template for each in imported] == [*kept[:2], "Hello\nyou", "By hand", "By hand\nonly"]
    assert [each.commit_message for each in imported] == ["One\nTwo"] * 3 + ["x", None]


def test_a_new_file_is_a_new_version(tmp_path):
    spanloom.register_prompt("greet", "Hello")
    spanloom.export_prompts(tmp_path)
    edit(tmp_path, "greet/5.md", "Hi {{ name }}\n")
    edit(tmp_path, "greet/prompt.yaml", "aliases: {production: 5}\ntags: {team: a}\n")
    edit(tmp_path, "greet/README.txt", "not a version")
    (new,) = spanloom.import_prompts(tmp_path)
    assert (new.version, new.template, new.creation_timestamp > 0) == (5, "Hi {{ name }}", True)
    assert spanloom.load_prompt("greet@production").format(name="Ada") == "Hi Ada"
    assert spanloom.import_prompts(tmp_path) == []
    assert spanloom.register_prompt("greet", "next").version == 6


def refused(folder: Path, names: list[str] | None = None) -> str:
    with pytest.raises(PromptError) as caught:
        spanloom.import_prompts(folder, names)
    return str(caught.value)


def test_an_edited_version_is_refused_and_nothing_imported(tmp_path):
    spanloom.register_prompt("greet", "Hello")
    spanloom.export_prompts(tmp_path)
    edit(tmp_path, "a/1.md", "new")
    edit(tmp_path, "greet/1.md", "Hullo")
    told = refused(tmp_path)
    assert "greet/1.md: the template of version 1 is another one in the store" in told
    assert "save the file under the next number, 2" in told
    assert [prompt.name for prompt in spanloom.search_prompts()] == ["greet"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a/1.yaml", "messages: [", "a/1.yaml: its YAML can't be read"),
        ("a/1.yaml", "template: x", "a/1.yaml: it has no 'messages'"),
        ("a/1.yaml", "- x", "should hold names with values, got list"),
        ("a/1.yaml", "messages: [{role: user}]", r"a/1.yaml: template[0].content"),
        ("a/1.md", "---\ncomit_message: x\n---\n", "'comit_message' is not known; expected commit_message"),
        ("a/1.md", "---\ncommit_message: 3\n---\n", "commit_message: expected a text, got 3"),
        ("a/1.md", "---\ntags: x\n---\n", "tags: expected keys and values"),
        ("a/1.md", "---\ncreation_timestamp: -1\n---\n", "expected Unix milliseconds"),
        ("a/1.md", "---\nmodel_config: {temperature: -1}\n---\n", "model_config.temperature"),
        ("a/prompt.yaml", "aliases: {x: 7}", "aliases.x: there is no version 7"),
        ("a/prompt.yaml", "alias: {x: 7}", "'alias' is not known"),
        ("a/2.yaml", "messages: [{role: user, content: hi}]", "two files of version 2"),
        ("b c/1.md", "x", "'b c' is no name of a prompt"),
        ("b/x.md", "x", "holds no version"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path, name, content, told):
    edit(tmp_path, "a/2.md", "fine")
    edit(tmp_path, name, content)
    assert told in refused(tmp_path)
    assert spanloom.search_prompts() == []


def test_some_prompts_may_be_named(tmp_path):
    for name in "abc":
        spanloom.register_prompt(name, "Hi")
    folder = tmp_path / "p"
    spanloom.export_prompts(folder, ["a", "b"])
    assert sorted(contents(folder)) == ["a/1.md", "b/1.md"]
    spanloom.delete_prompt("a")
    spanloom.delete_prompt("b")
    assert [each.name for each in spanloom.import_prompts(folder, ["b"])] == ["b"]
    assert "holds no prompt c" in refused(folder, ["c"])
    assert "can't be read" in refused(folder / "none")
    with pytest.raises(NotFoundError, match="no prompt 'zz'"):
        spanloom.export_prompts(folder, ["zz"])
