"""What the tests of several packages share."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, settings

# What was read of the tests is kept, whatever PYTHONDONTWRITEBYTECODE says: to read (and rewrite the asserts
# of) all of them takes longer than to name them, and each process that runs tests does both.
sys.dont_write_bytecode = False

# A loaded machine is no fault of the code: examples may take their time, and so may drawing them. How many
# are tried is said in hundredths of what a test asks for (`examples.py`). They are the same in every run, so
# that a commit that passed passes again; `--hunt` draws others each time.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("forpass", patient, max_examples=100, derandomize=True)
settings.register_profile("quick", patient, max_examples=10, derandomize=True)
settings.register_profile("hunt", patient, max_examples=1000)


SLOW = 1.0
"""Seconds of a case on an idle machine above which its test is marked slow."""


def pytest_addoption(parser):
    parser.addoption("--quick", action="store_true", help="leave out slow tests and most cases of the others")
    parser.addoption("--hunt", action="store_true", help="ten times as many examples of Hypothesis, new ones")


def pytest_configure(config):
    """Choose the profile before a test is read: its decorators ask for it."""
    chosen = [profile for profile in ("quick", "hunt") if config.getoption(f"--{profile}")]
    settings.load_profile(chosen[0] if chosen else "forpass")


def pytest_collection_modifyitems(config, items):
    """With --quick, keep of each test that is not slow two cases and a fortieth of all."""
    if not config.getoption("--quick"):
        return
    cases = {}
    for item in items:
        if item.get_closest_marker("slow") is None:
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    kept = {case for those in cases.values() for case in evenly(those, 2 + len(those) // 40)}
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def evenly(those, count):
    """Choose so many of a list, evenly spaced, first and last among them."""
    if len(those) <= count:
        return those
    return [those[i * (len(those) - 1) // (count - 1)] for i in range(count)]


def pytest_terminal_summary(terminalreporter, config):
    """After --quick, name what should have been marked slow."""
    if config.getoption("--quick"):
        reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        long = sorted((r.duration, r.nodeid) for r in reports if r.duration > SLOW)
        for seconds, nodeid in long[-10:][::-1]:
            terminalreporter.write_line(f"{seconds:.1f} s {nodeid}: slow, if the machine was idle")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder with real data: FORPASS_DATA, or ``shared/data`` beside the repository."""
    named = os.environ.get("FORPASS_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real data not found: set FORPASS_DATA to a folder with tables/, steel/, abalone/ ...")
    return folder


@pytest.fixture
def forpass(tmp_path, monkeypatch):
    """Run ``forpass WORDS`` in a folder of its own; return exit code, stdout and stderr.

    It runs in this process, which has loaded what the command needs; `forpass_process` starts one.
    """
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words, stdin=""):
        from forpass.cli import main

        streams = {"stdin": text_stream(stdin), "stdout": text_stream(), "stderr": text_stream()}
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", ["forpass", *map(str, words)])
            for name, stream in streams.items():
                patch.setattr(sys, name, stream)
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = (written(streams[name]) for name in ("stdout", "stderr"))
        return ended.value.code or 0, out, err

    return run


class Bytes(io.BytesIO):
    """What stands for standard input, which has a name."""

    name = "<stdin>"


def text_stream(text=""):
    return io.TextIOWrapper(Bytes(text.encode()), encoding="utf-8")


def written(stream):
    stream.flush()
    return stream.buffer.getvalue().decode().replace(os.linesep, "\n")


@pytest.fixture
def forpass_process(tmp_path):
    """Run ``forpass WORDS`` as `forpass` does, in a process of its own, as somebody types it."""

    def run(*words, stdin="", stdout=subprocess.PIPE):
        ran = subprocess.run(
            [sys.executable, "-m", "forpass", *map(str, words)],
            cwd=tmp_path,
            stdout=stdout,
            stderr=subprocess.PIPE,
            input=stdin,
            text=True,
            env=os.environ | {"NO_COLOR": "1"},
            check=False,
            timeout=300,
        )
        assert "Traceback" not in ran.stderr, ran.stderr
        return ran.returncode, ran.stdout, ran.stderr

    return run


@pytest.fixture
def an_hour_goes_by(monkeypatch):
    """Return a function that lets an hour go by: on the clock of limits of time, and on that of networks."""
    hours, clocks = [], {"monotonic": time.monotonic, "perf_counter": time.perf_counter}
    for name, clock in clocks.items():
        monkeypatch.setattr(time, name, lambda clock=clock: clock() + 3600.0 * len(hours))
    return lambda: hours.append(1)


@pytest.fixture
def now(monkeypatch):
    """Let time stand still for whoever looks at a limit of several things; a test moves on ``now[0]``."""
    moment = [0.0]
    monkeypatch.setattr("forpass.clock.time", SimpleNamespace(monotonic=lambda: moment[0]))
    return moment


@pytest.fixture
def in_a_terminal():
    """Take Ctrl-C as in a terminal: what runs in the background is started with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
