"""The parameters of the estimators: each is said once, with its default, what it means and what it may be.

Where an estimator deviates, only the deviation is said: ``but(LENGTH, default=0.01)``. How a class takes them
stands in `forpass.estimators.constructors`.

Those of tables are the options of training, by scikit-learn's names: see `forpass.api.options`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from forpass.api.options import OPTIONS, described_option
from forpass.api.setup import Setup, into
from forpass.api.values import flag, number, one_of, unless, whole
from forpass.errors import SpecError
from forpass.estimators.constructors import Parameter, but
from forpass.maths.activations import ACTIVATIONS
from forpass.spec.network import Penalty

__all__ = [
    "ADALINE",
    "LOSSES_OF_VALUES",
    "LOGISTIC_NEURON",
    "MLP_CLASSIFIER",
    "MLP_REGRESSOR",
    "PERCEPTRON",
    "TABLE_CLASSIFIER",
    "TABLE_REGRESSOR",
    "activation_name",
]

INF = math.inf

LOSSES_OF_VALUES = {
    "squared_error": "squared",
    "poisson": "poisson",
    "absolute_error": "absolute",
    "quantile": "quantile",
}
"""By scikit-learn's names those of the registry LOSSES that suit values."""


def of_training(option: str, **deviations: Any) -> Parameter:
    """Return the parameter that is an option of training, by scikit-learn's name where it has one."""
    name, said = OPTIONS[option].estimator or option, OPTIONS[option]
    types = described_option(option).type
    return Parameter(name, types, said.default, said.doc, said.check, said.apply, option)._replace(
        **deviations
    )


def activation_name(name: str) -> str:
    """Return what the registry ACTIVATIONS calls a function: scikit-learn's ``logistic`` is ``sigmoid``."""
    return "sigmoid" if name == "logistic" else name


def _activations() -> Iterable[str]:
    """All that can learn, those included that were registered a moment ago."""
    return ["logistic", *(a.name for a in ACTIVATIONS.values() if a.trainable)]


def _loudness(name: str, value: Any) -> None:
    if not isinstance(value, bool | np.bool_ | int | np.integer) or value < 0:
        raise SpecError(f"{name} must be False, True or 2; got {value!r}")


def _seed(name: str, value: Any) -> None:
    whole = isinstance(value, int | np.integer) and 0 <= value < 2**32
    if not (value is None or value is np.random or whole or isinstance(value, np.random.RandomState)):
        raise SpecError(
            f"{name} must be None, a whole number from 0 to 2**32 - 1 or a RandomState; got {value!r}"
        )


def _learning_rate(setup: Setup, rate: float) -> Setup:
    """Take a learning rate, of which L-BFGS has none: scikit-learn's class takes no notice of it either."""
    return into("training.optimizer.learning_rate")(setup, rate) if setup.training.by_steps else setup


# --- those that several estimators have ----------------------------------------------------------

RANDOM_STATE = Parameter(
    "random_state",
    "int or RandomState",
    None,
    "Decides all that is drawn: initial weights, rows set apart, order and dropout. ``seed_`` keeps the "
    "number it came to, which repeats the fit.",
    _seed,
)
VERBOSE = Parameter(
    "verbose",
    "bool or int",
    False,
    "Print a line that tells how it goes; 2: a line for every epoch.",
    _loudness,
)
SHUFFLE = Parameter(
    "shuffle",
    "bool",
    True,
    "Take the rows in a new order in each epoch.",
    flag,
    lambda setup, yes: into("training.shuffle")(setup, bool(yes)),
)
CLASS_WEIGHT = Parameter(
    "class_weight",
    'dict, list of dicts or "balanced"',
    None,
    "Weight of each class, times `sample_weight`; ``balanced``: n_samples / (n_classes * rows of it). A "
    "dict for each label where several may hold.",
)
VALIDATION_FRACTION = Parameter(
    "validation_fraction",
    "float",
    0.1,
    "Share of validation rows, which say when to stop; 0: none, and all epochs are carried out.",
    number(at_least=0.0, below=1.0),
)

# --- multi-layer perceptrons ---------------------------------------------------------------------

MULTILAYER = (
    of_training("hidden", default=(100,)),
    Parameter(
        "activation",
        "str",
        "relu",
        "Of the hidden layers: ``identity``, ``logistic``, ``tanh``, ``relu``, or any other name of the "
        "registry ACTIVATIONS that can learn (``gelu``, ``silu``, ``elu`` ...).",
        one_of(_activations),
        lambda setup, name: into("network.activation")(setup, activation_name(name)),
    ),
    Parameter(
        "solver",
        '{"adam", "sgd", "lbfgs", "adamw", "rmsprop", "adagrad"}',
        "adam",
        "``lbfgs`` takes all rows at once and suits small tables; the others go by batches.",
        one_of(lambda: ("lbfgs", "sgd", "adam", "adamw", "rmsprop", "adagrad")),
    ),
    Parameter(
        "alpha",
        "float",
        1e-4,
        "Price of large weights: alpha / 2 times their sum of squares, divided by the weight of the batch, "
        "is added to the mean loss.",
        number(at_least=0.0),
        # as scikit-learn: alpha / 2 |W|^2 is divided by the weight of the batch
        lambda setup, alpha: into("network.penalty")(setup, Penalty(l2=alpha, per="batch_weight")),
    ),
    Parameter(
        "batch_size",
        'int or "auto"',
        "auto",
        "Rows a step; ``auto`` is min(200, n_samples).",
        unless("auto", whole()),
    ),
    Parameter(
        "learning_rate",
        '{"constant", "invscaling", "adaptive"}',
        "constant",
        "Of ``sgd``. ``invscaling``: learning_rate_init / (rows seen + 1)^power_t. ``adaptive``: a fifth "
        "whenever an improvement by `tol` fails to come, down to 1e-6.",
        one_of(lambda: ("constant", "invscaling", "adaptive")),
    ),
    of_training("learning_rate", apply=_learning_rate),
    Parameter("power_t", "float", 0.5, "See `learning_rate`.", number(at_least=0.0)),
    of_training("epochs"),
    SHUFFLE,
    RANDOM_STATE,
    Parameter(
        "tol",
        "float",
        1e-4,
        "An epoch that does not improve the loss (with `early_stopping` the score) by more counts as none; "
        "for ``lbfgs`` the largest entry of the gradient at which it has converged.",
        number(at_least=0.0),
    ),
    VERBOSE,
    Parameter(
        "warm_start",
        "bool",
        False,
        "Begin `fit` with the weights of the last one. To go on exactly, optimiser and all, use "
        "`partial_fit`.",
        flag,
    ),
    Parameter("momentum", "float", 0.9, "Of ``sgd``, from 0 to 1.", number(0.0, 1.0)),
    Parameter("nesterovs_momentum", "bool", True, "Of ``sgd`` with momentum: Nesterov's way.", flag),
    of_training(
        "metric",
        apply=None,
        doc="What the validation rows are measured by, and with `early_stopping` when to stop and what to "
        "keep: a name of the registry METRICS (roc_auc, f1, pinball:0.9 ...), a scorer of scikit-learn, or "
        "f(truth, predicted) of which more is better. By default accuracy or R2.",
    ),
    Parameter(
        "early_stopping",
        "bool",
        False,
        "Split off a share of the rows (or use `validation_data` of `fit`), stop when their score has not "
        "improved for `n_iter_no_change` epochs, and keep the best weights.",
        flag,
    ),
    but(VALIDATION_FRACTION, doc="Of the rows, with `early_stopping`; each class gives its share."),
    Parameter(
        "beta_1",
        "float",
        0.9,
        "Decay of the mean of gradients, of ``adam`` and ``adamw``.",
        number(at_least=0.0, below=1.0),
    ),
    Parameter(
        "beta_2", "float", 0.999, "Decay of the mean of their squares.", number(at_least=0.0, below=1.0)
    ),
    Parameter(
        "epsilon",
        "float",
        1e-8,
        "Keeps divisions finite; of ``adam``, ``adamw``, ``rmsprop`` and ``adagrad``.",
        number(above=0.0),
    ),
    Parameter(
        "n_iter_no_change",
        "int or inf",
        10,
        "Epochs in a row without an improvement before it ends.",
        unless(INF, whole()),
    ),
    Parameter("max_fun", "int", 15000, "Evaluations of the objective by ``lbfgs``, at most.", whole()),
    of_training(
        "dropout", default=0.0, doc="Share of hidden activations dropped while training. Not for ``lbfgs``."
    ),
    Parameter(
        "clip_norm",
        "float",
        None,
        "Longest gradient: longer ones are shortened to it. Not for ``lbfgs``.",
        unless(None, number(above=0.0)),
        into("training.optimizer.clip_norm"),
    ),
    of_training("time_limit", name="max_seconds", doc="Time limit for `fit`."),
    of_training("engine"),
    of_training("threads", apply=None),
)

MLP_CLASSIFIER = (*MULTILAYER, CLASS_WEIGHT)

MLP_REGRESSOR = (
    Parameter(
        "loss",
        '{"squared_error", "poisson", "absolute_error", "quantile"}',
        "squared_error",
        "``squared_error`` and ``poisson`` (for counts; predictions are exp of the raw score) are halved, "
        "as in scikit-learn. ``absolute_error`` leads to the median, ``quantile`` to that `quantile`.",
        one_of(lambda: LOSSES_OF_VALUES),
    ),
    *MULTILAYER,
    Parameter("quantile", "float", 0.5, "Which quantile, of the loss ``quantile``."),
)

# --- tables --------------------------------------------------------------------------------------

OF_CLASSES = "class_weight", "threshold", "positive"
TABLE_REGRESSOR = (
    *(of_training(name) for name in OPTIONS if name not in {"preset", "seed", *OF_CLASSES}),
    of_training("preset"),
    but(
        VALIDATION_FRACTION,
        doc="Of a single network, the share of validation rows, which say when to stop; 0: none, and all "
        "epochs are carried out. Presets realmlp and tabm take 0.2 for it.",
    ),
    Parameter(
        "schema",
        "dict",
        None,
        "Columns that are not what they look like: words of `forpass.preprocessing.KINDS`, a date with its "
        'notation, as in ``{"zip": "category", "id": "drop", "born": "date:%d.%m.%Y"}``.',
    ),
    RANDOM_STATE,
    VERBOSE,
)
TABLE_CLASSIFIER = (*TABLE_REGRESSOR, *map(of_training, OF_CLASSES))

# --- single neurons ------------------------------------------------------------------------------

LENGTH = Parameter("learning_rate", "float", 0.1, "The eta above.", number(above=0.0))
STANDSTILL = Parameter(
    "tol", "float", 1e-4, "It ends when the mean loss has not improved by more for 5 epochs."
)
LOGISTIC_NEURON = (
    LENGTH,
    of_training("epochs", default=1000, doc="Epochs at most."),
    STANDSTILL,
    SHUFFLE,
    RANDOM_STATE,
    of_training("engine"),
)
ADALINE = (but(LENGTH, default=0.01), *LOGISTIC_NEURON[1:])
PERCEPTRON = (
    but(LENGTH, default=1.0, doc="Length of the steps. From zero weights it changes only their scale."),
    but(LOGISTIC_NEURON[1], doc="Epochs at most. It ends with the first that leaves every example right."),
    *LOGISTIC_NEURON[3:],
)
