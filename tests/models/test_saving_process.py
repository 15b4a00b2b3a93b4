"""What a model starts while it is loaded neither keeps saving waiting nor outlives it."""

from __future__ import annotations

import fcntl

from spanloom.models import load_model, save_model


def test_saving_does_not_wait_for_threads_of_the_model(script, folder):
    path = script("""
        import threading
        import spanloom

        threading.Thread(target=threading.Event().wait).start()  # nobody ever sets it
        spanloom.models.set_model(str.upper)
    """)
    save_model(folder, path, input_example="hi")
    assert folder.is_dir()


def test_processes_of_the_model_end_when_it_is_saved(script, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("LOCK", str(tmp_path / "lock"))
    path = script("""
        import fcntl
        import os
        import subprocess
        import sys
        import spanloom

        if "LOCK" in os.environ:
            file = open(os.environ["LOCK"], "w")
            fcntl.flock(file, fcntl.LOCK_EX)  # until the last process that has the file ends
            subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], pass_fds=[file.fileno()])
        spanloom.models.set_model(str.upper)
    """)
    save_model(folder, path, input_example="hi")
    with (tmp_path / "lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
    monkeypatch.delenv("LOCK")
    assert load_model(folder).predict("hi") == "HI"
