"""Published single networks as presets: their network and training, for a setup and an encoded table."""

from __future__ import annotations

import dataclasses

import numpy as np

from forpass.api.road import AnyPreprocessing, Parts
from forpass.api.setup import Setup
from forpass.model.scores import head_for
from forpass.preprocessing import SparsePreprocessing
from forpass.recipes.realmlp import realmlp_network, realmlp_training
from forpass.recipes.tabm import tabm_network, tabm_training
from forpass.spec.network import NetworkSpec

__all__ = ["published_network", "published_setup", "within_range"]


def published_network(name: str, preprocessing: AnyPreprocessing) -> NetworkSpec:
    """Return a network of PUBLISHED for the features of a preprocessing."""
    target = preprocessing.target
    assert target is not None
    head = head_for(target.task, target.outputs)
    if name == "tabm":
        return tabm_network(preprocessing.groups, head, target.outputs)
    waves = not isinstance(preprocessing, SparsePreprocessing)
    return realmlp_network(preprocessing.groups, head, target.outputs, waves)


def published_setup(setup: Setup, parts: Parts) -> Setup:
    """Return a setup whose training is as published; seed, number type and time limit stay."""
    validated = parts.validation is not None
    if setup.published == "tabm":
        return dataclasses.replace(setup, training=tabm_training(setup.training, validated))
    spec = published_network(setup.published, parts.preprocessing)
    return dataclasses.replace(setup, training=realmlp_training(spec, setup.training, validated))


def within_range(parts: Parts) -> Parts:
    """Return parts whose predicted values are clipped to the range of the weighted training rows."""
    target, data = parts.preprocessing.target, parts.training
    if target is None or target.task != "regression" or data.targets is None:
        return parts
    counting = np.ones(data.n_rows, np.bool_) if data.weights is None else data.weights > 0
    held = dataclasses.replace(parts.preprocessing, target=target.with_range(data.targets[counting]))
    return parts._replace(preprocessing=held)
