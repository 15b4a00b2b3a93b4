from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import spanloom
from spanloom.errors import ArtifactError
from spanloom.tracking.artifacts import artifact_location, model_artifacts, run_artifacts
from spanloom.tracking.files import new_folder, safe_path, write_file


def test_files_folders_and_texts_are_kept_beside_the_store(tmp_path: Path, store: Path) -> None:
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "one.txt").write_text("1")
    (source / "deep" / "two.txt").write_text("2")
    with spanloom.start_run() as run:
        spanloom.log_artifact(source / "one.txt")
        spanloom.log_artifact(source, "copies")
        spanloom.log_artifacts(source, "all")
        spanloom.log_text("héllo", "notes/hello.txt")
        spanloom.log_dict({"a": [1, None]}, "a.json")
    run_id = run.info.run_id
    folder = store.parent / "spanloom_artifacts" / "runs" / run_id
    assert run.info.artifact_uri == folder.as_uri()
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == [
        *("a.json", "all/deep/two.txt", "all/one.txt", "copies/source/deep/two.txt", "copies/source/one.txt"),
        *("notes/hello.txt", "one.txt"),
    ]
    assert spanloom.artifacts.load_text(f"runs:/{run_id}/notes/hello.txt") == "héllo"
    assert spanloom.artifacts.load_dict(f"runs:/{run_id}/a.json") == {"a": [1, None]}
    listed = spanloom.artifacts.list_artifacts(run_id=run_id, artifact_path="all")
    assert [(info.path, info.is_dir, info.file_size) for info in listed] == [
        ("all/deep", True, None),
        ("all/one.txt", False, 1),
    ]
    assert spanloom.artifacts.list_artifacts(run_id=run_id, artifact_path="none") == []


@pytest.mark.parametrize("form", ["uri", "path"])
def test_artifacts_are_found_where_they_are_said_to_be(form: str, tmp_path: Path) -> None:
    with spanloom.start_run() as run:
        spanloom.log_text("x", "deep/50% größer.txt")
        spanloom.log_dict({"a": 1}, "a.json")
        uri = spanloom.get_artifact_uri("deep/50% größer.txt")
    whole = run.info.artifact_uri
    if form == "path":
        folder = run_artifacts(run.info.run_id)
        uri, whole = str(folder / "deep" / "50% größer.txt"), str(folder)
    found = spanloom.artifacts
    assert found.load_text(uri) == "x"
    assert found.load_dict(f"{whole}/a.json") == {"a": 1}
    assert [info.path for info in found.list_artifacts(whole)] == ["a.json", "deep"]
    assert [info.path for info in found.list_artifacts(artifact_uri=f"{whole}/deep")] == ["deep/50% größer.txt"]
    assert Path(found.download_artifacts(artifact_uri=uri, dst_path=str(tmp_path / "t"))).read_text() == "x"


@pytest.mark.parametrize(
    "place", ["", "/..", "/../../outside.txt", "/../models/m-1/MLmodel", "/%2e%2e/%2E%2E/outside.txt"]
)
@pytest.mark.parametrize("form", ["uri", "path"])
def test_no_file_outside_of_the_runs_is_read(form: str, place: str) -> None:
    location = artifact_location()
    (location / "models" / "m-1").mkdir(parents=True)
    for path in (location / "outside.txt", location.parent / "outside.txt", location / "models" / "m-1" / "MLmodel"):
        path.write_text("secret")
    runs = location / "runs"
    with pytest.raises(ArtifactError):
        spanloom.artifacts.download_artifacts(f"{runs.as_uri() if form == 'uri' else runs}{place}")


@pytest.mark.parametrize("name", ["config.yaml", "config.YML"])
def test_a_document_is_yaml_where_its_name_says_so(name: str) -> None:
    with spanloom.start_run() as run:
        spanloom.log_dict({"model": "größe", "stop": [1, None], "made": datetime(2026, 1, 2, tzinfo=UTC)}, name)
    text = spanloom.artifacts.load_text(f"runs:/{run.info.run_id}/{name}")
    assert text == "model: größe\nstop:\n- 1\n- null\nmade: '2026-01-02T00:00:00+00:00'\n"


def test_artifacts_are_downloaded_to_a_folder_or_used_in_place(tmp_path: Path) -> None:
    with spanloom.start_run() as run:
        spanloom.log_text("x", "texts/x.txt")
    run_id, target = run.info.run_id, tmp_path / "target"
    download = spanloom.artifacts.download_artifacts
    assert Path(download(run_id=run_id, artifact_path="texts/x.txt")) == run_artifacts(run_id) / "texts" / "x.txt"
    assert Path(download(f"runs:/{run_id}/texts", dst_path=str(target))) == target / "texts"
    assert Path(download(f"runs:/{run_id}/texts/x.txt", dst_path=str(target))).read_text() == "x"
    with pytest.raises(ArtifactError, match=r"no artifact 'y\.txt'; there are: texts"):
        download(run_id=run_id, artifact_path="y.txt")
    with pytest.raises(ArtifactError, match="expected runs:/<run id>/<path>"):
        download("s3://bucket/x")
    with pytest.raises(ArtifactError, match="nothing says which run"):
        download(artifact_path="x")


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "~/x", "a\\b", "C:x", "a\0b", "n" * 256, ".."])
def test_names_stay_inside(name: str) -> None:
    with spanloom.start_run() as run:
        with pytest.raises(ArtifactError):
            spanloom.log_text("x", name)
        with pytest.raises(ArtifactError):
            spanloom.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path=name)
    assert not run_artifacts(run.info.run_id).exists()


def test_ids_are_no_way_out_either() -> None:
    for unfit in ("", "..", "../x", "a/b", "."):
        with pytest.raises(ArtifactError, match="is no id"):
            run_artifacts(unfit)


def test_symbolic_links_are_no_way_out(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(ArtifactError, match="over a symbolic link"):
        safe_path(folder, "link/secret.txt")


def test_a_file_is_replaced_as_a_whole_and_a_failure_leaves_the_former_one(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    write_file(folder, "a.txt", b"old")
    with (folder / "a.txt").open("rb") as reader:
        write_file(folder, "a.txt", b"new content")
        assert reader.read() == b"old"
    (folder / "b").mkdir()
    with pytest.raises(ArtifactError, match="can't be written"):
        write_file(folder, "b", b"a folder is in the way")
    assert sorted(path.name for path in folder.iterdir()) == ["a.txt", "b"]


def fill_half(path: Path) -> None:
    with new_folder(path) as folder:
        (folder / "half").write_text("x")
        raise ZeroDivisionError


def test_a_new_folder_appears_complete_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "models" / "m-1"
    with pytest.raises(ZeroDivisionError):
        fill_half(path)
    assert list(path.parent.iterdir()) == []
    with new_folder(path) as folder:
        (folder / "whole").write_text("x")
        assert not path.exists()
    assert [found.name for found in path.iterdir()] == ["whole"]
    with pytest.raises(ArtifactError, match="exists already"), new_folder(path):
        pass


def test_the_location_is_a_setting(tmp_path: Path) -> None:
    spanloom.configure(artifact_location=tmp_path / "elsewhere")
    assert artifact_location() == tmp_path / "elsewhere"
    assert model_artifacts("m-1") == tmp_path / "elsewhere" / "models" / "m-1"


def test_tables_grow_and_are_read_together() -> None:
    ids = []
    for answer in ("4", "5"):
        with spanloom.start_run() as run:
            spanloom.log_table({"question": ["2 + 2?", "again?"], "answer": answer}, "answers.json")
            spanloom.log_table([{"question": "more?", "score": 0.5}], "answers.json")
        ids.append(run.info.run_id)
    frame = spanloom.load_table("answers.json", ids, extra_columns=["run_id"])
    assert list(frame.columns) == ["question", "answer", "score", "run_id"]
    assert list(frame["question"]) == ["2 + 2?", "again?", "more?"] * 2
    assert list(frame["run_id"]) == [ids[0]] * 3 + [ids[1]] * 3
    assert spanloom.load_table("answers.json", extra_columns=["run_id"]).equals(frame)
    with pytest.raises(ArtifactError, match="expected 'run_id' at most, got 'model'"):
        spanloom.load_table("answers.json", ids, extra_columns=["model"])
    with spanloom.start_run():
        spanloom.log_table(frame, "copy.json")
        with pytest.raises(ArtifactError, match="columns of one length are expected, got a: 1, b: 2"):
            spanloom.log_table({"a": [1], "b": [1, 2]}, "answers.json")
        with pytest.raises(ArtifactError, match=r"ends in \.json"):
            spanloom.log_table({"a": [1]}, "answers.csv")
    with pytest.raises(ArtifactError, match="none of these runs"):
        spanloom.load_table("nothing.json", ids)
