"""A job: what is to be trained, how, and on what, as plain data that can be sent elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.engines.requirements import require_inputs, require_rows, require_targets, require_trainable
from forpass.engines.select import require_engine
from forpass.engines.threads import require_threads
from forpass.errors import DataError, SpecError
from forpass.maths.metrics import Metric, find_metric
from forpass.model.scores import default_metric, require_metric
from forpass.spec.data import Data, require_data
from forpass.spec.layout import ParameterLayout
from forpass.spec.network import NetworkSpec
from forpass.spec.program import Program, lower
from forpass.spec.require import require_instance
from forpass.spec.training import TrainingSpec

__all__ = ["NOTHING_BEFORE", "Beginning", "Job", "Order", "Part"]

Order = Callable[[int], Any]
"""Gives for an epoch (from 0) the numbers of the training rows in the order in which they are to be seen."""


class Beginning(NamedTuple):
    """What was done on other rows before these: counting goes on from there.

    Attributes
    ----------
    step, epoch, examples : int
        Steps taken, epochs ended and examples seen.
    """

    step: int = 0
    epoch: int = 0
    examples: int = 0


NOTHING_BEFORE = Beginning()


class Part(NamedTuple):
    """Some rows of data, or all of them (None)."""

    data: Data
    rows: NDArray[np.int64] | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.data.n_rows if self.rows is None else len(self.rows)


@dataclass(frozen=True, eq=False)
class Job:
    """What is to be trained, how, and on what.

    Nothing of it is at work: a job can be pickled and carried out elsewhere. Many jobs can share one
    `Data`, of which each names its own rows.

    Attributes
    ----------
    spec : NetworkSpec
    training : TrainingSpec
    data : Data
        Examples with targets.
    rows : int array, optional
        The training rows; by default all.
    validation : Data, optional
        Examples that are only looked at; without it, but with `validation_rows`, those of `data`.
    validation_rows : int array, optional
        Which of them; by default all.
    engine : str
        ``"auto"`` or the name of an engine.
    threads : int, optional
        How many threads may take part; by default as many as pay. No bit depends on it.
    order : callable, optional
        ``order(epoch)`` gives the numbers of the training rows, counted among them from 0, in the order in
        which they are to be seen. For a job that is to be sent elsewhere, a function of a module.
    metric : str or Metric, optional
        A name of the registry METRICS, or a record of one's own; by default accuracy or r2.
    metric_weights : array, optional
        How much each validation row counts for the metric, where that is not as for the loss.
    threshold : float
        Of two classes, the probability above which the second is decided.
    parameters : array of shape (number of parameters,), optional
        Where to begin, instead of drawing from the seed.
    beginning : Beginning
        What was done on other examples before these, when a state is trained further on new ones.
    name : str
        What messages and events call it.
    program : Program
        The lowered network.
    measured : Metric
        The metric of the history.

    Raises
    ------
    SpecError, UnknownNameError
        When spec and training do not fit together. Whether the data fit is found when a run begins.
    DataError
        When the data are no `Data`, or rows no row numbers.

    Examples
    --------
    >>> import forpass as fp
    >>> xor = fp.Data([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], targets=[0.0, 1.0, 1.0, 0.0])
    >>> spec = fp.multilayer(2, [8], 1, "sigmoid_cross_entropy")
    >>> job = Job(spec, fp.TrainingSpec(epochs=5), xor, rows=[0, 1, 2], validation_rows=[3])
    >>> job.training_part.n_rows, job.validation_part.n_rows, job.measured.name
    (3, 1, 'accuracy')
    """

    spec: NetworkSpec
    training: TrainingSpec
    data: Data
    rows: NDArray[np.int64] | None = None
    validation: Data | None = None
    validation_rows: NDArray[np.int64] | None = None
    engine: str = "auto"
    threads: int | None = None
    order: Order | None = None
    metric: str | Metric | None = None
    metric_weights: NDArray[Any] | None = None
    threshold: float = 0.5
    parameters: NDArray[Any] | None = None
    beginning: Beginning = NOTHING_BEFORE
    name: str = ""
    program: Program = field(init=False, repr=False)
    measured: Metric = field(init=False, repr=False)

    def __post_init__(self) -> None:
        require_instance("the network", self.spec, NetworkSpec)
        require_instance("the training", self.training, TrainingSpec)
        require_data("the data", self.data)
        object.__setattr__(self, "program", lower(self.spec))
        if self.validation is not None:
            require_data("the validation data", self.validation)
        require_engine(self.engine)
        require_threads("threads of a job", self.threads)
        for name in ("rows", "validation_rows"):
            object.__setattr__(self, name, _row_numbers(name, getattr(self, name)))
        for name in ("metric_weights", "parameters"):
            object.__setattr__(self, name, _vector(name, getattr(self, name)))
        for name, kind, example in OTHER_FIELDS:
            value = getattr(self, name)
            if value is not getattr(Job, name) and not isinstance(value, kind):  # defaults are asked nothing
                raise SpecError(f"{name} of a job must be {example}; got {value!r}")
        metric = self.metric or default_metric(self.spec.head)
        object.__setattr__(self, "measured", find_metric(metric) if isinstance(metric, str) else metric)
        require_metric(self.measured, self.spec.head, self.spec.n_outputs)
        if self.order is not None and not self.training.by_steps:
            raise SpecError("lbfgs takes all examples at once: leave out order")
        monitor = self.training.stopping.monitor
        if self.validation_part is None and monitor.startswith("validation"):
            raise SpecError(f"{monitor} is monitored but there are no validation data; give some")

    def require_data(self) -> None:
        """Refuse rows that are not there, and validation rows that the network cannot be measured on.

        Whether it can be trained on the data, its engine finds out when it starts.

        Raises
        ------
        DataError, SpecError
        """
        program, validation = self.program, self.validation_part
        require_trainable(program)
        if self.parameters is not None:
            program.parameters.require_vector(self.parameters)
            _require_numbers(program.parameters, self.parameters, self.training.dtype)
        if self.rows is not None:
            _require_rows(self.data, self.rows)
        if validation is not None:
            require_inputs(program, validation.data, self.training.dtype)
            require_targets(program, validation.data)
            if validation.rows is not None:
                _require_rows(validation.data, validation.rows)

    @property
    def training_part(self) -> Part:
        """The training rows."""
        return Part(self.data, self.rows)

    @property
    def validation_part(self) -> Part | None:
        """The validation rows; None where there are none."""
        if self.validation is None and self.validation_rows is None:
            return None
        return Part(self.data if self.validation is None else self.validation, self.validation_rows)


OTHER_FIELDS: tuple[tuple[str, Any, str], ...] = (
    ("order", Callable | None, "a function that gives row numbers for the number of an epoch"),
    ("metric", str | Metric | None, "a name of the registry METRICS, or a Metric"),
    ("threshold", Real, "a probability, such as 0.5"),
    ("beginning", Beginning, "a Beginning(step, epoch, examples)"),
    ("name", str, "text"),
)
"""Fields that are taken as they are: what they must be, and how messages say it."""


def _row_numbers(name: str, given: Any) -> NDArray[np.int64] | None:
    """Return row numbers as an array, of a list for instance; refuse what is none, or empty."""
    if given is None:
        return None
    rows = _array(given)
    if rows.ndim != 1 or rows.dtype.kind not in "iu" or not len(rows):
        raise DataError(
            f"{name} of a job must be row numbers, such as [0, 4, 7], at least one; got {given!r}"
        )
    return rows


def _vector(name: str, given: Any) -> NDArray[Any] | None:
    """Return numbers as an array, of a list for instance; refuse what is none."""
    if given is None:
        return None
    vector = _array(given)
    if vector.ndim != 1 or vector.dtype.kind not in "iuf":
        raise DataError(f"{name} of a job must be an array of one dimension, of numbers; got {given!r}")
    return vector


def _array(given: Any) -> NDArray[Any]:
    try:
        return np.asarray(given)
    except ValueError:  # of lists that differ in length
        return np.empty(0, object)


def _require_numbers(layout: ParameterLayout, parameters: NDArray[Any], dtype: str) -> None:
    """Refuse to begin with what is no number, or too large for the numbers that a network computes with."""
    with np.errstate(over="ignore"):
        right = np.isfinite(parameters.astype(dtype))
    if not right.all():
        place = int(np.argmin(right))
        large = f", which {dtype} cannot hold" if np.isfinite(parameters[place]) else ""
        raise DataError(
            f"{layout.place_said(place)} of the parameters to begin with is {parameters[place]:g}{large}; "
            "give finite numbers, of the size of weights"
        )


def _require_rows(data: Data, rows: NDArray[np.int64]) -> None:
    """Refuse row numbers that are not there, or say nothing."""
    require_rows(data, rows)
    if data.weights is not None and not np.any(data.weights[rows]):
        raise DataError("all rows of a job have the weight 0; name at least one that counts")
