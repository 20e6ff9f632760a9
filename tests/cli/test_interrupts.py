"""A command that is told to end keeps what it has learnt."""

import builtins
import signal
import sys
import time

import pytest
from terminal import ONE_SIGNAL, at_epoch, ended, started

import forpass as fp
from forpass.cli import main
from forpass.cli.signals import on_sigterm

WORDS = ("train", "t.csv", "-t", "y", "--epochs", "1000000", "--patience", "1000000")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process alone")
@pytest.mark.parametrize(
    ("told", "times"),
    [(signal.SIGINT, 1), (signal.SIGTERM, 2)],  # timeout(1) tells the process and then its group
    ids=["Ctrl-C", "terminate"],
)
def test_training_that_is_told_to_end_saves_the_best_so_far(tmp_path, told, times):
    rows = "".join(f"{i % 17},{i % 5},{i % 3 == 0}\n" for i in range(3000))
    (tmp_path / "t.csv").write_text("a,b,y\n" + rows)
    code, out, _ = ended(*WORDS, folder=tmp_path, first=ONE_SIGNAL + at_epoch(told, epochs=2, times=times))
    assert code == 0
    assert "interrupted; the best so far is kept" in out
    assert fp.load(tmp_path / "t.forpass").provenance.ended.reason == "interrupted"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGTERM that could be caught")
def test_a_background_job_that_ignores_ctrl_c_ends_when_it_is_told_to(tmp_path):
    (tmp_path / "t.csv").write_text("a,y\n" + "".join(f"{i % 17},{i % 3 == 0}\n" for i in range(3000)))
    process = started(*WORDS, folder=tmp_path, in_background=True)
    for line in process.stderr:
        if line.startswith("epoch"):
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGTERM that could be caught")
def test_a_prediction_that_is_told_to_end_leaves_no_temporary_files(forpass, tmp_path, monkeypatch):
    rows = "".join(f"{i % 17},{i % 5},{i % 3 == 0}\n" for i in range(600))
    (tmp_path / "t.csv").write_text("a,b,y\n" + rows)
    (tmp_path / "long.csv").write_text("a,b,y\n" + 3000 * rows)
    assert forpass("train", "t.csv", "-t", "y", "--epochs", "1")[0] == 0
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    process = started("predict", "t.forpass", "long.csv", "--max-memory", "1", folder=tmp_path)
    while not any(temporary.iterdir()) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and err.endswith("interrupted\n") and "Traceback" not in err
    assert list(temporary.iterdir()) == []


@pytest.fixture
def sigterm():
    """Put back what SIGTERM does."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("sigterm")
@pytest.mark.parametrize(("within", "times"), [(60.0, 1), (0.0, 3)])
def test_signals_that_come_together_are_one(monkeypatch, within, times):
    monkeypatch.setattr("forpass.cli.signals.ONCE_SECONDS", within)
    told = []
    with on_sigterm(lambda: told.append(1)):
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)
            time.sleep(0.001)
    assert len(told) == times


@pytest.mark.usefixtures("sigterm")
def test_a_command_that_was_told_to_end_is_not_told_again_while_it_ends():
    with on_sigterm(lambda: None):
        with on_sigterm(lambda: None):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_the_command_hears_sigterm_no_longer_than_it_runs(forpass):
    before = signal.getsignal(signal.SIGTERM)
    assert forpass("data")[0] == 0
    assert signal.getsignal(signal.SIGTERM) is before


def test_ctrl_c_before_a_command_can_hear_it_is_told(forpass, monkeypatch):
    def interrupted(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr("forpass.cli.output.reporting", interrupted)
    code, out, err = forpass("data")
    assert (code, out) == (130, "") and err.endswith("interrupted\n")


def test_ctrl_c_while_the_command_is_loaded_shows_no_traceback(monkeypatch, capsys):
    importing = builtins.__import__

    def interrupted(name, *more):
        if name == "forpass.cli.usage":
            raise KeyboardInterrupt
        return importing(name, *more)

    monkeypatch.setattr(builtins, "__import__", interrupted)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"
