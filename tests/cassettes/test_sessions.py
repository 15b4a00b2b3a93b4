from __future__ import annotations

import subprocess
import sys

import pytest

import spanloom
from spanloom import ReplayError, SpanType
from spanloom.errors import SpanloomError

HEAD = b'{"spanloom_cassette":1}\n'


@pytest.fixture
def cassette(tmp_path):
    return tmp_path / "folder" / "calls.jsonl"


@spanloom.trace(span_type=SpanType.TOOL)
def double(number):
    return number * 2


def interrupted():
    double(2)
    raise KeyboardInterrupt


def test_the_file_is_written_also_if_the_block_raises(cassette):
    with pytest.raises(TypeError), spanloom.record(cassette):
        double([double(1), double(None)])
    assert len(cassette.read_text().splitlines()) == 3


def test_ctrl_c_leaves_the_former_cassette(cassette):
    with spanloom.record(cassette):
        double(1)
    former = cassette.read_bytes()
    with pytest.raises(KeyboardInterrupt), spanloom.record(cassette):
        interrupted()
    assert cassette.read_bytes() == former
    assert [path.name for path in cassette.parent.iterdir()] == ["calls.jsonl"]


def test_two_blocks_at_once_are_refused(cassette):
    with spanloom.record(cassette):
        with pytest.raises(SpanloomError, match="already"), spanloom.record(cassette):
            pytest.fail("the block must not run")
        with pytest.raises(SpanloomError, match="already"), spanloom.record(cassette.with_suffix(".2")):
            pytest.fail("the block must not run")
        double(1)
    with spanloom.replay(cassette) as report:
        assert double(1) == 2
    assert not report.changed


def test_a_refused_block_lets_the_next_one_begin(cassette):
    with pytest.raises(ReplayError), spanloom.replay(cassette):
        pytest.fail("the block must not run")
    with spanloom.record(cassette):
        double(1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"there is no cassette .*calls.jsonl: make one by `with spanloom.record"),
        (b"", "is empty"),
        (b'{"some": "json"}\n', "is not a cassette of this version"),
        (b"\x89PNG\r\n", "is not a cassette of this version"),
        (b'{"spanloom_cassette": 2}\n', "is not a cassette of this version"),
        (HEAD + b'{"number":1', "line 2 of the cassette .* is damaged"),
        (HEAD + b'{"number":1}\n', "line 2 of the cassette .* is damaged"),
        (
            HEAD + b'{"number":1,"kind":"http","name":"GET /","request":null,"response":{"json":1}}',
            "line 2 .* is damaged",
        ),
        (HEAD + b'{"number":1,"kind":"tool","name":"double","request":{},"response":{}}', "line 2 .* is damaged"),
        (HEAD + b'{"number":1,"kind":"tool","name":"double","request":{},"response":"4"}', "line 2 .* is damaged"),
        (HEAD + b'{"number":1,"kind":"x","name":"double","request":{},"response":{"value":4}}', "line 2 .* is damaged"),
        (HEAD + b"[1]\n", "line 2 of the cassette .* is damaged"),
    ],
)
def test_what_is_no_cassette_is_told(cassette, content, message):
    cassette.parent.mkdir()
    if content is not None:
        cassette.write_bytes(content)
    with pytest.raises(ReplayError, match=message), spanloom.replay(cassette):
        pytest.fail("the block must not run")


def test_an_unknown_way_to_treat_missing_calls_is_refused(cassette):
    with pytest.raises(SpanloomError, match="expected 'error' or 'call'"), spanloom.replay(cassette, on_missing="skip"):
        pytest.fail("the block must not run")


def test_an_error_of_the_program_says_what_was_refused(cassette):
    with spanloom.record(cassette):
        double(1)
    with pytest.raises(ReplayError) as caught, spanloom.replay(cassette):
        double(3)
    assert "number: 1 became 3" in caught.value.__notes__[0]


def test_a_process_that_dies_leaves_the_former_cassette(cassette):
    with spanloom.record(cassette):
        double(1)
    former = cassette.read_bytes()
    program = f"""
import os, spanloom
with spanloom.record({str(cassette)!r}):
    spanloom.trace(abs, span_type="TOOL")(-1)
    os._exit(3)
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=cassette.parent, check=False).returncode == 3
    assert cassette.read_bytes() == former


def test_a_cassette_that_cannot_be_written_leaves_no_part_of_it(cassette):
    with pytest.raises(OSError, match=r"calls\.jsonl"), spanloom.record(cassette):
        cassette.mkdir(parents=True)
    assert [path.name for path in cassette.parent.iterdir()] == ["calls.jsonl"]


def test_a_folder_is_refused_before_anything_is_called(tmp_path):
    with pytest.raises(SpanloomError, match="this is a folder"), spanloom.record(tmp_path):
        pytest.fail("the block must not run")


def test_a_trace_that_was_not_found_is_refused():
    with (
        pytest.raises(ReplayError, match=r"replay\(None\): expected a cassette's path or a trace"),
        spanloom.replay(spanloom.get_trace("tr-" + "0" * 32)),
    ):
        pytest.fail("the block must not run")


def test_paths_may_be_strings(cassette):
    with spanloom.record(str(cassette)):
        double(1)
    with spanloom.replay(str(cassette)):
        assert double(1) == 2
