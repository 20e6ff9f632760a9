"""Ensemble: several trained networks that predict together, with the face of one."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError, SpecError
from forpass.maths.losses import LOSSES
from forpass.model.archive import digest, write_archive
from forpass.model.preprocessor import Preprocessor
from forpass.model.scores import Scores
from forpass.model.trained import TrainedModel
from forpass.shown import Text, one
from forpass.spec.data import Data
from forpass.spec.network import Head
from forpass.spec.require import finite_number, several, whole_number

if TYPE_CHECKING:
    from forpass.engines.reference import Tape

__all__ = ["Encoded", "Ensemble"]

EPSILON = sys.float_info.epsilon


@dataclass(frozen=True, eq=False)
class Encoded:
    """The same rows as several preprocessings make them, the first of which says what their targets are.

    Attributes
    ----------
    parts : tuple of Data
        One for each different preprocessing, in the order in which the members have them.
    made_by : tuple of str
        A digest of each of these preprocessings.
    """

    parts: tuple[Data, ...]
    made_by: tuple[str, ...]

    @property
    def n_rows(self) -> int:
        """Number of examples, n."""
        return self.parts[0].n_rows

    @property
    def targets(self) -> NDArray[Any] | None:
        """The targets, in the first member's unit."""
        return self.parts[0].targets

    @property
    def weights(self) -> NDArray[Any] | None:
        """How much each example counts."""
        return self.parts[0].weights


@dataclass(frozen=True, eq=False, init=False)
class Ensemble:
    """Several trained networks that predict together: the mean of what they predict, in float64.

    Probabilities of classes and labels are averaged, and rates; values in the unit of the table's target.
    The raw scores are those of which the mean is the prediction, so that all that is done with scores,
    figures and losses too, is done with an ensemble's.

    Parameters
    ----------
    members : sequence of TrainedModel
        Of one target. Each may have been trained in its own way, on its own rows and columns, with its own
        preprocessing. The first says how the target is written and in which unit the raw scores are.
    weights : sequence of float, optional
        How much each member counts; by default all the same. They are divided by their sum, unless that is 1
        but for rounding.

    Raises
    ------
    SpecError
        When there are no members, when they predict different things, or for weights that are none.

    Examples
    --------
    >>> import forpass as fp
    >>> xor = fp.Data([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], targets=[0.0, 1.0, 1.0, 0.0])
    >>> spec = fp.multilayer(2, [8], 1, "sigmoid_cross_entropy", activation="tanh")
    >>> steps = fp.OptimizerSpec("adam", learning_rate=0.05)
    >>> members = [fp.train(spec, fp.TrainingSpec(300, optimizer=steps, seed=s), xor) for s in (1, 2)]
    >>> ensemble = fp.Ensemble(members)
    >>> ensemble, ensemble.predict(xor).tolist()
    (<Ensemble of 2, sigmoid_cross_entropy, 66 parameters>, [0, 1, 1, 0])
    """

    members: tuple[TrainedModel, ...]
    weights: tuple[float, ...]
    preprocessings: tuple[Preprocessor, ...]
    """The different preprocessings of the members; none where they take arrays."""
    places: tuple[int, ...]
    """For each member which of them is its own."""
    digests: tuple[str, ...]
    """A digest of each of them, by which an ensemble knows what it has encoded."""

    def __init__(self, members: Sequence[TrainedModel], weights: Sequence[float] | None = None) -> None:
        members = several("members of an ensemble", members)
        require_alike(members)
        preprocessings, places, digests = _different(members)
        object.__setattr__(self, "members", members)
        object.__setattr__(self, "weights", _normalised(weights, len(members)))
        object.__setattr__(self, "preprocessings", preprocessings)
        object.__setattr__(self, "places", places)
        object.__setattr__(self, "digests", digests)

    @property
    def head(self) -> Head:
        """What the raw scores mean: the first member's head."""
        return self.members[0].spec.head

    @property
    def preprocessing(self) -> Preprocessor | None:
        """The first member's preprocessing, which says how the target is written."""
        return self.members[0].preprocessing

    @property
    def threshold(self) -> float:
        """Of two classes, the mean of the members' thresholds, as the probability is that of theirs."""
        thresholds = {member.threshold for member in self.members}
        if len(thresholds) == 1:  # to the bit
            return thresholds.pop()
        return sum(w * member.threshold for w, member in zip(self.weights, self.members, strict=True))

    def encode(self, X: Any, with_targets: bool = False) -> Data | Encoded:
        """Turn what the caller has into arrays, once for each different preprocessing of the members.

        Parameters
        ----------
        X : Data, table or array of shape (n, d)
        with_targets : bool
            Whether the table's target is encoded too, in the first member's unit.

        Returns
        -------
        Data, or `Encoded` where there are several preprocessings
        """
        if isinstance(X, Data) and len(self.preprocessings) > 1:
            raise DataError(
                f"the {len(self.members)} members encode tables in {len(self.preprocessings)} ways, "
                "and one array cannot suit them; give the table"
            )
        if isinstance(X, Data):
            return X
        if isinstance(X, Encoded):
            return self._own(X)
        if len(self.preprocessings) <= 1:
            return self.members[0].encode(X, with_targets)
        return Encoded(tuple(p.encode(X, with_targets) for p in self.preprocessings), self.digests)

    def _own(self, encoded: Encoded) -> Encoded:
        """Refuse rows that other preprocessings have encoded: their numbers would mean something else."""
        if encoded.made_by == self.digests:
            return encoded
        strange = [n for n, digest in enumerate(encoded.made_by, start=1) if digest not in self.digests]
        part = f", part {strange[0]} by one that no member has" if strange else ""
        order = ", in another order" if set(encoded.made_by) == set(self.digests) else ""
        raise DataError(
            f"the rows were encoded for another ensemble, by {len(encoded.parts)} preprocessings{part}; "
            f"this one has {len(self.digests)}{order}: give the table, or what its own encode makes of it"
        )

    def scores(self, X: Any) -> Scores:
        """Return the raw scores with what they mean; see `raw_scores`."""
        encoded = self.encode(X)
        parts = encoded.parts if isinstance(encoded, Encoded) else (encoded,)
        engines = {member.engine for member in self.members}
        engine = engines.pop() if len(engines) == 1 else "numpy"  # which knows any formula
        counted = [i for i, weight in enumerate(self.weights) if weight > 0]
        raws = (self._in_unit(i, parts[self.places[i]]) for i in counted)
        found = Scores.mean(self.head, raws, [self.weights[i] for i in counted], engine)
        return dataclasses.replace(found, threshold=self.threshold)

    def raw_scores(self, X: Any) -> NDArray[Any]:
        """Return the raw scores (n, k), float64, of which the mean of the members' predictions is the link.

        Parameters
        ----------
        X : Data, table, array of shape (n, d), or what `encode` gave
        """
        return self.scores(X).raw

    def predict(self, X: Any) -> Any:
        """Return the decision for each row, as `TrainedModel.predict` does."""
        return self.decode(self.scores(X).decisions)

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return the mean probabilities (n, classes), or (n, labels) where several labels may hold at once.

        Raises
        ------
        DataError
            When the networks do not predict probabilities.
        """
        return self.scores(X).probabilities

    def decode(self, decided: NDArray[Any]) -> Any:
        """Turn decisions, as `Scores` gives them, into what `predict` returns."""
        return self.members[0].decode(decided)

    def trace(self, X: Any, member: int = 0, rows: Any = None, step: int = 0) -> Tape:
        """Run a forward and backward pass of one member; see `TrainedModel.trace`."""
        if whole_number("member of trace", member, at_least=0) >= len(self.members):
            raise SpecError(f"member {member} is asked for, but there are 0 .. {len(self.members) - 1}")
        return self.members[member].trace(X, rows, step)

    def summary(self) -> Text:
        """Return the networks as tables of text, each with the members that are built so."""
        built: dict[str, list[int]] = {}
        for number, member in enumerate(self.members, start=1):
            built.setdefault(member.summary(), []).append(number)
        parts = []
        for table, numbers in built.items():
            shares = ", ".join(f"{number} (weight {self.weights[number - 1]:.3g})" for number in numbers)
            parts.append(f"member{'s' if len(numbers) > 1 else ''} {shares}:\n{table}")
        return Text("\n\n".join(parts))

    def fingerprint(self) -> str:
        """Return a digest of what decides predictions: the members' fingerprints and their weights."""
        members = [member.fingerprint() for member in self.members]
        return digest({}, {"members": members, "weights": self.weights})

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all members to one file, which appears whole or not at all.

        A preprocessing that several of them share is written once.
        """
        arrays = {f"{i}.{name}": a for i, m in enumerate(self.members) for name, a in m.arrays().items()}
        return write_archive(path, "ensemble", arrays, self.to_json())

    def to_json(self) -> dict[str, Any]:
        """Return all but the arrays as plain JSON values."""
        places = self.places if self.preprocessings else [None] * len(self.members)
        return {
            "weights": list(self.weights),
            "preprocessings": [preprocessing.to_json() for preprocessing in self.preprocessings],
            "members": [
                member.to_json() | {"preprocessing": place}
                for member, place in zip(self.members, places, strict=True)
            ],
        }

    @classmethod
    def from_json(
        cls,
        plain: Mapping[str, Any],
        arrays: Mapping[str, NDArray[Any]],
        rebuild: Callable[[Any], Preprocessor],
        threads: int | None = None,
    ) -> Ensemble:
        """Return the ensemble that `to_json` wrote; `rebuild` makes preprocessings from their plain form.

        So many `threads` at most take part when a member predicts.

        Raises
        ------
        InputError, KeyError, TypeError, ValueError, AttributeError, IndexError
            When it is something else.
        """
        preprocessings = [rebuild(stored) for stored in plain["preprocessings"]]
        members = []
        for i, member in enumerate(plain["members"]):
            place = member["preprocessing"]
            own = {name: arrays[f"{i}.{name}"] for name in ("parameters", "buffers")}
            preprocessing = None if place is None else preprocessings[place]
            members.append(TrainedModel.from_json(member, own, preprocessing, threads))
        return cls(members, list(plain["weights"]))

    def _in_unit(self, number: int, data: Data) -> NDArray[np.float64]:
        """A member's raw scores in the unit of the first, float64.

        A value is z std + mean, with the std and the mean of the member's own training rows.
        """
        Z = self.members[number].raw_scores(data).astype(np.float64)
        first, own = (self.members[i].preprocessing for i in (0, number))
        if first is None or own is None or first.target is None or own.target is None:
            return Z
        if (own.target.mean, own.target.std) == (first.target.mean, first.target.std):
            return Z
        values = Z * np.array(own.target.std) + np.array(own.target.mean)
        return np.asarray((values - np.array(first.target.mean)) / np.array(first.target.std))

    def __repr__(self) -> str:
        size = sum(member.parameters.size for member in self.members)
        return f"<Ensemble of {len(self.members)}, {self.head.loss}, {size:,} parameters>"


def require_alike(members: Sequence[Any]) -> None:
    """Refuse members that do not predict the same thing, by number and by what they predict."""
    if not members:
        raise SpecError("an ensemble needs at least one member; give trained models")
    for number, member in enumerate(members, start=1):
        if not isinstance(member, TrainedModel):
            found = type(member).__name__
            raise SpecError(
                f"member {number} is {one(found)}; give trained models, in place of an ensemble its own"
            )
        for (what, first), (_, own) in zip(_asked(members[0]), _asked(member), strict=True):
            if first != own:
                raise SpecError(
                    f"{what} of member {number} is {own}, of member 1 {first}; the members of an ensemble "
                    "must predict the same thing from the same kind of input"
                )


def _asked(model: TrainedModel) -> Iterator[tuple[str, Any]]:
    """What the members of an ensemble must have in common, each with its name."""
    head, preprocessing = model.spec.head, model.preprocessing
    yield "the input", "arrays" if preprocessing is None else "tables"
    if preprocessing is None:
        yield "the number of features", model.spec.n_features
        yield "the list of code sizes", model.spec.code_sizes
    yield "the kind of target", LOSSES[head.loss].targets
    yield "the link", head.link
    yield "the number of outputs", model.spec.n_outputs
    target = None if preprocessing is None else preprocessing.target
    yield "the task", target and target.task
    yield "the target", target and ", ".join(target.names)
    # by their JSON, for 1, 1.0 and true are equal in Python, and are different labels
    yield "the list of classes", target and json.dumps(target.classes, ensure_ascii=False)
    if head.link != "identity":
        yield "the unit of the target", target and (target.mean, target.std)


def _different(
    members: Sequence[TrainedModel],
) -> tuple[tuple[Preprocessor, ...], tuple[int, ...], tuple[str, ...]]:
    """Return the different preprocessings, for each member which of them is its own, and their digests."""
    found: dict[str, Preprocessor] = {}
    texts: dict[int, str] = {}  # of each object once: a preprocessing may be long, and shared by all
    for preprocessing in (member.preprocessing for member in members):
        if preprocessing is not None and id(preprocessing) not in texts:
            texts[id(preprocessing)] = json.dumps(preprocessing.to_json(), sort_keys=True)
            found.setdefault(texts[id(preprocessing)], preprocessing)
    numbers = {text: number for number, text in enumerate(found)}
    places = (numbers[texts[id(m.preprocessing)]] if found else 0 for m in members)
    digests = (hashlib.sha256(text.encode()).hexdigest() for text in found)
    return tuple(found.values()), tuple(places), tuple(digests)


def _normalised(weights: Sequence[float] | None, n: int) -> tuple[float, ...]:
    """Return weights that add up to 1."""
    said = [1.0] * n if weights is None else several("weights of an ensemble", weights)
    given = [_weight(weight) for weight in said]
    if len(given) != n:
        raise SpecError(f"an ensemble of {n} members has {len(given)} weights; give one for each member")
    total = sum(given)
    if total == 0:
        raise SpecError("all weights of the ensemble are 0; give some member a weight above 0")
    if math.isinf(total):
        raise SpecError("the weights of the ensemble add up to infinity; give smaller ones")
    if abs(total - 1.0) <= n * EPSILON:  # as those of a file do, which must not change their bits
        return tuple(given)
    return tuple(weight / total for weight in given)


def _weight(given: Any) -> float:
    return finite_number("each weight of an ensemble", given, at_least=0.0)
