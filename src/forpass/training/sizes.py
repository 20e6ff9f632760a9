"""How large weights, gradients and updates are, layer by layer, while a network learns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import SpecError
from forpass.sampling.evenly import evenly
from forpass.spec.data import Data
from forpass.training.events import EpochEnded, Event, Running, TrainingStarted

__all__ = ["SizeRecord", "Sizes"]

PROBE_ROWS = 256
"""So many training rows, evenly spread, are the probe unless one is given."""

Named = dict[str, float]


@dataclass(frozen=True)
class SizeRecord:
    """Root mean squares at the end of an epoch, by the names of the parameters.

    Attributes
    ----------
    epoch : int
        0 is before the first step.
    weights, gradients : dict of str to float
        Of the parameters, and of the gradient of the objective on the probe rows.
    updates : dict of str to float
        Of what the parameters have changed by since the record before; empty in the first.
    """

    epoch: int
    weights: Named
    gradients: Named
    updates: Named


class Sizes:
    """A listener that keeps how large weights, gradients and updates are after each epoch.

    For each array of parameters it is the root mean square of its numbers, so that arrays of different sizes
    can be compared: sqrt(mean(W^2)). `forpass.charts.sizes_over_time` draws it. What is computed does not
    depend on it; a gradient of the probe rows costs about as much as a step on them.

    Parameters
    ----------
    probe : Data, optional
        Rows of which gradients are taken, with targets; by default 256 of the training rows, evenly spread.

    Attributes
    ----------
    runs : list of list of SizeRecord
        Of each run that was begun while this listened, in that order.
    shapes : dict of str to tuple of int
        Of the arrays of the run that was begun last.
    probe : Data or None

    Raises
    ------
    SpecError
        For a probe that is no `Data`.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> sizes = fp.Sizes()
    >>> _ = fp.train(fp.multilayer(1, [4], 1, "squared"), fp.TrainingSpec(epochs=3), data, listener=sizes)
    >>> [record.epoch for record in sizes.records], sorted(sizes.records[-1].updates)
    ([0, 1, 2, 3], ['W1', 'W2', 'b1', 'b2'])
    """

    def __init__(self, probe: Data | None = None) -> None:
        if probe is not None and not isinstance(probe, Data):
            raise SpecError(f"probe of Sizes must be Data with targets; got {type(probe).__name__}")
        self.probe = probe
        self.runs: list[list[SizeRecord]] = []
        self.shapes: dict[str, tuple[int, ...]] = {}
        self._under_way: dict[int, _Watched] = {}

    @property
    def records(self) -> list[SizeRecord]:
        """Those of the run that was begun last; none before one was."""
        return self.runs[-1] if self.runs else []

    def __call__(self, event: Event) -> None:
        """Take note at the beginning of a run and at the end of each epoch."""
        if isinstance(event, TrainingStarted):
            watched = _Watched(event.run, _probe_of(event.run) if self.probe is None else self.probe)
            self._under_way[id(event.run)] = watched
            self.runs.append(watched.records)
            self.shapes = watched.note(event.run, event.first_epoch - 1)
        elif isinstance(event, EpochEnded):
            self._under_way[id(event.run)].note(event.run, event.record.epoch)


class _Watched:
    """A run with its probe; it is held, so that no other can have its identity."""

    def __init__(self, run: Running, probe: Data) -> None:
        self.run, self.probe = run, probe
        self.records: list[SizeRecord] = []
        self._before: dict[str, NDArray[Any]] = {}

    def note(self, run: Running, epoch: int) -> dict[str, tuple[int, ...]]:
        """Append a record; return the shapes of the parameters."""
        now, gradients = run.parameters(), run.gradients(self.probe)
        updates = {name: now[name] - before for name, before in self._before.items()}
        self.records.append(SizeRecord(epoch, *map(_sizes, (now, gradients, updates))))
        self._before = now
        return {name: value.shape for name, value in now.items()}


def _probe_of(run: Running) -> Data:
    part = run.job.training_part
    chosen = evenly(part.n_rows, PROBE_ROWS)
    return part.data.rows(chosen if part.rows is None else part.rows[chosen])


def _sizes(arrays: dict[str, NDArray[Any]]) -> Named:
    return {
        name: float(np.sqrt(np.mean(np.square(value, dtype=np.float64)))) if value.size else 0.0
        for name, value in arrays.items()
    }
