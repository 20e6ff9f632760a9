"""RealMLP, a single network as it was published (Holzmueller et al. 2024, arXiv 2407.04491, table A.1).

Three hidden layers of 256 on features that are scaled column by column, with periodic embeddings beside the
numbers; a learning rate that rises and falls four times; and the best of 256 epochs on the validation rows.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from forpass.model.scores import task_of
from forpass.recipes.networks import network_of, optimizer_of
from forpass.recipes.presets import PRESETS
from forpass.recipes.records import Member
from forpass.spec.inputs import FeatureGroup
from forpass.spec.network import Head, NetworkSpec
from forpass.spec.training import ScheduleSpec, TrainingSpec

__all__ = ["realmlp_network", "realmlp_training"]

SMOOTHING, EPOCHS = 0.1, 256
OF_CLASSES = Member((256, 256, 256), "parametric_selu", ("periodic",), learning_rate=0.04)
OF_VALUES = replace(OF_CLASSES, activation="parametric_mish", learning_rate=0.2)
ANY_WIDTH = replace(PRESETS["default"], max_periodic=sys.maxsize)


def realmlp_network(
    inputs: Sequence[FeatureGroup], head: Head, outputs: int, waves: bool = True
) -> NetworkSpec:
    """Return the network: [PBLD, features] -> scale -> 3 x (Dense 256 -> parametric SELU or Mish) -> head.

    Label smoothing is 0.1 for classes and labels. Two classes have one raw score, not two.

    Parameters
    ----------
    inputs : sequence of FeatureGroup
    head : Head
        The loss, as `head_for` names it.
    outputs : int
        Raw scores.
    waves : bool
        Whether numeric features have periodic embeddings (PBLD), too; not for a sparse matrix.

    Examples
    --------
    >>> spec = realmlp_network([FeatureGroup("x", "number", 2)], Head("softmax_cross_entropy"), 3)
    >>> [type(layer).__name__ for layer in spec.layers][:4], spec.head.settings["smoothing"]
    (['Concatenate', 'Columnwise', 'Dense', 'Columnwise'], 0.1)
    """
    values = task_of(head, outputs) == "regression"
    member = OF_VALUES if values else OF_CLASSES
    head = head if values else Head(head.loss, {"smoothing": SMOOTHING})
    member = member if waves else replace(member, numbers=())
    return network_of(ANY_WIDTH, member, inputs, head, outputs)


def realmlp_training(spec: NetworkSpec, base: TrainingSpec, validated: bool) -> TrainingSpec:
    """Return how it is trained: AdamW with the schedule `coslog4`, 256 epochs in whole batches of 256.

    Parameters
    ----------
    spec : NetworkSpec
        What `realmlp_network` returned.
    base : TrainingSpec
        With the seed, the number type and the time limit.
    validated : bool
        Whether there are validation rows: then the parameters of the epoch with the best metric on them are
        kept, the last of equally good ones. Otherwise those of the last epoch.

    Examples
    --------
    >>> spec = realmlp_network([FeatureGroup("x", "number", 2)], Head("squared"), 1)
    >>> training = realmlp_training(spec, TrainingSpec(seed=3), validated=True)
    >>> training.epochs, training.batch_size, training.optimizer.learning_rate, training.seed
    (256, 256, 0.2, 3)
    """
    values = task_of(spec.head, spec.n_outputs) == "regression"
    member = OF_VALUES if values else OF_CLASSES
    monitor = "validation_metric" if validated else "auto"
    return replace(
        base,
        epochs=EPOCHS,
        batch_size=256,
        last_batch="drop",
        optimizer=optimizer_of(member, spec),
        schedule=ScheduleSpec("coslog4"),
        decay_schedule=ScheduleSpec("flat_cosine"),
        dropout_schedule=ScheduleSpec("flat_cosine"),
        stopping=replace(base.stopping, monitor=monitor, patience=None, restore_best="last"),
    )
