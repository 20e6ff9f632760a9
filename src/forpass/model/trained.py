"""TrainedModel: the description, the numbers, and what one does with them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, overload

import numpy as np
from numpy.typing import NDArray

from forpass.above import reported
from forpass.engines.protocol import EngineState, Session
from forpass.engines.select import DEFAULT, require_engine, select_engine
from forpass.engines.threads import require_threads
from forpass.model.archive import digest, write_archive
from forpass.model.history import EpochRecord, History
from forpass.model.intervals import no_intervals
from forpass.model.left_out import LeftOut
from forpass.model.named_arrays import arrays_of, named_arrays
from forpass.model.numbers import require_numbers
from forpass.model.preprocessor import Preprocessor
from forpass.model.provenance import Provenance
from forpass.model.report import Report, report_of
from forpass.model.scores import Scores
from forpass.model.suited import require_suited, require_two_classes
from forpass.shown import Text
from forpass.spec.data import Data
from forpass.spec.network import NetworkSpec
from forpass.spec.plain import from_plain, to_plain
from forpass.spec.program import Program, lower
from forpass.spec.require import require_instance, require_number, whole_number
from forpass.spec.stored import typed
from forpass.spec.summary import summary, widths_of
from forpass.spec.training import TrainingSpec

if TYPE_CHECKING:
    from forpass.engines.reference import Tape

__all__ = ["TrainedModel"]


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A network with its numbers. It is never changed: its arrays are read-only.

    The first six attributes decide what it predicts and are its identity; the others stand beside them.

    Attributes
    ----------
    spec : NetworkSpec
    parameters, buffers : arrays
        Flat vectors; `weights` gives them by name.
    preprocessing : Preprocessor or None
        Where there is one, the model takes tables; otherwise arrays.
    engine : str
        What predicts: ``"auto"``, or the name of the engine that was asked for where that is another than
        the default one, for it may be the only one that knows the formulas.
    threshold : float
        Of two classes, the probability above which the second is predicted.
    training : TrainingSpec or None
        How it was trained.
    history : History
        A tuple with an `EpochRecord` for each epoch, shown as a table.
    provenance : Provenance
        Versions, dates, rows, where and why training stopped, figures.
    threads : int or None
        How many threads may take part when it predicts; None: as many as pay. No bit depends on it, and a
        file does not keep it.
    left_out : LeftOut or None
        Which rows of a table it has learnt from, or was stopped by; any other row it has not seen.
    program : Program
        The lowered network.

    Raises
    ------
    DataError
        When the numbers are not those of the network, or are none with which it can compute.
    SpecError
        When the preprocessing makes other inputs than the network takes, or has another target.
    UnknownNameError
        When there is no such engine.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[1.0, 3.0, 5.0])
    >>> exactly = fp.TrainingSpec(method="lbfgs", dtype="float64")
    >>> model = fp.train(fp.multilayer(1, [], 1, "squared"), exactly, data)
    >>> {name: W.round(3).tolist() for name, W in model.weights.items()}
    {'W1': [[2.0]], 'b1': [1.0]}
    >>> model.predict([[10.0]]).round(3).tolist()
    [21.0]
    """

    spec: NetworkSpec
    parameters: NDArray[Any]
    buffers: NDArray[Any]
    preprocessing: Preprocessor | None = None
    engine: str = "auto"
    threshold: float = 0.5
    training: TrainingSpec | None = None
    history: tuple[EpochRecord, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    threads: int | None = None
    left_out: LeftOut | None = None
    program: Program = field(init=False)

    intervals: ClassVar[None] = None  # those that predict with them are ensembles

    def __post_init__(self) -> None:
        require_engine(self.engine)
        require_threads("threads of the model", self.threads)
        object.__setattr__(self, "engine", "auto" if self.engine == DEFAULT else self.engine)
        object.__setattr__(self, "history", History(self.history))
        object.__setattr__(self, "program", lower(self.spec))
        for name in ("parameters", "buffers"):
            object.__setattr__(self, name, _unchangeable(getattr(self, name)))
        require_numbers(self.program, self.parameters, self.buffers)
        require_number(self, "threshold", at_least=0.0)
        if self.threshold != 0.5:
            require_two_classes(self.spec, self.threshold)
        if self.preprocessing is not None:
            require_suited(self.spec, self.preprocessing)
        if self.left_out is not None:
            require_instance("left_out of the model", self.left_out, LeftOut)

    @property
    def weights(self) -> dict[str, NDArray[Any]]:
        """Copies of the parameters by name: ``{"W1": ..., "b1": ...}``."""
        return {name: view.copy() for name, view in self.program.parameters.views(self.parameters).items()}

    def encode(self, X: Any, with_targets: bool = False) -> Data:
        """Turn what the caller has into `Data`: a table through the preprocessing, or arrays as they are.

        `with_targets` says whether the target of a table is encoded too.
        """
        if isinstance(X, Data):
            return X
        return Data(X) if self.preprocessing is None else self.preprocessing.encode(X, with_targets)

    def raw_scores(self, X: Any) -> NDArray[Any]:
        """Return the raw scores (n, k) before any link.

        Parameters
        ----------
        X : Data, table or array of shape (n, d)
        """
        return self.session().raw_scores(self.encode(X))

    def scores(self, X: Any) -> Scores:
        """Return the raw scores with what they mean: predictions, probabilities, decisions, losses."""
        return Scores(self.spec.head, self.raw_scores(X), self.engine, self.threshold)

    def predict(self, X: Any) -> Any:
        """Return the decision for each row: a class or label, or a value.

        With preprocessing in the words and units of the table's target; otherwise class numbers
        (n,), labels 0 or 1, or values. A single column comes as (n,). Of two classes the second is
        predicted where its probability is above the threshold.
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

    def predict_interval(self, X: Any, coverage: float = 0.9) -> NDArray[np.float64]:
        """Refuse: prediction intervals are those of an `Ensemble`, from a recipe.

        Raises
        ------
        DataError
        """
        raise no_intervals(self.spec.head, "predict_interval", self.spec.n_outputs)

    def predict_set(self, X: Any, coverage: float = 0.9) -> list[tuple[Any, ...]]:
        """Refuse: prediction sets are those of an `Ensemble`, from a recipe.

        Raises
        ------
        DataError
        """
        raise no_intervals(self.spec.head, "predict_set", self.spec.n_outputs)

    def decode(self, decided: NDArray[Any]) -> Any:
        """Turn decisions, as `Scores` gives them, into what `predict` returns."""
        if self.preprocessing is not None:
            return self.preprocessing.decode(decided)
        return decided[:, 0] if decided.ndim == 2 and decided.shape[1] == 1 else decided

    def trace(self, X: Any, rows: Any = None, step: int = 0) -> Tape:
        """Carry out one step of training on examples with targets, on paper; return every intermediate.

        The step reads X, targets and parameters, goes forward to the loss, backward to the gradients, and
        updates the parameters as the training of the model says. Its optimiser begins anew, with nothing
        remembered, and takes the rate as it was before any schedule. The model does not change.

        Parameters
        ----------
        X : Data or table
        rows : int array, optional
            Row numbers; by default all, as one batch.
        step : int
            Decides the dropout masks, and how far the optimiser makes up for its beginning.

        Returns
        -------
        Tape
            The entries in the order in which they were computed, by name.

        Examples
        --------
        >>> import forpass as fp
        >>> data = fp.Data([[1.0, 2.0]], targets=[1.0])
        >>> spec = fp.NetworkSpec(2, (fp.Dense(1, weights="zeros"),), fp.Head("squared"))
        >>> steps = fp.OptimizerSpec("gradient_descent", learning_rate=0.1)
        >>> training = fp.TrainingSpec(1, optimizer=steps, dtype="float64")
        >>> tape = fp.train(spec, training, data).trace(data)
        >>> for name in ("W1", "Z1", "dZ1", "dW1", "W1.new"):
        ...     print(name, tape[name].ravel().round(2), "=", tape.entry(name).formula)
        W1 [0.1 0.2] = before this step
        Z1 [0.6] = X W1 + b1
        dZ1 [-0.4] = derivative of objective by Z1
        dW1 [-0.4 -0.8] = X^T dZ1
        W1.new [0.14 0.28] = W1 - W1.rate dW1
        """
        from forpass.engines import reference  # who only predicts does not wait for them
        from forpass.engines.plans import PlanWriter
        from forpass.engines.requirements import n_slots

        step = whole_number("step of trace", step, at_least=0)
        data, training = self.encode(X, with_targets=True), self.training or TrainingSpec()
        slots = np.zeros((n_slots(training), self.parameters.size), self.parameters.dtype)
        state = EngineState(self.parameters, self.buffers, slots)
        session = reference.start(self.program, state, data, training)
        writer, optimizer = PlanWriter(self.program, training, data), training.optimizer
        rows = np.arange(data.n_rows) if rows is None else rows
        rate, decay = optimizer.learning_rate, optimizer.weight_decay
        assert decay is not None
        return session.trace(writer.gradient(rows, step, 1.0, rate, decay), update=True)

    def summary(self) -> Text:
        """Return the network's operations as a table of text, which shows itself."""
        return summary(self.program)

    @overload
    def report(self) -> Report: ...

    @overload
    def report(self, table: Any, language: str = "en") -> Any: ...

    def report(self, table: Any = None, language: str = "en") -> Any:
        """Return a report on how good it is and how it came about; see `Ensemble.report`."""
        if table is not None:
            return reported(self, table, language)
        return report_of(repr(self)[1:-1], self.provenance)

    def fingerprint(self) -> str:
        """Return a digest of what decides predictions: spec, numbers, preprocessing, engine and threshold.

        Two models with the same fingerprint predict the same. How they were trained does not enter.
        """
        return digest(self._numbers(), self._identity())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the model to one file, which appears whole or not at all."""
        return write_archive(path, "model", self.arrays(), self.to_json())

    def to_json(self) -> dict[str, Any]:
        """Return all but the arrays as plain JSON values."""
        return {
            **self._identity(),
            "training": to_plain(self.training),
            "history": [record.to_json() for record in self.history],
            "provenance": self.provenance.to_json(),
        }

    @classmethod
    def from_json(
        cls,
        plain: Mapping[str, Any],
        arrays: Mapping[str, NDArray[Any]],
        preprocessing: Preprocessor | None,
        threads: int | None = None,
    ) -> TrainedModel:
        """Return the model that `to_json` wrote, with its arrays, its preprocessing and its threads.

        Raises
        ------
        InputError, KeyError, TypeError, AttributeError
            When it is something else.
        """
        training = from_plain(plain["training"])
        if training is not None:
            require_instance("training of the model", training, TrainingSpec)
        return cls(
            from_plain(plain["spec"]),
            arrays["parameters"],
            arrays["buffers"],
            preprocessing,
            plain["engine"],
            typed("threshold of the model", float, plain.get("threshold", 0.5)),
            training,
            tuple(EpochRecord.from_json(record) for record in plain["history"]),
            Provenance.from_json(plain["provenance"]),
            threads,
            LeftOut.from_arrays(arrays_of("left_out", arrays)),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that a file of the model holds."""
        return {**self._numbers(), **named_arrays({"left_out": self.left_out})}

    def _numbers(self) -> dict[str, NDArray[Any]]:
        """The arrays that decide predictions."""
        return {"parameters": self.parameters, "buffers": self.buffers}

    def _identity(self) -> dict[str, Any]:
        """What decides predictions beside the arrays."""
        preprocessing = None if self.preprocessing is None else self.preprocessing.to_json()
        plain = {"spec": to_plain(self.spec), "preprocessing": preprocessing, "engine": self.engine}
        return plain if self.threshold == 0.5 else plain | {"threshold": self.threshold}

    def session(self) -> Session:
        """Return a session that predicts, made once: a prediction for a single row is not to wait for it.

        Anew in a forked child, for another thread of its parent may have been at work with it.
        """
        kept: tuple[int, Session] | None = self.__dict__.get("_kept")
        if kept is None or kept[0] != os.getpid():
            session = select_engine(self.engine).start(self.program, self._state())
            session.threads = self.threads
            kept = os.getpid(), session
            self.__dict__["_kept"] = kept
        return kept[1]

    def _state(self) -> EngineState:
        """The numbers as an engine takes them; a trained model has no optimiser any more."""
        slots = np.empty((0, self.parameters.size), self.parameters.dtype)
        return EngineState(self.parameters, self.buffers, slots)

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy is made anew of what a model is made of: read-only again, and without an engine at work."""
        return type(self), tuple(getattr(self, f.name) for f in fields(self) if f.init)

    def __repr__(self) -> str:
        size = self.parameters.size
        return f"<TrainedModel {widths_of(self.program)}, {self.spec.head.loss}, {size:,} parameters>"

    def _repr_html_(self) -> str:
        from forpass.model.in_html import model_in_html  # who only predicts does not wait for it

        return model_in_html(repr(self)[1:-1], self.program, self.preprocessing, self.report())


def _unchangeable(given: Any) -> NDArray[Any]:
    """Return an array that raises when it is written to; a copy, unless it is such an array already."""
    array = np.asarray(given)
    if array.flags.owndata and not array.flags.writeable and array.dtype.isnative:
        return array
    array = np.array(array, array.dtype.newbyteorder("="))
    array.flags.writeable = False
    return array
