"""Starting the command as a terminal does, to interrupt it."""

import os
import subprocess
import sys

__all__ = ["started"]

# where tests run in the background, Ctrl-C is ignored, and what they start inherits that
AS_IN_A_TERMINAL = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("forpass", run_name="__main__")
"""


def started(*words, folder):
    """Start ``forpass WORDS`` in a folder; return the process, whose streams are text."""
    return subprocess.Popen(
        [sys.executable, "-c", AS_IN_A_TERMINAL, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NO_COLOR": "1"},
    )
