from __future__ import annotations

import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from serve_command import Command, served

import spanloom


def test_agents_are_served_by_name(tmp_path: Path):
    with served(tmp_path, "support=served_agents:echo", "served_agents:words") as command:
        models = httpx.get(f"{command.url}/v1/models", trust_env=False).json()["data"]
        assert [model["id"] for model in models] == ["support", "words"]
        answer = command.post("/v1/responses", model="support", input="hi")
        assert answer.json()["output"][0]["content"][0]["text"] == "echo hi"
        command.end()
    assert command.said[0].startswith("serving support, words at http://127.0.0.1:")
    spanloom.configure(store=f"sqlite:///{tmp_path}/served.db")
    trace = spanloom.get_trace(answer.headers["x-spanloom-trace-id"])
    assert trace is not None
    assert trace.info.name == "support"


def test_running_requests_finish_before_the_end(tmp_path: Path):
    (tmp_path / "slow.py").write_text(
        "import pathlib, time\n"
        "def agent(text: str) -> str:\n"
        "    pathlib.Path('began').touch()\n"
        "    while not pathlib.Path('release').exists(): time.sleep(0.01)\n"
        "    return 'done'\n"
    )
    with served(tmp_path, "slow.py:agent") as command, ThreadPoolExecutor(1) as pool:
        running = pool.submit(command.post, "/invocations", input="hi")
        while not (tmp_path / "began").exists():
            assert not running.done()
        command.process.send_signal(signal.SIGTERM)
        while httpx.get(f"{command.url}/ready", trust_env=False).status_code != 503:
            pass
        refused = command.post("/invocations", input="hi")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "stopping")
        (tmp_path / "release").touch()
        assert running.result().json()["output"][0]["content"][0]["text"] == "done"
        command.wait()
    spanloom.configure(store=f"sqlite:///{tmp_path}/served.db")
    assert [trace.info.state for trace in spanloom.search_traces()] == ["OK"]
    assert any("1 running requests" in line for line in command.said)


def test_draining_is_bounded(tmp_path: Path):
    (tmp_path / "endless.py").write_text(
        "import asyncio, pathlib\n"
        "async def agent(text: str) -> str:\n"
        "    pathlib.Path('began').touch()\n"
        "    await asyncio.Event().wait()\n"
    )
    with served(tmp_path, "endless.py:agent", "--drain-timeout", "0.2") as command, ThreadPoolExecutor(1) as pool:
        running = pool.submit(command.post, "/invocations", input="hi")
        while not (tmp_path / "began").exists():
            assert not running.done()
        command.end()
        stopped = running.result()
        assert (stopped.status_code, stopped.json()["error"]["code"]) == (503, "stopping")
    spanloom.configure(store=f"sqlite:///{tmp_path}/served.db")
    assert [trace.info.state for trace in spanloom.search_traces()] == ["CANCELLED"]


def test_several_workers_share_conversations_and_metrics(tmp_path: Path):
    with served(tmp_path, "served_agents:counts", "--workers", "2", "--state", "state.db") as command:
        answers = [command.post("/v1/responses", input="hi", conversation="c") for _ in range(6)]
        texts = [answer.json()["output"][0]["content"][0]["text"] for answer in answers]
        assert [text.split()[0] for text in texts] == ["1", "3", "5", "7", "9", "11"]
        metrics = httpx.get(f"{command.url}/metrics", trust_env=False).text
        assert re.search(r'spanloom_requests_total\{.*status="200"\} 6\.0', metrics)
        command.end()


def test_functions_of_a_module_are_served(tmp_path: Path):
    (tmp_path / "registered.py").write_text(
        "from spanloom.serving import invoke\n"
        "@invoke()\n"
        "def answer(request):\n"
        "    item = {'type': 'message', 'id': 'm', 'role': 'assistant',"
        " 'content': [{'type': 'output_text', 'text': 'hi', 'annotations': []}]}\n"
        "    return {'output': [item]}\n"
    )
    with served(tmp_path, "registered") as command:
        assert command.post("/invocations", input=[{"role": "user", "content": "x"}]).status_code == 200
        command.end(signal.SIGINT)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere:agent"], "there is no module 'nowhere'"),
        (["nowhere.py:agent"], "there is no file 'nowhere.py'"),
        (["served_agents:nobody"], "has no 'nobody'"),
        (["served_agents"], "registers no function"),
        (["served_agents:echo", "served_agents:echo"], "two agents are called 'echo'"),
        (["served_agents:AGENTS_OF_NOBODY.x"], "has no"),
        (["served_agents:asyncio"], "no adapter knows"),
        (["served_agents:echo", "--timeout", "0"], "timeout"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(tmp_path: Path, arguments: list[str], told: str):
    command = Command(tmp_path, *arguments)
    assert command.wait() in {1, 2}
    assert told in "".join(command.said)
    assert "Traceback" not in "".join(command.said)
