"""Several processes and threads with one store."""

from __future__ import annotations

import subprocess
import sys
import threading

import spanloom

REGISTER = """
import sys, spanloom
spanloom.configure(store=sys.argv[1])
sys.stdin.readline()
print(*[spanloom.register_prompt("greet", f"{sys.argv[2]}:{number}").version for number in range(25)])
"""


def test_processes_that_register_at_once_get_versions_of_their_own(store):
    command = [sys.executable, "-c", REGISTER, f"sqlite:///{store}"]
    processes = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(4)
    ]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    versions = [list(map(int, process.communicate()[0].split())) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert sorted(number for each in versions for number in each) == list(range(1, 101))
    stored = {each.version: each.template for each in spanloom.search_prompt_versions("greet")}
    for place, each in enumerate(versions):
        assert [stored[version] for version in each] == [f"{place}:{number}" for number in range(25)]


def test_threads_that_register_at_once_get_versions_of_their_own():
    versions: list[int] = []
    threads = [
        threading.Thread(target=lambda: versions.append(spanloom.register_prompt("greet", "Hi").version))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(versions) == list(range(1, 9))


def elsewhere(store, code: str) -> None:
    code = f"import spanloom; spanloom.configure(store='sqlite:///{store}'); {code}"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_another_process_changes_is_seen_when_the_answer_is_too_old(store):
    spanloom.register_prompt("greet", "1")
    spanloom.set_prompt_alias("greet", "production", 1)
    for reference in ("greet", "greet@production"):
        assert spanloom.load_prompt(reference).version == 1
    elsewhere(store, "spanloom.register_prompt('greet', '2'); spanloom.set_prompt_alias('greet', 'production', 2)")
    for reference in ("greet", "greet@production"):
        assert spanloom.load_prompt(reference).version == 1
        assert spanloom.load_prompt(reference, cache_ttl_seconds=0).version == 2
        assert spanloom.load_prompt(reference).version == 2


def test_a_numbered_version_needs_no_store_once_it_is_loaded(store):
    spanloom.register_prompt("greet", "1")
    spanloom.load_prompt("greet", 1)
    elsewhere(store, "spanloom.delete_prompt('greet')")
    assert spanloom.load_prompt("prompts:/greet/1").template == "1"
    assert spanloom.load_prompt("greet", 1, allow_missing=True, cache_ttl_seconds=0) is None


def test_each_store_has_prompts_of_its_own(tmp_path):
    spanloom.register_prompt("greet", "first")
    spanloom.load_prompt("greet")
    spanloom.configure(store=f"sqlite:///{tmp_path}/other.db")
    assert spanloom.load_prompt("greet", allow_missing=True) is None
