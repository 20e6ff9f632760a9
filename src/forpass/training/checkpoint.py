"""A run laid aside: everything needed to go on as if nothing had happened."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forpass.engines.initial import empty_state
from forpass.engines.protocol import EngineState
from forpass.model.archive import incomplete, read_archive, write_archive
from forpass.model.history import EpochRecord
from forpass.spec.network import NetworkSpec
from forpass.spec.plain import from_plain, to_plain
from forpass.spec.program import lower
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
) -> Path:
    """Write the four parts of a state, with what was being trained and how, to one file."""
    engine = state.engine
    arrays = {"parameters": engine.parameters, "buffers": engine.buffers, "slots": engine.slots}
    numbers = state.progress._asdict()
    for name in BEST:
        value = numbers.pop(name)
        if value is not None:
            arrays[name] = value
    # JSON has no infinity; repr of a float reads back as exactly the same float.
    progress = {name: repr(value) for name, value in numbers.items()}
    content = {
        "spec": to_plain(spec),
        "training": to_plain(training),
        "progress": progress,
        "history": [record.to_json() for record in history],
        "extra": extra or {},
    }
    return write_archive(path, "checkpoint", arrays, content)


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
        numbers = {name: type(getattr(Progress(), name))(text) for name, text in content["progress"].items()}
        best: dict[str, Any] = {name: arrays[name] for name in BEST if name in arrays}
        progress = Progress(**numbers, **best)
        engine = EngineState(arrays["parameters"], arrays["buffers"], arrays["slots"])
        state = RunState(engine, progress)
        _require_shapes(state, empty_state(lower(spec), training))
        history = tuple(EpochRecord.from_json(record) for record in content["history"])
        extra = content["extra"]
        if not isinstance(extra, dict):
            raise TypeError("what goes with it is of another kind")
        return spec, training, state, history, extra
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise incomplete(path, "checkpoint", error) from None


def _require_shapes(state: RunState, fresh: EngineState) -> None:
    """Refuse arrays of another shape than a run of this network begins with."""
    best = {name: getattr(state.progress, name) for name in BEST}
    for name, found, wanted in (
        ("parameters", state.engine.parameters, fresh.parameters),
        ("buffers", state.engine.buffers, fresh.buffers),
        ("slots", state.engine.slots, fresh.slots),
        ("best_parameters", best["best_parameters"], fresh.parameters),
        ("best_buffers", best["best_buffers"], fresh.buffers),
    ):
        if found is not None and (found.shape, found.dtype) != (wanted.shape, wanted.dtype):
            raise ValueError(
                f"{name} is {found.dtype} {found.shape}, but the run has {wanted.dtype} {wanted.shape}"
            )
