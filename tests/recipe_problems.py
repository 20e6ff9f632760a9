"""Small problems for recipes, and recipes that take no time."""

import numpy as np

from forpass import Data, FeatureGroup, Head
from forpass.recipes import PRESETS, Chain, Folds, LinearMember, Member, Problem, Recipe

HEADS = {
    "values": Head("squared"),
    "two": Head("sigmoid_cross_entropy"),
    "three": Head("softmax_cross_entropy"),
    "labels": Head("sigmoid_cross_entropy"),
}
OUTPUTS = {"values": 1, "two": 1, "three": 3, "labels": 2}


def problem(kind="values", n=60, seed=0, **more):
    """Rows of three features, of which the product of two matters, and targets of a kind."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 3)).astype(np.float32)
    z = X[:, 0] * X[:, 1] + X[:, 2]
    noisy = z + 0.5 * rng.standard_normal(n)
    if kind == "values":
        T = (z / 2.0)[:, None].astype(np.float32)
    elif kind == "three":
        T = np.digitize(noisy, [-0.5, 0.5])
    else:
        T = np.column_stack([noisy > 0, noisy > 1])[:, : OUTPUTS[kind]].astype(np.float32)
    more = {"keys": {"labels": T.ravel()} if kind in ("two", "three") else {}} | more
    inputs = [FeatureGroup("x", "number", 3)]
    return Problem(
        Data(X, targets=T, weights=more.pop("counts", None)), inputs, HEADS[kind], OUTPUTS[kind], **more
    )


def recipe(*chains, name="small", **settings):
    """A recipe of small networks: by default two chains of one rung, and a linear model."""
    small = Member(hidden=(8,), learning_rate=0.1)
    chains = chains or (
        Chain("A", small, (2, 2)),
        Chain("B", Member(hidden=(4, 4)), (1,)),
        Chain("linear", LinearMember()),
    )
    settings = {"folds": (Folds(1, 3, 3, 1),), "epoch_scaling": (60.0, 0.5, 2.0)} | settings
    return Recipe(name, chains, chains, chains, chains, **settings)


__all__ = ["HEADS", "OUTPUTS", "PRESETS", "problem", "recipe"]
