"""How a run goes, or many of them, in one line that people read while they wait."""

from __future__ import annotations

import os
import sys
import time
from typing import TextIO

from forpass.training.events import (
    BaselineEnded,
    BaselineStep,
    EpochEnded,
    Event,
    NetworkEnded,
    NetworksEnded,
    NetworksStarted,
    TrainingEnded,
    TrainingStarted,
)

__all__ = ["CountLine", "ManyLine", "ProgressLine", "ProgressReporter"]

FEW = 20
"""Of so many networks each is told when it ends, where there is no live line."""
SECONDS_LIVE, SECONDS_BETWEEN_LINES = 0.1, 5.0  # how often a live line is renewed, and a new one printed


class ProgressLine:
    """Turns a run's events into the line that stands for the last epoch.

    Attributes
    ----------
    text : str
        ``epoch  12/200  loss 0.1234  validation 0.2345  accuracy 0.9100  rate 0.001  best 9  at most 0:07
        left``; what was not looked at is left out. When the run has ended, why, and how long it took.
    share : float
        How much of the planned epochs is done, from 0 to 1.
    """

    def __init__(self) -> None:
        self.text, self._said, self.share = "", "", 0.0

    def __call__(self, event: Event) -> bool:
        """Take note of an event; say whether there is a new line."""
        if isinstance(event, TrainingStarted):
            self._metric, self._best = event.metric, 0
            self._first: tuple[int, float] | None = None
            self.share = (event.first_epoch - 1) / event.epochs if event.epochs else 0.0
            return False
        if isinstance(event, TrainingEnded):
            self.text = f"{self._said}  ended: {event.reason}, {_duration(event.seconds)}".lstrip()
            self.share = 1.0
        if not isinstance(event, EpochEnded):
            return False
        record = event.record
        self._best = record.epoch if event.is_best else self._best
        parts = [f"epoch {record.epoch:>3}/{event.epochs}", f"loss {record.training_loss:.4f}"]
        if record.validation_loss is not None:
            parts.append(f"validation {record.validation_loss:.4f}")
            parts.append(f"{self._metric} {record.validation_metric:.4f}")
        parts.append(f"rate {record.learning_rate:.2g}")
        if self._best:
            parts.append(f"best {self._best}")
        self.text = self._said = "  ".join(parts)
        self.share = record.epoch / event.epochs
        now = time.perf_counter()
        if self._first is None:  # it may have had to compile, and says little of the others
            self._first = record.epoch, now
        else:
            seconds_an_epoch = (now - self._first[1]) / (record.epoch - self._first[0])
            self.text += f"  at most {_duration(seconds_an_epoch * (event.epochs - record.epoch))} left"
        return True


class ManyLine:
    """Turns the events of many networks into one line.

    Attributes
    ----------
    text : str
        ``networks 3/16  22 %  best accuracy 0.9100 (network 2)  at most 0:07 left``; what is not known is
        left out.
    share : float
        How much of the work is done, from 0 to 1.
    """

    def __init__(self) -> None:
        self.text, self.share = "", 0.0
        self.count = self._done = 0
        self._began = time.perf_counter()
        self._done_work = self._work = 0.0
        self._parts: dict[int, float] = {}  # of the epochs of each run under way, what is done
        self._best: NetworkEnded | None = None

    @property
    def under_way(self) -> bool:
        """Whether not all of them have ended."""
        return self._done < self.count

    def __call__(self, event: Event) -> bool:
        """Take note of an event; say whether there is a new line."""
        if isinstance(event, EpochEnded):
            self._parts[id(event.run)] = event.record.epoch / event.epochs
        elif isinstance(event, TrainingEnded):
            self._parts.pop(id(event.run), None)
        elif isinstance(event, NetworksStarted):
            self.count, self._work = self.count + event.count, self._work + event.work
        elif isinstance(event, NetworksEnded):  # those that are not done will not be
            self.count, self._work = self._done, self._done_work
        elif isinstance(event, NetworkEnded):
            self._done, self._done_work = self._done + 1, self._done_work + event.work
            if event.figure is not None and (self._best is None or _is_better(event, self._best)):
                self._best = event
        new = isinstance(event, EpochEnded | NetworkEnded)
        if new or (isinstance(event, NetworksEnded) and self.count):
            self.share = self._done_work / self._work + sum(self._parts.values()) / self.count
            self.text = self._text()
        return new

    def _text(self) -> str:
        share = self.share
        parts = [f"networks {self._done}/{self.count}"]
        if self.under_way:
            parts.append(f"{min(99, int(100 * share))} %")
        if self._best is not None:
            parts.append(f"best {self._best.metric} {self._best.figure:.4f} ({self._best.name})")
        if self.under_way and share > 0.0:
            seconds = (time.perf_counter() - self._began) * max(0.0, 1.0 / share - 1.0)
            parts.append(f"at most {_duration(seconds)} left")
        return "  ".join(parts)


class CountLine:
    """Turns numbers of pieces of work that are done into a line.

    Attributes
    ----------
    text : str
        ``12/40  at most 0:07 left``.
    share : float
        How much is done, from 0 to 1.
    """

    def __init__(self) -> None:
        self.text, self.share = "", 0.0
        self._done = self._count = 0
        self._began = time.perf_counter()

    def __call__(self, done: int, count: int) -> bool:
        """Take note that so many of all pieces are done; say whether there is a new line."""
        if count != self._count or (done <= 1 < self._done):  # another work has begun
            self._done, self._count, self._began = 0, count, time.perf_counter()
        if done <= self._done and self.text:  # told in another order than done
            return False
        self._done, self.share = done, min(1.0, done / count) if count else 1.0
        self.text = f"{done:,}/{count:,}"
        if 0 < done < count:
            seconds = (time.perf_counter() - self._began) * (count / done - 1.0)
            self.text += f"  at most {_duration(seconds)} left"
        return True


def _is_better(event: NetworkEnded, best: NetworkEnded) -> bool:
    """Whether the figure of a network is better than another's; of different metrics it cannot be told."""
    if event.metric != best.metric or event.figure is None or best.figure is None:
        return False
    return event.figure > best.figure if event.higher_is_better else event.figure < best.figure


class ProgressReporter:
    """A listener that prints how a run goes: a live line on a terminal, otherwise a line now and then.

    Of many networks that are trained in one call it is a line about all of them, in as many waves as come.

    Parameters
    ----------
    every_epoch : bool
        Print a line of its own for each epoch.
    stream : text stream, optional
        By default standard output.
    """

    def __init__(self, every_epoch: bool = False, stream: TextIO | None = None) -> None:
        self.stream = sys.stdout if stream is None else stream
        self.every_epoch = every_epoch
        self.live = not every_epoch and self.stream.isatty()
        self.line, self.many, self.counted = ProgressLine(), ManyLine(), CountLine()
        self._next_time = 0.0
        self._text, self._unsaid = "", False

    def __call__(self, event: Event | int, count: int = 0) -> None:
        """Print an event, if it is time to; or how many pieces of a work of `count` are done."""
        if isinstance(event, int):
            if self.counted(event, count):
                self._say(self.counted.text, last=event >= count)
        elif self.many.under_way or isinstance(event, NetworksStarted | NetworksEnded):
            self._take(self.many, event, last=isinstance(event, NetworksEnded))
        elif isinstance(event, BaselineStep | BaselineEnded):
            self._pass(event)
        else:
            self._take(self.line, event, last=isinstance(event, TrainingEnded))

    def _take(self, line: ProgressLine | ManyLine, event: Event, last: bool) -> None:
        """Print a new line, if it is time to; what the last event leaves unsaid is always told."""
        if line(event):
            few = isinstance(event, NetworkEnded) and self.many.count <= FEW and not self.live
            self._say(line.text, at_once=few)
        elif self._unsaid and last:
            self._print(last=True)

    def _say(self, text: str, at_once: bool = False, last: bool = False) -> None:
        """Print a new line, if it is time to."""
        self._text, self._unsaid = text, True
        now = time.perf_counter()
        if self.every_epoch or at_once or last or now >= self._next_time:
            self._next_time = now + (SECONDS_LIVE if self.live else SECONDS_BETWEEN_LINES)
            self._print(last)

    def _pass(self, event: BaselineStep | BaselineEnded) -> None:
        """Tell of the baseline where it takes long, and leave no line of it on a terminal."""
        text, now = "", time.perf_counter()
        if isinstance(event, BaselineEnded):
            self._next_time = 0.0  # the first epoch is told at once
        elif not self._next_time and not self.live:
            self._next_time = now + SECONDS_BETWEEN_LINES  # and a short baseline not at all
        else:
            if now < self._next_time:
                return
            self._next_time = now + (SECONDS_LIVE if self.live else SECONDS_BETWEEN_LINES)
            text = f"linear baseline  step {event.step}"
        if self.live:
            self.stream.write(f"\r\x1b[2K{text}")
        elif text:
            self.stream.write(f"{text}\n")
        self.stream.flush()

    def _print(self, last: bool) -> None:
        if self.live:
            columns = os.get_terminal_size(self.stream.fileno()).columns
            self.stream.write(f"\r\x1b[2K{self._text[: columns - 1]}" + "\n" * last)
        else:
            self.stream.write(self._text + "\n")
        self.stream.flush()
        self._unsaid = self.live and not last


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
