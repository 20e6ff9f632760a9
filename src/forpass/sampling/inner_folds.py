"""Folds within training rows, for statistics that no row may see its own target in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forpass.maths.philox import uniforms
from forpass.sampling.streams import stream_key
from forpass.spec.data import Data
from forpass.spec.inputs import FeatureGroup

__all__ = ["INNER_FOLDS", "with_inner_folds"]

INNER_FOLDS = 10


def with_inner_folds(data: Data, inputs: Sequence[FeatureGroup], seed: int, folds: int = INNER_FOLDS) -> Data:
    """Return data whose values say a fold as well, K (1 + fold) + code: for a `ValueStatistics`.

    Which fold a row is in depends on its number and the seed alone.

    Parameters
    ----------
    data : Data
    inputs : sequence of FeatureGroup
        The groups of the data.
    seed : int
    folds : int

    Returns
    -------
    Data
        With other codes where there are groups of kind value; otherwise `data` itself.

    Examples
    --------
    >>> data = Data([[0.5], [0.25], [1.0]], codes=[[0], [1], [1]], targets=[0.0, 1.0, 1.0])
    >>> inputs = [FeatureGroup("a", "number", 1), FeatureGroup("a", "value", 0, codes=2)]
    >>> with_inner_folds(data, inputs, seed=0, folds=3).codes.ravel().tolist()
    [4, 3, 7]
    """
    sizes = [group.codes * (group.kind == "value") for group in inputs if group.is_coded]
    if data.codes is None or not any(sizes):
        return data
    fold = np.floor(uniforms(data.n_rows, stream_key(seed, "inner_folds"), (0, 0, 0)) * folds)
    codes = data.codes + (np.outer(1.0 + fold, sizes)).astype(np.int32)
    return replace(data, codes=codes)
