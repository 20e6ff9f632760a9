"""The options of training: what `train_table`, the estimators of tables and ``forpass train`` let one choose.

An option is said once, here: its default, what it means, what it may be, and what it changes in a `Setup`.
It is then a keyword of `train_table`, a parameter of `TableClassifier` and `TableRegressor`, and an option of
the command, with a check, a line in the documentation and the same effect in each.

Nothing numerical is imported before a value is checked: the command shows its help without.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypedDict, get_args, get_type_hints

from forpass.api import choices, values
from forpass.api.option import Option
from forpass.api.setup import (
    Recipe,
    into,
    take_batch_size,
    take_optimizer,
    take_patience,
    take_preset,
)
from forpass.api.signatures import Described, type_in_words
from forpass.errors import UnknownNameError

__all__ = [
    "OPTIONS",
    "TrainingOptions",
    "described_option",
    "option_types",
    "require_options",
]


class TrainingOptions(TypedDict, total=False):
    """What can be said about a network and its training, and of which type it is.

    The order is that in which they apply: an optimiser comes before its learning rate.
    """

    preset: Annotated[
        str | Recipe | None,
        Option(
            None,
            "What is trained: the networks of a recipe (default, fast, strong, or a Recipe), or a single one "
            "(plain, or realmlp or tabm as published). By default that of its name, or plain where an option "
            "is said that only a single network has, as its epochs.",
            values.require_preset(choices.presets),
            take_preset,
            metavar="NAME|FILE.json",
            read=values.preset_of_text,
        ),
    ]
    hidden: Annotated[
        int | Sequence[int],
        Option(
            (128, 128),
            "Neurons of each hidden layer. No layer at all makes a linear model.",
            values.layer_sizes,
            into("network.hidden"),
            "hidden_layer_sizes",
            "N,N,...|0",
            values.sizes_of_text,
            single=True,
        ),
    ]
    activation: Annotated[
        str,
        Option(
            "relu",
            "Activation of the hidden layers. A name of the registry ACTIVATIONS.",
            values.one_of(choices.activations),
            into("network.activation"),
            single=True,
        ),
    ]
    dropout: Annotated[
        float | None,
        Option(
            None,
            "Share of hidden activations dropped while training; by default 0.1, and none for lbfgs.",
            values.unless(None, values.number(at_least=0.0, below=1.0)),
            into("network.dropout"),
            single=True,
        ),
    ]
    max_categories: Annotated[
        int,
        Option(
            64,
            "Values of a category that are told apart, the most frequent ones. The others share one, with "
            "a warning.",
            values.whole(),
            into("columns.max_categories"),
        ),
    ]
    missing: Annotated[
        Sequence[str] | None,
        Option(
            None,
            "Words that mean a missing value, an empty cell aside. By default the usual ones: NA, N/A, nan, "
            "null, None, ? and the like. Numbers may be among them: -999.",
            values.require_missing_words,
            into("columns.missing"),
            metavar="WORD,WORD,...",
            read=values.words_of_text,
        ),
    ]
    max_one_hot: Annotated[
        int | None,
        Option(
            None,
            "A category with more values becomes codes, which have trained numbers of their own. The first "
            "layer looks them up (an embedding). By default no category does.",
            values.unless(None, values.whole(0)),
            into("columns.max_one_hot"),
        ),
    ]
    embedding_dimension: Annotated[
        int,
        Option(
            8,
            "Numbers for each value of such a category.",
            values.whole(),
            into("network.embedding_dimension"),
            single=True,
        ),
    ]
    label_smoothing: Annotated[
        float,
        Option(
            0.0,
            "Share of each target that is given evenly to all classes, for a classification.",
            values.number(at_least=0.0, below=1.0),
            into("network.label_smoothing"),
            single=True,
        ),
    ]
    class_weight: Annotated[
        Literal["balanced"] | Mapping[Any, float] | Sequence[Mapping[Any, float]] | None,
        Option(
            None,
            "How much the rows of each class count while it learns: balanced, or a weight for each. "
            "Balanced: all rows / (classes * rows of the class). A class that is not named has 1; several "
            "labels have a dict each. Metrics and figures count rows as they are.",
            values.require_class_weight,
            into("judging.class_weight"),
            metavar="balanced|CLASS=W,...",
            read=values.class_weights_of_text,
        ),
    ]
    optimizer: Annotated[
        str,
        Option(
            "adam",
            "Optimiser, or lbfgs, which takes all rows at once. A name of the registry OPTIMIZERS.",
            values.one_of(choices.optimizers),
            take_optimizer,
            single=True,
        ),
    ]
    learning_rate: Annotated[
        float,
        Option(
            1e-3,
            "Learning rate; not of lbfgs.",
            values.number(above=0.0),
            into("training.optimizer.learning_rate"),
            "learning_rate_init",
            single=True,
        ),
    ]
    weight_decay: Annotated[
        float | None,
        Option(
            None,
            "Decoupled weight decay, which the learning rate multiplies. By default what belongs to the "
            "optimiser: 0.01 for adamw, otherwise 0.",
            values.unless(None, values.number(at_least=0.0)),
            into("training.optimizer.weight_decay"),
            single=True,
        ),
    ]
    epochs: Annotated[
        int,
        Option(
            200,
            "Epochs (of lbfgs: iterations) at most.",
            values.whole(),
            into("training.epochs"),
            "max_iter",
            single=True,
        ),
    ]
    batch_size: Annotated[
        int | Literal["auto"],
        Option(
            "auto",
            "Rows a step; auto: 32, and up to 256 for longer tables.",
            values.unless("auto", values.whole()),
            take_batch_size,
            single=True,
        ),
    ]
    metric: Annotated[
        str | Callable[..., Any] | None,
        Option(
            None,
            "The metric that is reported first; it also decides when a single network stops and which epoch "
            "is kept. By default the loss, which is steadier where few validation rows are of a class. A "
            "name of the registry METRICS (roc_auc, f1, pinball:0.9 ...); in Python also a scorer of "
            "scikit-learn, or f(truth, predicted) of which more is better.",
            values.require_metric,
            into("judging.metric"),
        ),
    ]
    threshold: Annotated[
        float | str | None,
        Option(
            None,
            "Of two classes, the probability above which the positive one is predicted: a number, or the "
            "metric (f1, balanced_accuracy, accuracy) for which it is best, out of fold or on the "
            "validation rows of a single network.",
            values.require_threshold,
            into("judging.threshold"),
            metavar="P|METRIC",
            read=values.threshold_of_text,
        ),
    ]
    positive: Annotated[
        str | bool | int | float | None,
        Option(
            None,
            "Of two classes, the one that precision, recall, f1 and the threshold are of. By default the one "
            "that sorts last: 1, True, yes.",
            values.require_positive,
            into("judging.positive"),
            metavar="CLASS",
            read=str,
        ),
    ]
    patience: Annotated[
        int | float,
        Option(
            10,
            "Epochs without an improvement on the validation rows before it ends. The best is kept; inf: "
            "it goes on for all epochs.",
            values.unless(math.inf, values.whole(0)),
            take_patience,
            "n_iter_no_change",
            read=values.count_of_text,
            metavar="EPOCHS|inf",
            single=True,
        ),
    ]
    time_limit: Annotated[
        float | None,
        Option(
            None,
            "Seconds for all of it: training and the baselines, and of the command the reading of tables. "
            "What was cut short is said.",
            values.unless(None, values.number(above=0.0)),
            into("training.stopping.max_seconds"),
        ),
    ]
    seed: Annotated[
        int,
        Option(
            0,
            "The same seed gives the same model. It decides which rows are set apart, where training "
            "begins and in which order it goes.",
            values.whole(0),
            into("training.seed"),
            "random_state",
        ),
    ]
    refit: Annotated[
        bool,
        Option(
            False,
            "Learn from all rows in the end, for as many epochs as were best. The figures remain those of "
            "the network before, which had not seen the rows it was measured on. Validation and test rows "
            "that are tables of their own stay apart.",
            values.flag,
            into("refit"),
            single=True,
        ),
    ]
    importance: Annotated[
        bool,
        Option(
            False,
            "Measure how much the model needs each column, by exchanging its values. Each row is judged by "
            "networks that have not seen it, before a refit; of a single network test rows, or else "
            "validation rows. It takes as long as the training at most, and what there was no time for is "
            "said.",
            values.flag,
            into("importance"),
        ),
    ]
    engine: Annotated[
        str,
        Option(
            "auto",
            "Engine that carries out the steps; auto is the fastest there is. Or a name of the registry "
            "ENGINES.",
            values.one_of(choices.engines),
            into("engine"),
        ),
    ]
    threads: Annotated[
        int | None,
        Option(
            None,
            "Threads that take part at most; by default as many as pay. Never more than processors, "
            "OMP_NUM_THREADS and threadpoolctl allow. The results are the same bits with any number. The "
            "model predicts with as many; a file does not keep it.",
            values.unless(None, values.whole()),
            into("threads"),
        ),
    ]


HINTS = get_type_hints(TrainingOptions, include_extras=True)
OPTIONS: dict[str, Option] = {name: get_args(hint)[1] for name, hint in HINTS.items()}
"""Every option by its name."""


def option_types(name: str) -> tuple[Any, ...]:
    """Return the types that an option may have, None left out: ``(int, Literal["auto"])``."""
    hint = get_args(HINTS[name])[0]
    return tuple(kind for kind in get_args(hint) or (hint,) if kind is not type(None))


def described_option(name: str) -> Described:
    """Return an option as a docstring shows it."""
    option, hint = OPTIONS[name], get_args(HINTS[name])[0]
    types = " or ".join(map(type_in_words, option_types(name)))
    return Described(name, types, option.default, option.doc, hint)


def require_options(said: Mapping[str, Any], called: Callable[[str], str]) -> None:
    """Refuse options that there are not, and values that make no sense.

    Parameters
    ----------
    said : mapping
        Values by name.
    called : callable
        Says of an option what the caller calls it.

    Raises
    ------
    InputError
    """
    for name, value in said.items():
        if name not in OPTIONS:
            raise UnknownNameError("option", name, OPTIONS)
        OPTIONS[name].check(called(name), value)
