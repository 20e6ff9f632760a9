"""What the members of a network say together: one raw score for each example."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from forpass.maths.means import mean_score
from forpass.spec.program import Program

__all__ = ["mean_of_members"]


def mean_of_members(program: Program, Z: NDArray[Any]) -> NDArray[Any]:
    """Return the raw scores (n, k) whose predictions are the mean of what the members predict.

    Z (n members, k) holds the raw scores of each example one after the other, member by member.

    Examples
    --------
    >>> import numpy as np
    >>> from forpass.spec.layers import Dense
    >>> from forpass.spec.network import Head, NetworkSpec
    >>> from forpass.spec.program import lower
    >>> program = lower(NetworkSpec(1, [Dense(1, by_member=True)], Head("squared"), members=2))
    >>> mean_of_members(program, np.array([[1.0], [2.0], [10.0], [30.0]])).tolist()
    [[1.5], [20.0]]
    """
    members = program.members
    if members == 1:
        return Z
    each = Z.reshape(-1, members, Z.shape[1]).swapaxes(0, 1)
    return mean_score(program.head.link, each, [1.0 / members] * members).astype(Z.dtype)
