"""Prediction intervals and prediction sets of a given coverage: conformal prediction.

Both rest on nonconformity scores s_i of rows that were not trained on, and their quantile q for a coverage
(see `forpass.model.quantiles`).

- Values: s_i = |y_i - f(x_i)| / sigma(x_i), where a second, small ensemble predicts the typical size of the
  residual at x (normalised conformal prediction, Papadopoulos et al. 2011; Lei et al. 2018). The interval is
  f(x) +- q sigma(x).
- Classes: s_i = 1 - p(y_i | x_i). The set holds all classes with a probability of at least 1 - q (least
  ambiguous sets, LAC, Sadinle, Lei & Wasserman 2019).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError, SpecError
from forpass.maths.intervals import around, sigma
from forpass.model.encoded import Encoded
from forpass.model.quantiles import Quantiles
from forpass.model.scores import task_of
from forpass.spec.stored import typed

if TYPE_CHECKING:
    from forpass.model.preprocessor import Preprocessor
    from forpass.spec.data import Data
    from forpass.spec.network import Head, NetworkSpec

__all__ = ["Intervals", "Sets", "Spread", "conformal_from_json", "no_intervals"]

Array = NDArray[np.float64]


class Described(Protocol):
    """What is needed of a member here."""

    @property
    def spec(self) -> NetworkSpec:
        """The description of the network."""
        ...


class Predicting(Protocol):
    """What is needed of an ensemble to predict."""

    @property
    def members(self) -> Sequence[Described]:
        """The networks."""
        ...

    @property
    def head(self) -> Head:
        """What raw scores mean."""
        ...

    @property
    def preprocessing(self) -> Preprocessor | None:
        """The preprocessing that encodes tables."""
        ...

    def encode(self, X: Any, with_targets: bool = False) -> Data | Encoded:
        """Return rows as networks take them."""
        ...

    def raw_scores(self, X: Any) -> NDArray[Any]:
        """Return the raw scores (n, k) of rows."""
        ...

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return probabilities (n, classes)."""
        ...

    def decode(self, decided: NDArray[Any]) -> Any:
        """Turn class numbers into labels."""
        ...


class Kept(Predicting, Protocol):
    """What is needed of an ensemble that is kept in a file."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that a file holds."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return all but the arrays as plain JSON values."""
        ...

    def fingerprint(self) -> str:
        """Return a digest of what decides predictions."""
        ...


@dataclass(frozen=True, eq=False)
class Spread:
    """The typical size of residuals at x: sigma(x) = exp(middle + size z(x)).

    Parameters
    ----------
    ensemble : Ensemble
        Predicts z = (log |r| - middle) / size. It takes arrays, encoded as for the members of the other
        ensemble.
    middle, size : tuple of float
        Mean and standard deviation of log |r|, for each output.
    low, high : tuple of float
        Bounds of z: the range of its out-of-fold predictions.
    """

    ensemble: Kept
    middle: tuple[float, ...]
    size: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def __post_init__(self) -> None:
        k = self.ensemble.members[0].spec.n_outputs
        for name in ("middle", "size", "low", "high"):
            found = getattr(self, name)
            if len(found) != k or not all(map(math.isfinite, found)):
                raise SpecError(f"{name} of the spread must be {k} finite numbers; got {found}")

    def sigma(self, X: Any) -> Array:
        """Return the typical size of the residual of each row, (n, k)."""
        return self.of(self.ensemble.raw_scores(X))

    def of(self, Z: Array) -> Array:
        """Return the same from raw scores z (n, k)."""
        return np.asarray(sigma(Z, *self.constants))

    @property
    def constants(self) -> tuple[Array, ...]:
        """Those of the formula (see `forpass.maths.intervals`), each (k,)."""
        return tuple(np.array(constant) for constant in (self.middle, self.size, self.low, self.high))


@dataclass(frozen=True, eq=False)
class Intervals:
    """What prediction intervals are computed from.

    Parameters
    ----------
    quantiles : Quantiles
        Of |r| / sigma, with r in the unit in which values are learnt.
    spread : Spread or None
        None: all intervals have the same width in that unit.
    """

    quantiles: Quantiles
    spread: Spread | None = None

    def around(self, raw: NDArray[Any], X: Any, coverage: float) -> tuple[Array, Array]:
        """Return the lower and the upper ends (n, k) around raw scores, in their unit."""
        low, high = around(
            raw, self.quantiles.at(coverage), 1.0 if self.spread is None else self.spread.sigma(X)
        )
        return np.asarray(low), np.asarray(high)

    def ends(self, ensemble: Predicting, X: Any, coverage: float) -> Array:
        """Return the ends of the interval of each row, (n, 2) or (n, k, 2), in the unit of the table."""
        encoded = ensemble.encode(X)
        part = encoded.parts[0] if isinstance(encoded, Encoded) else encoded
        found = self.around(ensemble.raw_scores(encoded), part, coverage)
        target = None if ensemble.preprocessing is None else ensemble.preprocessing.target
        low, high = found if target is None else map(target.unit.in_unit, found)
        return (np.concatenate if low.shape[1] == 1 else np.stack)([low, high], axis=-1)

    def require_fit(self, ensemble: Predicting) -> None:
        """Refuse intervals that do not fit the ensemble.

        Raises
        ------
        SpecError
        """
        head, spec = ensemble.head, ensemble.members[0].spec
        if task_of(head, spec.n_outputs) != "regression" or head.link != "identity":
            raise SpecError(
                f"intervals are of values, and the loss {head.loss} predicts none; leave them out"
            )
        inner = None if self.spread is None else self.spread.ensemble.members[0].spec
        for of in (self.quantiles.values.shape[1], spec.n_outputs if inner is None else inner.n_outputs):
            if of != spec.n_outputs:
                raise SpecError(f"the intervals are of {of} values, the ensemble predicts {spec.n_outputs}")
        if inner is not None and (inner.n_features, inner.code_sizes) != (spec.n_features, spec.code_sizes):
            raise SpecError("the spread of the intervals takes other rows than the members of the ensemble")

    def __str__(self) -> str:
        how = "have the same width for all rows" if self.spread is None else "have a width for each row"
        return f"Prediction intervals (predict_interval) {how}, and are {self.quantiles}."

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that a file holds."""
        of = {} if self.spread is None else self.spread.ensemble.arrays()
        return {"quantiles": self.quantiles.values, **{f"spread.{name}": a for name, a in of.items()}}

    def to_json(self) -> dict[str, Any]:
        """Return all but the arrays as plain JSON values."""
        return self._plain(lambda ensemble: ensemble.to_json())

    def identity(self) -> dict[str, Any]:
        """Return what determines the intervals, apart from the quantiles."""
        return self._plain(lambda ensemble: ensemble.fingerprint())

    def _plain(self, of: Callable[[Kept], Any]) -> dict[str, Any]:
        plain: dict[str, Any] = {"is": "Intervals", "rows": self.quantiles.rows}
        if (spread := self.spread) is not None:
            numbers = {name: list(getattr(spread, name)) for name in ("middle", "size", "low", "high")}
            plain["spread"] = {"ensemble": of(spread.ensemble), **numbers}
        return plain


@dataclass(frozen=True, eq=False)
class Sets:
    """What prediction sets are computed from.

    Parameters
    ----------
    quantiles : Quantiles
        Of 1 - p of the true class.
    """

    quantiles: Quantiles

    @classmethod
    def fitted(cls, P: Array, truth: NDArray[np.int64], weights: Array) -> Sets:
        """Return sets fitted to probabilities (n, classes) of rows that were not trained on.

        Examples
        --------
        >>> P = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]])
        >>> found = Sets.fitted(P, np.array([0, 0, 1, 0]), np.ones(4))
        >>> found.members(np.array([[0.5, 0.5], [0.65, 0.35], [0.9, 0.1]]), 0.6).astype(int).tolist()
        [[1, 0], [1, 0], [1, 0]]
        """
        scores = 1.0 - P[np.arange(len(P)), truth]
        return cls(Quantiles.of(scores[:, None], weights))

    def members(self, P: NDArray[Any], coverage: float) -> NDArray[np.bool_]:
        """Return which classes are in the set of each row, (n, classes): the likeliest always."""
        inside = self.quantiles.at(coverage) >= 1.0 - P
        inside[np.arange(len(P)), np.argmax(P, axis=1)] = True
        return np.asarray(inside)

    def labels(self, ensemble: Predicting, X: Any, coverage: float) -> list[tuple[Any, ...]]:
        """Return for each row the labels of the classes in its set, the likeliest first."""
        P = ensemble.predict_proba(X)
        known = np.asarray(ensemble.decode(np.arange(P.shape[1]))).tolist()
        inside, order = self.members(P, coverage), np.argsort(-P, axis=1, kind="stable")
        return [
            tuple(known[k] for k in best if of_row[k]) for best, of_row in zip(order, inside, strict=True)
        ]

    def require_fit(self, ensemble: Predicting) -> None:
        """Refuse sets where classes are not predicted.

        Raises
        ------
        SpecError
        """
        head, outputs = ensemble.head, ensemble.members[0].spec.n_outputs
        if task_of(head, outputs) != "classification":
            raise SpecError(f"sets are of classes, and the loss {head.loss} tells none apart; leave them out")
        if self.quantiles.values.shape[1] != 1:
            raise SpecError("the quantiles of sets must be one column")

    def __str__(self) -> str:
        return f"Prediction sets (predict_set) are {self.quantiles}."

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that a file holds."""
        return {"quantiles": self.quantiles.values}

    def to_json(self) -> dict[str, Any]:
        """Return all but the arrays as plain JSON values."""
        return {"is": "Sets", "rows": self.quantiles.rows}

    identity = to_json


def conformal_from_json(
    plain: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    of_arrays: Callable[[Any, Mapping[str, NDArray[Any]]], Kept],
) -> Intervals | Sets:
    """Return the intervals or sets that `to_json` and `arrays` wrote.

    `of_arrays` rebuilds an ensemble that takes arrays from its own JSON and arrays.

    Raises
    ------
    InputError, KeyError, TypeError, ValueError, AttributeError, IndexError
        When it is something else.
    """
    quantiles = Quantiles(arrays["quantiles"], typed("rows of the quantiles", float, plain["rows"]))
    if plain["is"] == "Sets":
        return Sets(quantiles)
    if plain["is"] != "Intervals":
        raise SpecError(f"intervals must be Intervals or Sets; got {plain['is']!r}")
    stored = plain.get("spread")
    if stored is None:
        return Intervals(quantiles)
    numbers = {
        name: typed(f"{name} of the spread", tuple[float, ...], stored[name])
        for name in ("middle", "size", "low", "high")
    }
    own = {
        name.removeprefix("spread."): array for name, array in arrays.items() if name.startswith("spread.")
    }
    return Intervals(quantiles, Spread(of_arrays(stored["ensemble"], own), **numbers))


def no_intervals(head: Head, asked: str, n_outputs: int) -> DataError:
    """Return the error of a model that lacks the intervals or sets asked for."""
    task = task_of(head, n_outputs)
    fits = {"predict_interval": "regression", "predict_set": "classification"}
    if task != fits[asked]:
        other = next((name for name, of in fits.items() if of == task), "predict_proba")
        kinds = {"regression": "values", "classification": "classes", "multilabel": "several labels"}
        return DataError(
            f"{asked} is for {kinds[fits[asked]]}, and here {kinds[task]} are predicted; use {other}"
        )
    return DataError(
        f"{asked} needs out-of-fold predictions, and this model was made without them; train it with a "
        "preset of several networks, such as preset='fast'"
    )
