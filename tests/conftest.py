"""What the tests of several packages share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# What was read of the tests is kept, whatever PYTHONDONTWRITEBYTECODE says: to read (and rewrite the asserts
# of) all of them takes longer than to name them, and each process that runs tests does both.
sys.dont_write_bytecode = False

# a loaded machine is no fault of the code: examples have no time limit
settings.register_profile("forpass", deadline=None)
settings.load_profile("forpass")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder with real data: FORPASS_DATA, or ``shared/data`` beside the repository."""
    named = os.environ.get("FORPASS_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real data not found: set FORPASS_DATA to a folder with tables/, steel/, abalone/ ...")
    return folder


@pytest.fixture
def forpass(tmp_path):
    """Run ``forpass WORDS`` in a folder of its own; return exit code, stdout and stderr."""

    def run(*words, stdout=subprocess.PIPE):
        ran = subprocess.run(
            [sys.executable, "-m", "forpass", *map(str, words)],
            cwd=tmp_path,
            stdout=stdout,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"NO_COLOR": "1"},
            check=False,
            timeout=300,
        )
        assert "Traceback" not in ran.stderr, ran.stderr
        return ran.returncode, ran.stdout, ran.stderr

    return run
