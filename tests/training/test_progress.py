"""The line that people read while they wait."""

import io
import os

import pytest

from forpass.model.history import EpochRecord
from forpass.training import progress
from forpass.training.events import (
    BaselineEnded,
    BaselineStep,
    EpochEnded,
    NetworkEnded,
    NetworksEnded,
    NetworksStarted,
    TrainingEnded,
    TrainingStarted,
)
from forpass.training.progress import ManyLine, ProgressLine, ProgressReporter


def started(first=1):
    return TrainingStarted(None, 200, 2000, 100, first, "accuracy")


def epoch(number, is_best=False, **looked):
    record = EpochRecord(number, 10 * number, 0.5 / number, 0.0, 0.001, 1.0, **looked)
    return EpochEnded(None, record, 200, is_best)


def ended():
    return TrainingEnded(None, "epochs", 3, 30, 0, 1.0)


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 0.0

    monkeypatch.setattr(progress.time, "perf_counter", lambda: Clock.now)
    return Clock


def test_a_line_says_what_is_known(clock):
    line = ProgressLine()
    assert not line(started())
    clock.now = 60.0  # the first epoch compiles, and is no measure of what is to come
    assert line(epoch(1))
    assert line.text == "epoch   1/200  loss 0.5000  rate 0.001"
    clock.now = 61.0
    line(epoch(2, is_best=True, validation_loss=0.25, validation_metric=0.875))
    assert line.text == (
        "epoch   2/200  loss 0.2500  validation 0.2500  accuracy 0.8750  rate 0.001  best 2"
        "  at most 3:18 left"
    )
    clock.now = 64.0
    line(epoch(3))
    assert line.text.endswith("best 2  at most 6:34 left")  # two epochs took four seconds
    assert not line(ended())


def test_a_run_that_goes_on_counts_from_where_it_was(clock):
    line = ProgressLine()
    line(started(first=101))
    line(epoch(101))
    clock.now = 2.0
    line(epoch(103))
    assert line.text.endswith("at most 1:37 left")


def printed(clock, every_epoch, seconds):
    stream = io.StringIO()
    tell = ProgressReporter(every_epoch, stream)
    tell(started())
    for number, now in enumerate(seconds, start=1):
        clock.now = now
        tell(epoch(number))
    tell(ended())
    return [text.split("/")[0] for text in stream.getvalue().splitlines()]


def test_lines_now_and_then_and_always_the_last(clock):
    assert printed(clock, False, [0.0, 1.0, 4.9, 5.1, 6.0]) == ["epoch   1", "epoch   4", "epoch   5"]
    assert printed(clock, False, [0.0]) == ["epoch   1"]  # not twice
    assert printed(clock, True, [0.0, 0.1, 0.2]) == ["epoch   1", "epoch   2", "epoch   3"]


def test_a_live_line_is_rewritten_and_ends_with_a_line_end(clock):
    pty = pytest.importorskip("pty", reason="there are no such terminals on Windows")
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stream:
        import fcntl
        import struct
        import termios

        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 30, 0, 0))
        tell = ProgressReporter(stream=stream)
        for event in (started(), epoch(1), epoch(2), ended()):
            tell(event)
        text = ""
        while not text.endswith("\n"):  # a terminal hands on what it has, not what was written
            text += os.read(leader, 10_000).decode()
    os.close(leader)
    first, last = text.split("\r\x1b[2K")[1:]
    assert first == "epoch   1/200  loss 0.5000  r"  # cut at the width of the terminal
    assert last.startswith("epoch   2") and last.endswith("\r\n")


class Terminal(io.StringIO):
    """Takes what is written as a terminal does, as far as a reporter asks."""

    def isatty(self):
        return True


def test_a_baseline_that_takes_long_is_told_of(clock):
    report = ProgressReporter(stream=io.StringIO())
    for report_at, event in ((1.0, BaselineStep(1)), (2.0, BaselineStep(2)), (9.0, BaselineStep(90))):
        clock.now = report_at
        report(event)
    report(BaselineEnded())
    assert report.stream.getvalue() == "linear baseline  step 90\n"  # the first seconds pass in silence


def test_a_terminal_shows_no_line_of_the_baseline_when_it_has_ended(clock):
    report = ProgressReporter(stream=Terminal())
    clock.now = 1.0
    report(BaselineStep(7))
    report(BaselineEnded())
    assert report.stream.getvalue() == "\r\x1b[2Klinear baseline  step 7\r\x1b[2K"


# -- many networks -------------------------------------------------------------------------------
def network(number, figure=None, *, metric="accuracy", higher=True, work=10.0):
    return NetworkEnded(number, f"network {number + 1}", metric, figure, higher, 1.0, work)


def test_of_many_networks_a_line_says_how_many_are_done_the_best_and_the_time_left(clock):
    line = ManyLine()
    assert not line(NetworksStarted(4, 100.0))
    clock.now = 2.0
    assert line(network(2, 0.5, work=40.0))
    assert line.text == "networks 1/4  40 %  best accuracy 0.5000 (network 3)  at most 0:03 left"
    assert line(epoch(100))  # half of a network, of which there are four
    assert line.text.startswith("networks 1/4  52 %  ") and line.text.endswith("  at most 0:02 left")
    assert not line(ended())
    line(network(0, 0.75, work=20.0))
    assert line.text == "networks 2/4  60 %  best accuracy 0.7500 (network 1)  at most 0:01 left"
    line(network(1, 0.7, work=20.0))
    line(network(3, None, work=20.0))
    assert line.text == "networks 4/4  best accuracy 0.7500 (network 1)"
    assert not line.under_way


def test_less_is_better_of_an_error_and_metrics_are_not_mixed(clock):
    line = ManyLine()
    line(NetworksStarted(4, 40.0))
    line(network(0, 3.0, metric="mean_squared_error", higher=False))
    line(network(1, 2.0, metric="mean_squared_error", higher=False))
    line(network(2, 0.1, metric="accuracy"))
    assert "best mean_squared_error 2.0000 (network 2)" in line.text


def test_further_networks_count_with_those_before(clock):
    line = ManyLine()
    line(NetworksStarted(2, 20.0))
    line(network(0))
    line(NetworksStarted(3, 30.0))
    clock.now = 1.0
    line(network(1))
    assert line.text == "networks 2/5  40 %  at most 0:02 left"
    line(NetworksEnded())
    assert not line.under_way


def test_the_reporter_tells_of_many_networks_in_lines_of_their_own(clock):
    stream = io.StringIO()
    report = ProgressReporter(stream=stream)
    for event in (NetworksStarted(2, 20.0), started(), epoch(1), network(0), BaselineStep(1), epoch(2)):
        report(event)
    clock.now = 1.0
    for event in (started(), epoch(1), ended(), network(1), NetworksEnded()):
        report(event)
    first, *_, last = stream.getvalue().splitlines()
    assert first == "networks 0/2  0 %  at most 0:00 left" and last == "networks 2/2"
    for event in (NetworksStarted(3, 30.0), network(0), NetworksEnded()):  # a second wave counts on
        report(event)
    assert "networks 3/5" in stream.getvalue().splitlines()[-1]
    report(started())  # and then of one again
    clock.now = 100.0
    report(epoch(1))
    assert stream.getvalue().endswith("\nepoch   1/200  loss 0.5000  rate 0.001\n")
