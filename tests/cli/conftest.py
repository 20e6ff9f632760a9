"""The command, run as one types it."""

import os
import subprocess
import sys

import pytest


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
