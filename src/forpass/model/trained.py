"""TrainedModel: the description, the numbers, and what one does with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from forpass.engines import reference
from forpass.engines.plans import PlanWriter
from forpass.engines.protocol import EngineState, Session
from forpass.engines.reference import Tape
from forpass.engines.select import select_engine
from forpass.errors import ModelFileError
from forpass.model.archive import digest, incomplete, read_archive, write_archive
from forpass.model.history import EpochRecord, History
from forpass.model.scores import Scores
from forpass.spec.data import Data
from forpass.spec.network import NetworkSpec
from forpass.spec.plain import from_plain, to_plain
from forpass.spec.program import Program, lower
from forpass.spec.summary import summary
from forpass.spec.training import TrainingSpec

__all__ = ["Preprocessor", "TrainedModel"]


class Preprocessor(Protocol):
    """What turns a table into arrays for the network, and the network's output back."""

    def encode(self, table: Any) -> Data:
        """Turn rows of a table into features."""
        ...

    def decode(self, decided: NDArray[Any]) -> Any:
        """Turn decisions into labels or values as they stand in the table's target."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        ...


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A network with its numbers.

    Attributes
    ----------
    spec : NetworkSpec
    parameters, buffers : arrays
        Flat vectors; `weights` gives them by name.
    preprocessing : Preprocessor or None
        Where there is one, the model takes tables; otherwise arrays.
    training : TrainingSpec or None
        How it was trained.
    history : list of EpochRecord
        One for each epoch.
    provenance : dict
        Versions, dates, where and why training stopped, metrics.
    """

    spec: NetworkSpec
    parameters: NDArray[Any]
    buffers: NDArray[Any]
    preprocessing: Preprocessor | None = None
    training: TrainingSpec | None = None
    history: History = field(default_factory=list)
    provenance: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def program(self) -> Program:
        """The lowered network."""
        return lower(self.spec)

    @property
    def weights(self) -> dict[str, NDArray[Any]]:
        """Copies of the parameters by name: ``{"W1": ..., "b1": ...}``."""
        return {name: view.copy() for name, view in self.program.parameters.views(self.parameters).items()}

    def encode(self, X: Any) -> Data:
        """Turn what the caller has into `Data`: a table through the preprocessing, or arrays as they are."""
        if isinstance(X, Data):
            return X
        return Data(X) if self.preprocessing is None else self.preprocessing.encode(X)

    def raw_scores(self, X: Any) -> NDArray[Any]:
        """Return the raw scores (n, k) before any link.

        Parameters
        ----------
        X : Data, table or array of shape (n, d)
        """
        return self._session().raw_scores(self.encode(X))

    def scores(self, X: Any) -> Scores:
        """Return the raw scores with what they mean: predictions, probabilities, decisions, losses."""
        return Scores(self.spec.head, self.raw_scores(X), self._engine_name)

    def predict(self, X: Any) -> Any:
        """Return the decision for each row: a class or label, or a value.

        With preprocessing in the words and units of the table's target; otherwise class numbers
        (n,), labels 0 or 1, or values. A single column comes as (n,).
        """
        return self.decode(self.scores(X).decisions)

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return probabilities (n, classes), or (n, labels) where several labels may hold at once.

        Raises
        ------
        DataError
            When the network does not predict probabilities.
        """
        return self.scores(X).probabilities

    def decode(self, decided: NDArray[Any]) -> Any:
        """Turn decisions, as `Scores` gives them, into what `predict` returns."""
        if self.preprocessing is not None:
            return self.preprocessing.decode(decided)
        return decided[:, 0] if decided.ndim == 2 and decided.shape[1] == 1 else decided

    def trace(self, data: Data, rows: Any = None, step: int = 0) -> Tape:
        """Run one forward and backward pass on examples with targets; return every intermediate."""
        training = self.training or TrainingSpec()
        session = reference.start(self.program, self._state(), data, training)
        writer = PlanWriter(self.program, training, data)
        return session.trace(writer.gradient(np.arange(data.n_rows) if rows is None else rows, step))

    def summary(self) -> str:
        """Return the network's operations as a table of text."""
        return summary(self.program)

    def fingerprint(self) -> str:
        """Return a digest of what the model computes: spec, numbers and preprocessing.

        Two models with the same fingerprint predict the same. Dates and history do not enter.
        """
        return digest({"parameters": self.parameters, "buffers": self.buffers}, self._identity())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the model to one file, which appears whole or not at all."""
        content = {
            **self._identity(),
            "training": to_plain(self.training),
            "history": [record.to_json() for record in self.history],
            "provenance": self.provenance,
        }
        return write_archive(path, "model", {"parameters": self.parameters, "buffers": self.buffers}, content)

    @classmethod
    def read(
        cls, path: str | os.PathLike[str], rebuild: Callable[[Mapping[str, Any]], Preprocessor] | None = None
    ) -> TrainedModel:
        """Read a model file; `rebuild` makes the preprocessing from its plain form.

        Raises
        ------
        ModelFileError
            When the file is not a whole model file of a schema this forpass knows.
        """
        arrays, content = read_archive(path, "model")
        try:
            stored = content["preprocessing"]
            model = cls(
                from_plain(content["spec"]),
                arrays["parameters"],
                arrays["buffers"],
                rebuild(stored) if stored is not None and rebuild is not None else None,
                from_plain(content["training"]),
                [EpochRecord.from_json(record) for record in content["history"]],
                content["provenance"],
            )
            sizes = (model.program.parameters.size, model.program.buffers.size)
            if not isinstance(model.training, TrainingSpec | None):
                raise TypeError(f"its training is a {type(model.training).__name__}")
            if model.parameters.dtype not in (np.float32, np.float64):
                raise TypeError(f"its parameters are {model.parameters.dtype}")
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise incomplete(path, "model", error) from None
        if (model.parameters.shape, model.buffers.shape) != ((sizes[0],), (sizes[1],)):
            raise ModelFileError(
                f"{path} holds {model.parameters.size} parameters and {model.buffers.size} buffers, "
                f"but its network has {sizes[0]} and {sizes[1]}"
            )
        return model

    @property
    def _engine_name(self) -> str:
        return "numpy" if self.provenance.get("engine") == "numpy" else "auto"

    def _session(self) -> Session:
        """A session that predicts, made once: a prediction for a single row is not to wait for it.

        The compiled engine's, but NumPy's where that was asked for: only it may know the formulas. Anew in
        a forked child, for another thread of its parent may have been at work with it.
        """
        engine = select_engine(self._engine_name)
        kept: tuple[tuple[str, int], EngineState, Session] | None = self.__dict__.get("_kept")
        if kept is not None and kept[0] == (engine.NAME, os.getpid()):
            same = np.array_equal(kept[1].parameters, self.parameters)
            if same and np.array_equal(kept[1].buffers, self.buffers):  # they may be written to
                return kept[2]
        state = self._state().copy()
        kept = ((engine.NAME, os.getpid()), state, engine.start(self.program, state))
        self.__dict__["_kept"] = kept
        return kept[2]

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: the model, not what is kept beside it."""
        return {name: value for name, value in self.__dict__.items() if name not in ("program", "_kept")}

    def _state(self) -> EngineState:
        """The numbers as an engine takes them; a trained model has no optimiser any more."""
        slots = np.empty((0, self.parameters.size), self.parameters.dtype)
        return EngineState(self.parameters, self.buffers, slots)

    def _identity(self) -> dict[str, Any]:
        preprocessing = None if self.preprocessing is None else self.preprocessing.to_json()
        return {"spec": to_plain(self.spec), "preprocessing": preprocessing}

    def __repr__(self) -> str:
        widths = " - ".join(
            str(w)
            for w in (
                self.program.widths[0],
                *(op.d_out for op in self.program.operations if op.opcode == "affine"),
            )
        )
        return f"<TrainedModel {widths}, {self.spec.head.loss}, {self.parameters.size:,} parameters>"
