"""What `MLPClassifier` and `MLPRegressor` have in common: all but what y means."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import column_or_1d

from forpass.api.metrics import TargetMeaning, higher_is_better, metric_for
from forpass.api.training import model_of
from forpass.errors import SpecError
from forpass.estimators.callbacks import TakesCallbacks, both
from forpass.estimators.manners import (
    Estimator,
    drawing_from,
    examples_checked,
    progress_of,
    require_fitted,
    rows_checked,
    seed_from,
    unchanged_by_failure,
    validation_examples,
    weights_of_rows,
)
from forpass.estimators.plots import PlotsOfTraining
from forpass.estimators.settings import network_of, require_multilayer, training_of
from forpass.model import Scores, TrainedModel
from forpass.model.history import EpochRecord, History
from forpass.model.target_scale import COPED, SCALE_BY_ITSELF, far_from_unit_scale
from forpass.sampling.splits import split_off
from forpass.spec.data import Data
from forpass.spec.network import Head
from forpass.spec.program import Program, lower
from forpass.spec.training import TrainingSpec
from forpass.told import warn_the_caller
from forpass.training import Job, Outcome, Run, RunState, fit
from forpass.training.events import Listener, Running
from forpass.training.job import Beginning

__all__ = ["Multilayer", "Target", "goes_by_steps"]

OUT_ACTIVATIONS = {"identity": "identity", "logistic": "logistic", "softmax": "softmax", "exponential": "exp"}
"""By our links, as scikit-learn calls them in ``out_activation_``."""


def goes_by_steps(estimator: Any) -> bool:
    """Whether there is a `partial_fit`: ``lbfgs`` needs all rows at once."""
    return bool(estimator.solver != "lbfgs")


class Target(NamedTuple):
    """What y asks of a network.

    Attributes
    ----------
    head : Head
    n_outputs : int
    values : array
        y as `Data` takes it.
    strata : array or None
        Labels by which validation rows are drawn in proportion.
    meaning : TargetMeaning
        What encoded targets stand for.
    """

    head: Head
    n_outputs: int
    values: NDArray[Any]
    strata: NDArray[Any] | None = None
    meaning: TargetMeaning = TargetMeaning("regression")


class Multilayer(TakesCallbacks, PlotsOfTraining, Estimator, ABC):
    """The abstract estimator: parameters to specs, a run, and its outcome to attributes."""

    t_: int
    loss_curve_: list[float]
    validation_scores_: list[float] | None
    best_loss_: float | None
    best_validation_score_: float | None
    _records: list[EpochRecord]

    @abstractmethod
    def _target(self, y: NDArray[Any], anew: bool, partial: bool = False, classes: Any = None) -> Target:
        """Learn from y what is wanted, if `anew`; encode it. A `partial` y need not hold all classes."""

    # -- learning --------------------------------------------------------------------------------
    def fit(self, X: Any, y: Any, sample_weight: Any = None, validation_data: Any = None) -> Any:
        """Train the network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), optional
            How much each row counts; by default 1.
        validation_data : tuple (X, y) or (X, y, sample_weight), optional
            Validation rows, measured after every epoch: ``validation_scores_``. With
            ``early_stopping`` they decide when to stop, and no rows of X are split off for it.

        Returns
        -------
        self
        """
        with unchanged_by_failure(self):
            return self._told(
                self.max_iter,
                X,
                y,
                lambda told: self._fit(X, y, sample_weight, validation_data, partial=False, listener=told),
            )

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation_data: Any,
        partial: bool,
        classes: Any = None,
        listener: Listener | None = None,
    ) -> Any:
        require_multilayer(self)
        if partial and self.early_stopping:
            raise SpecError(
                "partial_fit does not support early_stopping=True: it sees only a part of the rows"
            )
        goes_on = hasattr(self, "coefs_") and (self.warm_start or partial)
        anew = not (goes_on and hasattr(self, "_state"))  # weights may have been written there beforehand
        before = self._state if partial and not anew else None
        X, y = self._checked(X, y, reset=anew)
        target = self._target(y, anew, partial, classes)
        data = Data(X, targets=target.values, weights=self._weights(X, y, sample_weight, partial))
        random = None if partial and not anew else self._random()
        program = lower(network_of(self, data.n_features, target.n_outputs, target.head))
        if random is None or goes_on:
            parameters = self._kept_parameters(program)
        else:
            parameters = _initial_parameters(program, random)
        data, validation = self._divided(data, target, validation_data, random)
        training = self._training(data, _name_of(X), before, partial)
        job = Job(
            program.spec,
            training,
            data,
            validation=validation,
            engine=self.engine,
            threads=self.threads,
            metric=metric_for(self.metric, target.meaning),
            parameters=parameters,
            beginning=_beginning(before, seen=0 if anew else self.t_),
        )
        state = None if before is None else self._continued(before, parameters, training)
        outcome = fit(job, state, listener=both(progress_of(self), listener))
        if anew:
            self.t_, self.loss_curve_, self.validation_scores_, self._records = 0, [], None, []
        self._keep(job, outcome)
        if not partial:
            self._warn_of_the_end(outcome.ended.reason, job, outcome)
        return self

    def _checked(self, X: Any, y: Any, reset: bool) -> tuple[Any, NDArray[Any]]:
        X, y = examples_checked(self, X, y, reset)
        return X, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _weights(self, X: Any, y: NDArray[Any], sample_weight: Any, partial: bool) -> NDArray[Any] | None:
        """How much each row counts."""
        return None if sample_weight is None else weights_of_rows(sample_weight, X.shape[0])

    def _random(self) -> np.random.RandomState:
        """What scikit-learn would draw from; made from one number, ``seed_``, which is kept."""
        self.seed_ = seed_from(self.random_state)
        return drawing_from(self.seed_)

    def _parameters(self, program: Program) -> NDArray[Any]:
        """The parameters as ``coefs_`` and ``intercepts_`` hold them: what one writes there counts."""
        layers = enumerate(zip(self.coefs_, self.intercepts_, strict=True), start=1)
        arrays = {name: value for i, (W, b) in layers for name, value in ((f"W{i}", W), (f"b{i}", b))}
        return program.parameters.flatten(arrays, self.coefs_[0].dtype)

    def _kept_parameters(self, program: Program) -> NDArray[Any]:
        """The parameters to go on from; refuse them where the layers are others by now."""
        shapes = [W.shape for W in self.coefs_]
        wanted = [(op.d_in, op.d_out) for op in program.operations if op.opcode == "affine"]
        if shapes != wanted:
            raise SpecError(
                f"the network to go on with has weights of shapes {shapes}, and now {wanted} are asked for; "
                "keep hidden_layer_sizes, or fit anew with warm_start=False"
            )
        return self._parameters(program)

    def _divided(
        self, data: Data, target: Target, validation_data: Any, random: np.random.RandomState | None
    ) -> tuple[Data, Data | None]:
        """Training and validation rows: those given, or a share of the rows split off."""
        if validation_data is not None:
            X, y, sample_weight = validation_examples(validation_data)
            X, y = self._checked(X, y, reset=False)
            weights = self._weights(X, y, sample_weight, partial=False)
            return data, Data(X, targets=self._target(y, anew=False, partial=True).values, weights=weights)
        if not self.early_stopping or self.solver == "lbfgs":
            return data, None
        share, n = self.validation_fraction, data.n_rows
        n_validation = math.ceil(share * n)
        if n_validation < 2 or n_validation > n - 1:
            raise SpecError(
                f"The validation set is too small: validation_fraction={share} of {n} rows leaves "
                f"{n_validation} validation rows and {n - n_validation} training rows; change it, "
                "or give validation_data"
            )
        strata, rows = target.strata, np.arange(n)
        counts = np.ones(1) if strata is None else np.unique(strata, return_counts=True)[1]
        if strata is not None and (counts.min() < 2 or min(n_validation, n - n_validation) < len(counts)):
            # scikit-learn cannot split classes as small as these; they stay training rows
            training, validation = split_off(n, share, self.seed_, labels=strata, stream="validation")
        else:
            training, validation = train_test_split(
                rows, random_state=random, test_size=share, stratify=strata
            )
        return data.rows(training), data.rows(validation)

    def _training(self, data: Data, dtype: str, before: RunState | None, partial: bool) -> TrainingSpec:
        size = self.batch_size
        if not isinstance(size, str) and size > data.n_rows:
            message = f"batch_size={size} is more than the {data.n_rows} rows, which are one batch"
            warn_the_caller(message, UserWarning)
        if before is None:
            epochs = 1 if partial else self.max_iter
            return training_of(self, data.n_rows, epochs, dtype, self.seed_)
        dtype = _name_of(before.engine.parameters)
        return training_of(self, data.n_rows, before.progress.epoch + 1, dtype, self.seed_)

    def _continued(self, before: RunState, parameters: NDArray[Any], training: TrainingSpec) -> RunState:
        """The state of the last run, with the parameters as they are now."""
        state, patience = before.at(parameters), training.stopping.patience
        if patience is not None:  # one more pass is asked for, whatever was decided before
            looks = min(state.progress.looks_without_improvement, patience)
            state = dataclasses.replace(
                state, progress=state.progress._replace(looks_without_improvement=looks)
            )
        return state if self._solver == self.solver else state.forgetting_slots(training)

    def _keep(self, job: Job, outcome: Outcome) -> None:
        """Turn what a run came to into attributes."""
        program, history = job.program, outcome.history
        views = program.parameters.views(outcome.state.parameters)
        self.n_layers_, self.n_outputs_ = len(views) // 2 + 1, program.n_outputs
        self.coefs_ = [views[f"W{i}"].copy() for i in range(1, self.n_layers_)]
        self.intercepts_ = [views[f"b{i}"].copy() for i in range(1, self.n_layers_)]
        self.out_activation_ = OUT_ACTIVATIONS[program.head.link]
        self._model, self._state, self._solver = model_of(job, outcome), outcome.state, self.solver
        self.n_iter_ = outcome.ended.epoch
        if job.training.by_steps:
            self.t_ += len(history) * job.data.n_rows
        self.loss_curve_ += [record.objective for record in history]
        self._records += history
        self.loss_ = history[-1].objective if history else Run(job, outcome.state).objective()
        self.best_loss_ = None if self.early_stopping else min([*self.loss_curve_, self.loss_])
        if job.validation is not None:
            scores = [float(record.validation_metric or 0.0) for record in history]
            self.validation_scores_ = (self.validation_scores_ or []) + scores
        best = max if higher_is_better(self.metric) else min
        self.best_validation_score_ = best(self.validation_scores_) if self.validation_scores_ else None

    def _warn_of_the_end(self, reason: str, job: Job, outcome: Outcome) -> None:
        """Say why it ended, where that was before it had converged; where y kept it from that, say so."""
        scale = far_from_unit_scale(job.spec.head, np.asarray(job.data.targets), job.data.weights)
        unconverged = {
            "epochs": f"max_iter={self.max_iter} was reached before it converged; raise max_iter, "
            "or scale the features",
            "evaluations": f"max_fun={self.max_fun} was reached before it converged; raise max_fun",
            "stalled": "lbfgs found no way further down; scale the features, or raise tol",
            "max_seconds": "the time was up before it converged; raise max_seconds",
        }
        if reason == "interrupted":
            message = "training was interrupted; the network is as it was then"
            warn_the_caller(message, UserWarning)
        elif scale and _leaves(COPED if reason in unconverged else 1.0, job, outcome):
            ended = "it converged" if reason not in unconverged else unconverged[reason].partition(";")[0]
            warn_the_caller(
                f"{ended}, but y has {scale}, and the outputs of a network begin near 0 and are about 1: "
                "scale y, with TransformedTargetRegressor(MLPRegressor(...), transformer=StandardScaler()), "
                f"or use {SCALE_BY_ITSELF}",
                ConvergenceWarning,
            )
        elif reason in unconverged:
            warn_the_caller(unconverged[reason], ConvergenceWarning)

    # -- using -----------------------------------------------------------------------------------
    @property
    def model_(self) -> TrainedModel:
        """The network as a `TrainedModel`: to save, trace, check and explain.

        It takes arrays and gives class numbers: ``classes_`` says which class each is. It follows what
        is written into ``coefs_`` and ``intercepts_``.
        """
        require_fitted(self, "coefs_")
        model: TrainedModel = self._model
        parts = [part for pair in zip(self.coefs_, self.intercepts_, strict=True) for part in pair]
        written, kinds = b"".join([part.tobytes() for part in parts]), [part.dtype for part in parts]
        if written != model.parameters.tobytes() or kinds.count(model.parameters.dtype) < len(kinds):
            parameters = self._parameters(model.program)
            if not np.array_equal(parameters, model.parameters):
                self._model = model = dataclasses.replace(model, parameters=parameters)
        return model

    def _as_of(self, run: Running) -> dict[str, Any]:
        job, state = run.job, run.state().engine
        views = run.parameters()
        layers = range(1, len(views) // 2 + 1)
        return {
            "coefs_": [views[f"W{i}"] for i in layers],
            "intercepts_": [views[f"b{i}"] for i in layers],
            "_model": TrainedModel(job.spec, state.parameters, state.buffers, engine=job.engine),
            "n_layers_": len(layers) + 1,
            "n_outputs_": job.program.n_outputs,
        }

    def _learnt(self) -> History:
        """Return the records of all calls of `fit` and `partial_fit` that led here, as of one run."""
        require_fitted(self, "coefs_")
        return History(dataclasses.replace(record, epoch=i) for i, record in enumerate(self._records, 1))

    def _ready(self, X: Any) -> tuple[TrainedModel, Data]:
        """The model, and rows to predict, checked."""
        return self.model_, rows_checked(self, X)

    # -- manners ---------------------------------------------------------------------------------
    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "coefs_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _name_of(array: Any) -> str:
    """Name the type of an array's numbers; `dtype.name` works that out anew, for 3 us."""
    name: str = array.dtype.type.__name__
    return name


def _beginning(before: RunState | None, seen: int) -> Beginning:
    """Say where a run goes on; `seen` rows have come by before, which is the clock of ``invscaling``."""
    if before is None:
        return Beginning(examples=seen)
    return Beginning(before.progress.step, before.progress.epoch, seen)


def _leaves(share: float, job: Job, outcome: Outcome) -> bool:
    """Whether at least such a share is left of the loss that the mean of the training rows would leave."""
    T, w = np.asarray(job.data.targets), job.data.weights
    mean = np.broadcast_to(np.average(T, axis=0, weights=w), T.shape)
    loss = outcome.history[-1].training_loss if outcome.history else math.inf
    return loss >= share * Scores(job.spec.head, mean).loss(T, w)


def _initial_parameters(program: Program, random: np.random.RandomState) -> NDArray[np.float64]:
    """Draw what scikit-learn draws: W and b of each layer, uniform to sqrt(6 / (d_in + d_out)) (Glorot).

    The 6 is a 2 before a sigmoid.
    """
    sigmoid = any(op.opcode == "activation" and op.function == "sigmoid" for op in program.operations)
    drawn = np.empty(program.parameters.size)
    views = program.parameters.views(drawn)
    for op in program.operations:
        if op.opcode == "affine":
            bound = np.sqrt((2.0 if sigmoid else 6.0) / (op.d_in + op.d_out))
            W, b = op.parameters
            views[W][...] = random.uniform(-bound, bound, (op.d_in, op.d_out))
            views[b][...] = random.uniform(-bound, bound, op.d_out)
    return drawn
