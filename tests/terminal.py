"""Starting the command as a terminal does, to interrupt it."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["ONE_SIGNAL", "at_epoch", "ended", "in_terminal", "started"]

# where tests run in the background, Ctrl-C is ignored, and what they start inherits that: it is said which
FORPASS = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.{handler})
{first}
runpy.run_module("forpass", run_name="__main__")
"""

AT_EPOCH = """
sys.path.append({tests!r})
from signalled import Run, signalled
Run.advance = signalled({number:d}, **{when})
"""

ONE_SIGNAL = """
from forpass.cli import signals
signals.ONCE_SECONDS = float("inf")
"""
"""To come `first`, so that signals to end are one, however long a pause the machine makes between them."""


def started(*words, folder, in_background=False, first=""):
    """Start ``forpass WORDS`` in a folder, for a shell's background deaf to Ctrl-C; return the process.

    It carries some Python out first.
    """
    code = FORPASS.format(handler="SIG_IGN" if in_background else "default_int_handler", first=first)
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NO_COLOR": "1"},
    )


def ended(*words, folder, first=""):
    """Carry out ``forpass WORDS`` as `started` does; return its exit code, stdout and stderr."""
    process = started(*words, folder=folder, first=first)
    try:
        out, err = process.communicate(timeout=300)
    finally:
        process.kill()
    return process.returncode, out, err


def at_epoch(number, **when):
    """Return what is to come `first`, so that a training sends itself a signal; see `signalled`."""
    return AT_EPOCH.format(tests=str(Path(__file__).parent), number=number, when=when)


def in_terminal(*words, folder, wait_for="", then=""):
    """Carry out ``forpass WORDS`` in a terminal of its own; return its exit code and all that it showed.

    Once it has shown `wait_for`, it is given the keys `then`.
    """
    pty = pytest.importorskip("pty", reason="a terminal of one's own is had on Unix")
    seen = b""
    pid, terminal = pty.fork()
    if not pid:  # the child, in the terminal
        os.chdir(folder)
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
        os.execv(sys.executable, [sys.executable, "-m", "forpass", *map(str, words)])
    with contextlib.suppress(OSError):  # the terminal ends with the child
        while wait_for.encode() not in seen:
            seen += os.read(terminal, 65536)
        os.write(terminal, then.encode())
        while part := os.read(terminal, 65536):
            seen += part
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), seen.decode(errors="replace")
