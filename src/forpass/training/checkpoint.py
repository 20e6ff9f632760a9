"""A run laid aside: everything needed to go on as if nothing had happened."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from forpass.engines.protocol import EngineState
from forpass.engines.requirements import n_slots
from forpass.errors import NOT_AS_WRITTEN, DataError
from forpass.model.archive import incomplete, read_archive, write_archive
from forpass.model.history import EpochRecord
from forpass.model.numbers import require_numbers
from forpass.spec.network import NetworkSpec
from forpass.spec.plain import from_plain, to_plain
from forpass.spec.program import Program, lower
from forpass.spec.require import require_instance
from forpass.spec.stored import WHOLE_END, typed
from forpass.spec.training import TrainingSpec
from forpass.training.state import Progress, RunState

__all__ = ["read_checkpoint", "write_checkpoint"]

BEST = ("best_parameters", "best_buffers")


def write_checkpoint(
    path: str | os.PathLike[str],
    spec: NetworkSpec,
    training: TrainingSpec,
    state: RunState,
    history: Sequence[EpochRecord],
    extra: dict[str, Any] | None = None,
    lasting: bool = True,
) -> Path:
    """Write the four parts of a state, with what was being trained and how, to one file; see `whole_file`."""
    engine = state.engine
    arrays = {"parameters": engine.parameters, "buffers": engine.buffers, "slots": engine.slots}
    numbers = state.progress._asdict()
    for name in BEST:
        value = numbers.pop(name)
        if value is not None:
            arrays[name] = value
    content = {
        "spec": to_plain(spec),
        "training": to_plain(training),
        "progress": numbers,
        "history": [record.to_json() for record in history],
        "extra": extra or {},
    }
    return write_archive(path, "checkpoint", arrays, content, lasting)


def read_checkpoint(
    path: str | os.PathLike[str],
) -> tuple[NetworkSpec, TrainingSpec, RunState, tuple[EpochRecord, ...], dict[str, Any]]:
    """Read what `write_checkpoint` wrote.

    Raises
    ------
    ModelFileError
        When the file is not a whole checkpoint of a schema this forpass knows.
    """
    _, arrays, content = read_archive(path, "checkpoint")
    try:
        spec, training = from_plain(content["spec"]), from_plain(content["training"])
        require_instance("spec of the checkpoint", spec, NetworkSpec)
        require_instance("training of the checkpoint", training, TrainingSpec)
        engine = EngineState(arrays["parameters"], arrays["buffers"], arrays["slots"])
        best: dict[str, Any] = {name: arrays[name] for name in BEST if name in arrays}
        progress = _progress(content["progress"])._replace(**best)
        _require_arrays(lower(spec), training, engine, progress)
        history = tuple(EpochRecord.from_json(record) for record in content["history"])
        extra = content["extra"]
        if not isinstance(extra, dict):
            raise TypeError("what goes with it is of another kind")
        return spec, training, RunState(engine, progress), history, extra
    except NOT_AS_WRITTEN as error:
        raise incomplete(path, "checkpoint", error) from None


def _progress(plain: dict[str, Any]) -> Progress:
    """Return what `write_checkpoint` wrote of a progress, as far as it is no array."""
    start, found = Progress(), dict[str, Any]()
    for name, value in plain.items():
        if name in BEST or name not in start._fields:
            raise KeyError(name)
        kind = type(getattr(start, name))
        found[name] = typed(f"{name} of the progress", kind, value, finite=False)
    progress = Progress(**found)
    counts = progress.step, progress.epoch, progress.looks_without_improvement, progress.best_epoch
    sums = progress.loss_sum, progress.weight_sum, progress.penalty_sum, progress.normaliser_sum
    if not all(0 <= count < WHOLE_END for count in counts):
        raise ValueError(f"its progress counts {counts}")
    if not all(map(math.isfinite, sums)) or not 0.0 < progress.rate_multiplier <= 1.0:
        raise ValueError(f"its sums are {sums}, its factor on the learning rate {progress.rate_multiplier}")
    return progress


def _require_arrays(program: Program, training: TrainingSpec, state: EngineState, progress: Progress) -> None:
    """Refuse arrays that are not those of a run of this network; nothing is made to compare them with."""
    if state.parameters.dtype != training.dtype:
        raise DataError(f"the parameters are {state.parameters.dtype}, the run computes in {training.dtype}")
    require_numbers(program, state.parameters, state.buffers)
    state.require_fit(program, training)
    if len(state.slots) != n_slots(training) or not np.isfinite(state.slots).all():
        raise DataError(f"the slots are {state.slots.shape}, or not finite")
    parameters, buffers = progress.best_parameters, progress.best_buffers
    if parameters is not None and buffers is not None and parameters.dtype == training.dtype:
        require_numbers(program, parameters, buffers)
    elif parameters is not None or buffers is not None:
        raise DataError("the best parameters and buffers are not those of one look")
