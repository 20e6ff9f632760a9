"""A command that is told to end keeps what it has learnt."""

import os
import signal
import subprocess
import sys

import pytest

import forpass as fp

WORDS = ("train", "t.csv", "-t", "y", "--epochs", "1000000", "--patience", "1000000")

# where tests run in the background, Ctrl-C is ignored, and what they start inherits that
AS_IN_A_TERMINAL = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("forpass", run_name="__main__")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process alone")
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminate"])
def test_training_that_is_told_to_end_saves_the_best_so_far(tmp_path, told):
    rows = "".join(f"{i % 17},{i % 5},{i % 3 == 0}\n" for i in range(3000))
    (tmp_path / "t.csv").write_text("a,b,y\n" + rows)
    process = subprocess.Popen(
        [sys.executable, "-c", AS_IN_A_TERMINAL, *WORDS],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NO_COLOR": "1"},
    )
    for line in process.stderr:
        if line.startswith("epoch"):
            break
    process.send_signal(told)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "interrupted; the best so far is kept" in out
    assert fp.load(tmp_path / "t.forpass").provenance.ended.reason == "interrupted"
