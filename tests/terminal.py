"""Starting the command as a terminal does, to interrupt it."""

import os
import subprocess
import sys

__all__ = ["started"]

# where tests run in the background, Ctrl-C is ignored, and what they start inherits that: it is said which
FORPASS = """
import runpy, signal
signal.signal(signal.SIGINT, signal.{handler})
runpy.run_module("forpass", run_name="__main__")
"""


def started(*words, folder, in_background=False):
    """Start ``forpass WORDS`` in a folder, for a shell's background deaf to Ctrl-C; return the process."""
    code = FORPASS.format(handler="SIG_IGN" if in_background else "default_int_handler")
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NO_COLOR": "1"},
    )
