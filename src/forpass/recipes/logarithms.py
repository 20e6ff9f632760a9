"""Values learnt by their logarithm: for targets of which few are very large.

A network learns z = (g - mean) / std of g = log(1 + (y - origin) / size), see `forpass.preprocessing.units`.
For its users two layers turn that back, so that it is a member like any other, in the unit of the others:

    y = factor size exp(g) + origin - size = a elu(g - top) + a + b
    a = factor size exp(top),  b = origin - size

with top the largest g of the training rows. Up to there elu(u) is exp(u) - 1; beyond, it goes on as a
straight line, so that nothing overflows.

The exponential of a mean is less than the mean of exponentials, so the prediction would be too low. `factor`
is the mean of exp(residual) over the rows that a network left out: the smearing estimate (Duan 1983,
"Smearing estimate: a nonparametric retransformation method", JASA 78).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.preprocessing.units import Unit, of_logarithms
from forpass.recipes.chain_records import Chain, Member
from forpass.recipes.problem import Problem
from forpass.spec.data import Data
from forpass.spec.layers import Activation, Dense
from forpass.spec.network import NetworkSpec
from forpass.spec.program import lower

__all__ = ["Logarithms", "learns_logarithms", "suit"]

SKEWED = 1.0
"""Values are highly skewed from such a skewness on (Bulmer 1979, "Principles of Statistics")."""

Array = NDArray[np.float64]


def suit(problem: Problem) -> bool:
    """Whether logarithms suit the values of a problem: all outputs are highly skewed, theirs half as much.

    The logarithms are of the distance from the least value. Where that lies far below all others, they
    change little, and do not suit.
    """
    if problem.task != "regression":
        return False
    T, w = problem.truth[problem.rows], problem.weights_of(problem.rows)
    skewness, of_logs = (_skewness(values, w) for values in (T, of_logarithms(T).standardised(T)))
    return bool(np.all((skewness > SKEWED) & (np.abs(of_logs) < skewness / 2.0)))


def learns_logarithms(chain: Chain) -> bool:
    """Whether the networks of a chain learn logarithms of values."""
    return isinstance(chain.member, Member) and chain.member.transform == "log"


def _skewness(values: Array, weights: Array) -> Array:
    """Return the skewness of each column, mean (y - m)^3 / (mean (y - m)^2)^(3/2); 0 of one value."""
    d = values - np.average(values, axis=0, weights=weights)
    second, third = (np.average(d**power, axis=0, weights=weights) for power in (2, 3))
    return np.asarray(third / np.where(second > 0.0, second, 1.0) ** 1.5)


@dataclass(frozen=True)
class Logarithms:
    """How the values of a problem are learnt by their logarithms, and what leads back.

    Attributes
    ----------
    unit : Unit
        From values, in the problem's unit, to what is learnt.
    top : tuple of float
        The largest g of the training rows, for each output.
    """

    unit: Unit
    top: tuple[float, ...]

    @classmethod
    def of(cls, problem: Problem) -> Logarithms:
        """Return what is learnt from the training rows.

        Examples
        --------
        >>> from forpass.spec.inputs import FeatureGroup
        >>> from forpass.spec.network import Head
        >>> data = Data([[0.0], [1.0], [2.0]], targets=[1.0, 2.0, 8.0])
        >>> logs = Logarithms.of(Problem(data, [FeatureGroup("x", "number", 1)], Head("squared"), 1))
        >>> Z = np.asarray(logs.learnt(data).targets)
        >>> logs.values(Z, np.ones(1)).ravel().round(9).tolist()
        [1.0, 2.0, 8.0]
        """
        T = problem.truth[problem.rows]
        unit = of_logarithms(T)
        g = unit.standardised(T) * unit.std + unit.mean
        return cls(unit, tuple(g.max(axis=0).tolist()))

    def learnt(self, data: Data) -> Data:
        """Return rows with their targets as they are learnt."""
        assert data.targets is not None
        T = self.unit.standardised(data.targets).astype(data.targets.dtype)
        return Data(data.numbers, data.codes, T, data.weights)

    def factor(self, Z: NDArray[Any], truth: Array, weights: Array) -> Array:
        """Return the smearing estimate of each output, from scores (n, k) and values of some rows."""
        exponentials = np.maximum(self._exponentials(Z), 1.0)  # no value lies below the least
        values = 1.0 + (truth - self.unit.origin) / np.array(self.unit.size)
        return np.asarray(np.average(values / exponentials, axis=0, weights=weights))

    def values(self, Z: NDArray[Any], factor: Array) -> Array:
        """Return the values, in the problem's unit, that scores (n, k) predict."""
        return np.asarray((factor * self._exponentials(Z) - 1.0) * self.unit.size + self.unit.origin)

    def _exponentials(self, Z: NDArray[Any]) -> Array:
        """Return exp(g), beyond `top` its tangent there."""
        u = np.asarray(Z, np.float64) * self.unit.std + self.unit.mean - self.top
        return np.asarray(np.exp(self.top) * (np.exp(np.minimum(u, 0.0)) + np.maximum(u, 0.0)))

    def for_users(
        self, spec: NetworkSpec, parameters: NDArray[Any], factor: Array
    ) -> tuple[NetworkSpec, NDArray[Any]]:
        """Return the network that predicts values, and its parameters: see the head of this module."""
        k = len(self.top)
        layers = (*spec.layers, Activation("elu"), Dense(k))
        whole = NetworkSpec(inputs=spec.inputs, layers=layers, head=spec.head)
        before, after = lower(spec).parameters, lower(whole).parameters
        arrays: dict[str, Any] = dict(before.views(parameters))
        W, b = (block.name for block in before.blocks[-2:])
        arrays[W] = arrays[W] * np.array(self.unit.std)
        arrays[b] = arrays[b] * np.array(self.unit.std) + self.unit.mean - self.top
        a = factor * self.unit.size * np.exp(self.top)
        W, b = (block.name for block in after.blocks[-2:])
        arrays[W], arrays[b] = np.diag(a), a + self.unit.origin - self.unit.size
        return whole, after.flatten(arrays, parameters.dtype)
