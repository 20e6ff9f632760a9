"""How a network is to be trained: everything that decides the numbers, and nothing that does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forpass.errors import SpecError
from forpass.maths.schedules import SCHEDULES
from forpass.spec.optimizer import NO_DEVIATION, LBFGSSpec, OptimizerSpec, RoleFactors
from forpass.spec.require import (
    require_choice,
    require_count,
    require_instance,
    require_number,
    several,
)
from forpass.spec.settings import Settings

__all__ = ["ScheduleSpec", "StoppingSpec", "TrainingSpec"]


@dataclass(frozen=True)
class ScheduleSpec:
    """How a factor changes with time: a name of the registry SCHEDULES, its settings and its clock.

    Parameters
    ----------
    name : str
    settings : mapping
    clock : {"step", "epoch", "example"}
        What the schedule counts: steps; whole epochs; or examples seen when the epoch began, which
        is how scikit-learn's ``invscaling`` counts.

    Examples
    --------
    Half the learning rate after every two epochs:

    >>> import forpass as fp
    >>> halved = fp.ScheduleSpec("step", {"every": 2, "factor": 0.5}, clock="epoch")
    >>> training = fp.TrainingSpec(5, schedule=halved, optimizer=fp.OptimizerSpec(learning_rate=0.1))
    >>> data = fp.Data([[0.0], [1.0]], targets=[0.0, 1.0])
    >>> model = fp.train(fp.multilayer(1, [], 1, "squared"), training, data)
    >>> [record.learning_rate for record in model.history]
    [0.1, 0.1, 0.05, 0.05, 0.025]
    """

    name: str = "constant"
    settings: Mapping[str, float] = field(default_factory=dict)
    clock: str = "step"

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", Settings(SCHEDULES.settings(self.name, self.settings)))
        require_choice(self, "clock", ("step", "epoch", "example"))


@dataclass(frozen=True)
class StoppingSpec:
    """When to stop before the last epoch, and which parameters to keep.

    Parameters
    ----------
    monitor : {"auto", "objective", "training_loss", "validation_loss", "validation_metric"}
        The figure that decides; ``"auto"`` is the validation loss where there are validation rows (the
        metric, where `train` was given one), otherwise the objective: training loss and penalty together.
    patience : int, optional
        A plateau is reached after more than this many looks without an improvement by more than
        `tolerance`. None: never.
    tolerance : float
    restore_best : bool or "last"
        End with the parameters and buffers of the best look instead of the last, of equally good looks with
        those of the first, or ``"last"``. Only looks at validation data count.
    plateau : {"stop", "divide_rate"}
        What happens on a plateau. ``"divide_rate"`` divides the learning rate by 5, and stops at
        the plateau that finds it at 1e-6 or less: scikit-learn's ``adaptive``.
    max_steps : int, optional
        Stop after this many steps.
    max_seconds : float, optional
        Stop at the first step boundary after this time, which begins with the first step, and anew when a
        run is continued; where that was is recorded.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> training = fp.TrainingSpec(epochs=1000, stopping=fp.StoppingSpec(patience=20, max_steps=40))
    >>> ended = fp.train(fp.multilayer(1, [], 1, "squared"), training, data).provenance.ended
    >>> ended.reason, ended.step
    ('max_steps', 40)
    """

    monitor: str = "auto"
    patience: int | None = None
    tolerance: float = 0.0
    restore_best: bool | str = True
    plateau: str = "stop"
    max_steps: int | None = None
    max_seconds: float | None = None

    def __post_init__(self) -> None:
        monitors = ("auto", "objective", "training_loss", "validation_loss", "validation_metric")
        require_choice(self, "monitor", monitors)
        require_choice(self, "plateau", ("stop", "divide_rate"))
        if self.restore_best != "last":
            require_instance("restore_best of StoppingSpec", self.restore_best, bool)
        require_number(self, "tolerance")
        if self.patience is not None:
            require_count(self, "patience", at_least=0)
        if self.max_steps is not None:
            require_count(self, "max_steps")
        if self.max_seconds is not None:
            require_number(self, "max_seconds", above=0.0)


ALL_AT_ONCE = "it takes all examples at once"
OWN_LENGTHS = "it finds the length of each step itself"
OF_STEPS = {
    "batch_size": ALL_AT_ONCE,
    "last_batch": ALL_AT_ONCE,
    "replacement": ALL_AT_ONCE,
    "schedule": OWN_LENGTHS,
    "decay_schedule": "it has no decay",
    "dropout_schedule": "it has no dropout",
}
"""What of a training L-BFGS has no use for, and why."""
OF_OPTIMIZERS = {
    "name": "it is a method of its own",
    "learning_rate": OWN_LENGTHS,
    "settings": "its own stand in LBFGSSpec",
    "weight_decay": "give the network Penalty(l2=...) instead",
    "clip_value": OWN_LENGTHS,
    "clip_norm": OWN_LENGTHS,
    "by_role": "give the network Penalty(roles=...) instead",
}
"""The same of an optimiser."""


@dataclass(frozen=True)
class TrainingSpec:
    """How a network is to be trained.

    Parameters
    ----------
    method : {"steps", "lbfgs"}
        ``"steps"``: many small steps along gradients of batches, as `optimizer` says. ``"lbfgs"``: all
        examples at once, a model of the curvature, and a search along a line; what `optimizer`, schedules
        and batches ask for is refused.
    epochs : int
        How often every example is seen; of lbfgs the largest number of iterations.
    batch_size : int, optional
        Examples per step; None: all of them. More than there are means all.
    last_batch : {"keep", "drop"}
        What becomes of the smaller batch that ends an epoch when the batch size does not divide the
        number of examples.
    replacement : bool
        Draw each batch at random with replacement, instead of going through a shuffled list.
    shuffle : bool
        Without it every epoch takes the examples as they lie.
    optimizer : OptimizerSpec
    lbfgs : LBFGSSpec
        When lbfgs ends.
    schedule : ScheduleSpec or tuple of them
        The learning rate is multiplied by all of them.
    decay_schedule, dropout_schedule : ScheduleSpec
        Factors on weight decay and on every dropout rate.
    stopping : StoppingSpec
    batch_mean : {"mean_weight", "batch_weight"}
        The loss of a batch is sum(w l) divided by its size times the mean training weight, or by
        the sum of its own weights as scikit-learn does.
    validate_every : int
        After how many epochs to look at the validation data, each time.
    training_metrics : bool
        Also measure the metric on all training rows at each look.
    dtype : {"float32", "float64"}
        The type in which everything is computed.
    seed : int
        0 <= seed < 2^64. The same seed gives the same numbers.

    Raises
    ------
    SpecError
        For a value that makes no sense, and for what lbfgs does not go with.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[1.0, 3.0, 5.0])
    >>> line = fp.multilayer(1, [], 1, "squared")
    >>> fp.train(line, fp.TrainingSpec(epochs=3, batch_size=2), data).history[-1].step
    6
    >>> fp.train(line, fp.TrainingSpec(epochs=3, batch_size=2, last_batch="drop"), data).history[-1].step
    3
    >>> fp.TrainingSpec(method="lbfgs", batch_size=64)
    Traceback (most recent call last):
      ...
    forpass.errors.SpecError: lbfgs does not go with batch_size=64 (it takes all examples at once); ...
    """

    epochs: int = 100
    batch_size: int | None = 32
    last_batch: str = "keep"
    replacement: bool = False
    shuffle: bool = True
    optimizer: OptimizerSpec = field(default_factory=OptimizerSpec)
    schedule: tuple[ScheduleSpec, ...] | ScheduleSpec = ()
    decay_schedule: ScheduleSpec = field(default_factory=ScheduleSpec)
    dropout_schedule: ScheduleSpec = field(default_factory=ScheduleSpec)
    stopping: StoppingSpec = field(default_factory=StoppingSpec)
    batch_mean: str = "mean_weight"
    validate_every: int = 1
    training_metrics: bool = False
    dtype: str = "float32"
    seed: int = 0
    method: str = "steps"
    lbfgs: LBFGSSpec = field(default_factory=LBFGSSpec)

    def __post_init__(self) -> None:
        require_instance("optimizer of TrainingSpec", self.optimizer, OptimizerSpec)
        require_instance("lbfgs of TrainingSpec", self.lbfgs, LBFGSSpec)
        require_instance("stopping of TrainingSpec", self.stopping, StoppingSpec)
        require_choice(self, "method", ("steps", "lbfgs"))
        require_count(self, "epochs")
        if self.batch_size is not None:
            require_count(self, "batch_size")
        require_choice(self, "last_batch", ("keep", "drop"))
        require_choice(self, "batch_mean", ("mean_weight", "batch_weight"))
        require_choice(self, "dtype", ("float32", "float64"))
        require_count(self, "validate_every")
        require_count(self, "seed", at_least=0)
        if isinstance(self.schedule, ScheduleSpec):
            object.__setattr__(self, "schedule", (self.schedule,))
        object.__setattr__(self, "schedule", several("schedule of TrainingSpec", self.schedule))
        for schedule in (*self.schedules, self.decay_schedule, self.dropout_schedule):
            require_instance("each schedule of TrainingSpec", schedule, ScheduleSpec)
        for flag in (self.shuffle, self.replacement, self.training_metrics):
            require_instance("each of shuffle, replacement and training_metrics", flag, bool)
        if self.method == "lbfgs":
            self._require_lbfgs()

    def _require_lbfgs(self) -> None:
        """Refuse what only steps can do, rather than leave it out unsaid."""
        plain = TrainingSpec(batch_size=None if self.batch_size is None else TrainingSpec.batch_size)
        asked = [
            f"{path}{field}={getattr(spec, field)!r} ({why})"
            for path, spec, usual, fields in (
                ("optimizer.", self.optimizer, plain.optimizer, OF_OPTIMIZERS),
                ("stopping.", self.stopping, plain.stopping, {"plateau": OWN_LENGTHS}),
                ("", self, plain, OF_STEPS),
            )
            for field, why in fields.items()
            if getattr(spec, field) != getattr(usual, field)
        ]
        if asked:
            it = "it" if len(asked) == 1 else "them"
            raise SpecError(
                f"lbfgs does not go with {' and '.join(asked)}; leave {it} out, "
                'or train by steps (method="steps", an optimizer such as adam)'
            )

    @property
    def by_steps(self) -> bool:
        """Whether it goes step by step."""
        return self.method == "steps"

    def factors(self, role: str) -> RoleFactors:
        """Return the factors for parameters of a role."""
        return self.optimizer.by_role.get(role, NO_DEVIATION)

    @property
    def schedules(self) -> tuple[ScheduleSpec, ...]:
        """The schedules on the learning rate, always as a tuple."""
        return self.schedule if isinstance(self.schedule, tuple) else (self.schedule,)
