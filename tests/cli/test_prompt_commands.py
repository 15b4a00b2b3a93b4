from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import spanloom

Command = Callable[..., Any]


@pytest.fixture(autouse=True)
def prompts() -> None:
    spanloom.register_prompt("greet", "Hello {{ name }}!", "First words", {"team": "a"})
    spanloom.register_prompt(
        "greet", [{"role": "user", "content": "Greet {{ name }}\x1b[2J"}], model_config={"top_k": 1}
    )
    spanloom.set_prompt_alias("greet", "production", 1)


def test_list_shows_prompts_and_what_fits(run_spanloom: Command) -> None:
    header, line = run_spanloom("prompts", "list").stdout.splitlines()
    assert header.split() == ["NAME", "LATEST", "CREATED", "ALIASES", "TAGS"]
    assert (line.split()[:2], line.split()[3:]) == (["greet", "2"], ["production=1", "team=a"])
    found = run_spanloom("prompts", "list", "--filter", "tags.team = 'a'", "--json").stdout
    assert [prompt["aliases"] for prompt in json.loads(found)] == [{"production": 1}]
    assert "No prompt in" in run_spanloom("prompts", "list", "--filter", "name = 'b'").stdout
    assert "did you mean name" in run_spanloom("prompts", "list", "--filter", "nme = 'b'").stderr


def test_show_prints_a_version_and_what_others_there_are(run_spanloom: Command) -> None:
    shown = run_spanloom("prompts", "show", "prompts:/greet@production").stdout
    assert shown.splitlines()[0] == "prompts:/greet/1 @production"
    assert "Hello {{ name }}!" in shown
    assert "variables: name" in shown
    assert [line.split()[0] for line in shown.splitlines()[-2:]] == ["2", "1"]
    newest = run_spanloom("prompts", "show", "greet").stdout
    assert "[user]\nGreet {{ name }}\ufffd[2J\n\n[model_config]" in newest
    document = json.loads(run_spanloom("prompts", "show", "greet/1", "--json").stdout)
    assert (document["uri"], document["variables"]) == ("prompts:/greet/1", ["name"])
    missing = run_spanloom("prompts", "show", "greet/9")
    assert (missing.returncode, "no version 9 of a prompt 'greet'" in missing.stderr) == (1, True)


def test_diff_shows_what_is_different(run_spanloom: Command) -> None:
    lines = run_spanloom("prompts", "diff", "greet@production", "greet").stdout.splitlines()
    assert "-Hello {{ name }}!" in lines
    assert "+[user]" in lines
    assert "are alike" in run_spanloom("prompts", "diff", "greet/1", "greet@production").stdout
    document = json.loads(run_spanloom("prompts", "diff", "greet/1", "greet/2", "--json").stdout)
    assert document["diff"].startswith("--- prompts:/greet/1\n+++ prompts:/greet/2\n")


def test_register_takes_texts_messages_and_exported_files(run_spanloom: Command, tmp_path: Path) -> None:
    pytest.importorskip("yaml", reason="pip install 'spanloom[prompts]'")

    def register(*arguments: str) -> dict[str, Any]:
        done = run_spanloom("prompts", "register", "new", *arguments, "--json")
        assert done.stderr == ""
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    text, messages, exported = (tmp_path / name for name in ("a.txt", "a.json", "a.md"))
    text.write_text("Hi {{ you }}\n", encoding="utf-8")
    (tmp_path / "windows.txt").write_bytes(b"\xef\xbb\xbfHi\r\nyou\r\n")
    messages.write_text('[{"role": "user", "content": "Hi"}]', encoding="utf-8")
    exported.write_text("---\ncommit_message: mine\ntags: {a: b}\n---\nHi\n", encoding="utf-8")
    first = register(str(text), "-m", "words", "--tag", "team=a=b")
    assert (first["version"], first["template"], first["tags"]) == (1, "Hi {{ you }}", {"team": "a=b"})
    assert register(str(messages))["template"] == [{"role": "user", "content": "Hi"}]
    third = register(str(exported), "--tag", "c=d")
    assert (third["commit_message"], third["tags"]) == ("mine", {"a": "b", "c": "d"})
    assert register(str(tmp_path / "windows.txt"))["template"] == "Hi\nyou"
    assert register("--template", "")["template"] == ""
    for wrong, told in (
        ([], "give a FILE"),
        ([str(tmp_path / "none.txt")], "none.txt"),
        (["--template", "x", "--tag", "a"], "expected KEY=VALUE"),
    ):
        failed = run_spanloom("prompts", "register", "new", *wrong)
        assert (failed.returncode, told in failed.stderr) == (1, True)


def test_prompts_go_to_files_and_come_back(run_spanloom: Command, tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    folder, other = str(tmp_path / "files"), f"sqlite:///{tmp_path}/other.db"
    assert run_spanloom("prompts", "export", folder).stdout.splitlines()[-1] == "3 files written"
    assert json.loads(run_spanloom("prompts", "export", folder, "--json").stdout) == {"written": []}
    imported = json.loads(run_spanloom("prompts", "import", folder, "--store", other, "--json").stdout)
    assert imported == {"registered": ["prompts:/greet/1", "prompts:/greet/2"]}
    assert run_spanloom("prompts", "import", folder, "--store", other).stdout == "0 new versions\n"
    assert "greet/1 @production" in run_spanloom("prompts", "show", "greet/1", "--store", other).stdout


def test_an_alias_is_set_and_removed(run_spanloom: Command) -> None:
    assert run_spanloom("prompts", "alias", "greet/2", "staging").stdout == "greet@staging is prompts:/greet/2\n"
    done = run_spanloom("prompts", "alias", "greet", "staging", "--delete", "--json").stdout
    assert json.loads(done) == {"name": "greet", "aliases": {"production": 1}}
    assert "reserved" in run_spanloom("prompts", "alias", "greet/2", "latest").stderr


def test_delete_takes_one_version_or_all(run_spanloom: Command) -> None:
    asked = run_spanloom("prompts", "delete", "greet")
    assert (asked.returncode, "Delete prompts:/greet with all its versions from" in asked.stderr) == (2, True)
    assert run_spanloom("prompts", "delete", "greet/2", "-y").stdout == "prompts:/greet/2 deleted\n"
    assert run_spanloom("prompts", "delete", "greet/1", "-y").stdout == "prompts:/greet/1 deleted\n"
    assert json.loads(run_spanloom("prompts", "delete", "greet", "-y", "--json").stdout) == {
        "deleted": "prompts:/greet"
    }
    assert "No prompts yet" in run_spanloom("prompts", "list").stdout
