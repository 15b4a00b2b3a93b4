from __future__ import annotations

import json
import platform
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

import spanloom

ACME = """
from spanloom.instrument import CallHandler, Patch, Plugin

handler = CallHandler("LLM", name=lambda call: "acme", inputs=lambda call: None)
plugin = Plugin(
    name="acme",
    package="{package}",
    requires="{requires}",
    patches=(Patch("acme_client", "complete", handler), Patch("acme_client", "{second}", handler)),
)
"""


@pytest.fixture
def acme(tmp_path: Path):
    """A third party's plugin, installed for the processes of the test; returns what makes them find it."""

    def install(package: str = "pytest", requires: str = ">=1", second: str = "complete_async") -> dict[str, str]:
        place = tmp_path / "site"
        metadata = place / "acme-1.0.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "entry_points.txt").write_text("[spanloom.autolog]\nacme = acme_plugin:plugin\n")
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        (place / "acme_client.py").write_text("def complete(): ...\ndef complete_async(): ...\n")
        (place / "acme_plugin.py").write_text(ACME.format(package=package, requires=requires, second=second))
        return {"PYTHONPATH": str(place)}

    return install


def find(document: dict, kind: str, name: str) -> dict:
    return next(finding for finding in document[kind] if finding["name"] == name)


def test_a_healthy_installation_is_told_in_json(run_spanloom, store: Path):
    finished = run_spanloom("doctor", "--json")
    document = json.loads(finished.stdout)
    assert (finished.returncode, document["healthy"]) == (0, True)
    assert document["spanloom"] == spanloom.__version__
    assert document["python"] == platform.python_version()
    assert document["store"] == {"url": f"sqlite:///{store}", "place": str(store), "exists": True, "error": None}
    assert (document["failures"], document["dropped_spans"]) == ({}, 0)


@pytest.mark.skipif(find_spec("openai") is None, reason="needs the framework")
def test_an_installed_framework_is_told_with_its_version_and_points(run_spanloom):
    document = json.loads(run_spanloom("doctor", "--json").stdout)
    plugin = find(document, "plugins", "openai")
    assert (plugin["installed"], plugin["in_range"]) == (version("openai"), True)
    assert "openai.resources.embeddings:Embeddings.create" in plugin["patched"]
    assert (plugin["skipped"], plugin["error"]) == ({}, None)


def test_a_plugin_that_fits_is_ok(run_spanloom, acme):
    finished = run_spanloom("doctor", **acme())
    assert finished.returncode == 0
    words = " ".join(finished.stdout.split())
    assert f"ok acme pytest {version('pytest')} (tested: >=1), 2 points patched" in words
    assert "\x1b" not in finished.stdout


def test_a_patch_that_no_longer_fits_is_broken(run_spanloom, acme):
    changed = acme(second="renamed")
    finished = run_spanloom("doctor", **changed)
    assert finished.returncode == 1
    assert "broken  acme" in finished.stdout
    assert "skipped acme_client:renamed: AttributeError" in finished.stdout
    assert "Traceback" not in finished.stderr
    plugin = find(json.loads(run_spanloom("doctor", "--json", **changed).stdout), "plugins", "acme")
    assert plugin["patched"] == ["acme_client:complete"]


def test_an_untested_version_is_noted_and_not_broken(run_spanloom, acme):
    finished = run_spanloom("doctor", **acme(requires=">=1,<2"))
    assert finished.returncode == 0
    assert "note  acme" in finished.stdout
    assert "not a tested version: install one" in finished.stdout
    assert "(tested: >=1,<2), 2 points patched\n" in finished.stdout


def test_a_missing_framework_is_told_with_its_extra(run_spanloom, acme):
    finished = run_spanloom("doctor", **acme(package="no-such-distribution"))
    assert finished.returncode == 0
    assert "no-such-distribution is not installed: pip install 'spanloom[acme]'" in finished.stdout


def test_a_plugin_that_can_not_be_loaded_is_broken(run_spanloom, acme, tmp_path: Path):
    changed = acme()
    (tmp_path / "site" / "acme_plugin.py").write_text("import nothing_of_that_name\n")
    finished = run_spanloom("doctor", **changed)
    assert finished.returncode == 1
    assert "the plugin can't be loaded: ModuleNotFoundError: No module named 'nothing_of_that_name'" in finished.stdout


def test_a_store_that_is_not_there_yet_is_fine_and_not_made(run_spanloom, tmp_path: Path):
    fresh = tmp_path / "fresh.db"
    finished = run_spanloom("doctor", SPANLOOM_STORE=f"sqlite:///{fresh}")
    assert finished.returncode == 0
    assert f"{fresh} (not there yet; the first trace makes it)" in finished.stdout
    assert not fresh.exists()


@pytest.mark.parametrize(
    ("place", "problem"), [("nowhere/traces.db", "does not exist; create it"), ("junk.db", "is not a readable SQLite")]
)
def test_a_store_that_can_not_be_used_is_broken(run_spanloom, tmp_path: Path, place: str, problem: str):
    (tmp_path / "junk.db").write_bytes(b"junk" * 1000)
    finished = run_spanloom("doctor", SPANLOOM_STORE=f"sqlite:///{tmp_path / place}")
    assert finished.returncode == 1
    assert "broken  store" in finished.stdout
    assert problem in finished.stdout


def test_tracing_switched_off_is_noted(run_spanloom):
    assert "switched off" in run_spanloom("doctor", SPANLOOM_DISABLED="1").stdout
