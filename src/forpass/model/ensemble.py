"""Ensemble: several trained networks that predict together, with the face of one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from forpass.above import reported
from forpass.errors import DataError, SpecError
from forpass.model.archive import write_archive
from forpass.model.as_stored import arrays_in_file, fingerprint_of, json_in_file
from forpass.model.calibration import Calibration
from forpass.model.encoded import Encoded
from forpass.model.intervals import Intervals, Sets, no_intervals
from forpass.model.left_out import LeftOut
from forpass.model.members import (
    decision_weights_for,
    different_preprocessings,
    normalised,
    require_alike,
    require_trained,
    sharpness_for,
    summary_of,
    threshold_of,
)
from forpass.model.preprocessor import Preprocessor
from forpass.model.provenance import Provenance
from forpass.model.report import Report, report_of
from forpass.model.scores import Scores
from forpass.model.scoring import BySessions
from forpass.model.together import Together
from forpass.model.trained import TrainedModel
from forpass.shown import Text
from forpass.spec.data import Data
from forpass.spec.network import Head
from forpass.spec.require import require_instance, several, whole_number

if TYPE_CHECKING:
    from forpass.engines.reference import Tape

__all__ = ["Ensemble"]


@dataclass(frozen=True, eq=False, init=False)
class Ensemble:
    """Several trained networks that predict together: the mean of their predictions, in float64.

    Probabilities of classes and labels are averaged, as are rates, and values in the unit of the table's
    target. Its raw scores are those whose prediction is the mean, so an ensemble's scores can be used
    wherever a network's can, for figures and losses too.

    Parameters
    ----------
    members : sequence of TrainedModel
        With one target. Each may have been trained in its own way, on its own rows and columns, with its own
        preprocessing. The first determines how the target is written and the unit of the raw scores.
    weights : sequence of float, optional
        The weight of each member; by default equal. They are divided by their sum, unless that is 1 up to
        rounding.
    sharpness : sequence of float, optional
        The factor of each member's raw scores before they become probabilities, an inverse temperature: above
        1 makes it more confident, below 1 less. By default 1.
    calibration : Calibration, optional
        Applied to the ensemble's raw scores, so that its probabilities are calibrated.
    intervals : Intervals or Sets, optional
        What `predict_interval` of values, or `predict_set` of classes, is computed from.
    decision_weights : sequence of float, optional
        For three classes and more how much the probability of each counts where one is decided for, for
        several labels how much the odds of each; by default 1. Two classes have a threshold.
    provenance : Provenance, optional
        Where the ensemble as a whole comes from; each member has its own. It does not affect predictions.
    left_out : LeftOut, optional
        Which rows members have not seen, by their ``provenance.fold``; it does not affect predictions.

    Raises
    ------
    SpecError
        Without members, when they predict different things, or for invalid weights; when sharpness,
        calibration, weights of decisions or intervals do not fit the members or their outputs.

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
    sharpness: tuple[float, ...]
    calibration: Calibration | None
    intervals: Intervals | Sets | None
    decision_weights: tuple[float, ...]
    provenance: Provenance
    left_out: LeftOut | None
    preprocessings: tuple[Preprocessor, ...] = field(init=False)
    """The distinct preprocessings of the members; none where they take arrays."""
    places: tuple[int, ...] = field(init=False)
    """For each member, which of them is its own."""
    digests: tuple[str, ...] = field(init=False)
    """A digest of each of them, by which an ensemble recognises rows it has encoded."""

    def __init__(
        self,
        members: Sequence[TrainedModel],
        weights: Sequence[float] | None = None,
        *,
        sharpness: Sequence[float] | None = None,
        calibration: Calibration | None = None,
        intervals: Intervals | Sets | None = None,
        decision_weights: Sequence[float] | None = None,
        provenance: Provenance | None = None,
        left_out: LeftOut | None = None,
    ) -> None:
        members = several("members of an ensemble", members)
        require_trained(members)
        require_alike(members)
        head = members[0].spec.head
        if calibration is not None:
            require_instance("calibration of an ensemble", calibration, Calibration)
            calibration.require_fit(head, members[0].spec.n_outputs)
        for name, beside, kind in (("provenance", provenance, Provenance), ("left_out", left_out, LeftOut)):
            if beside is not None:
                require_instance(f"{name} of an ensemble", beside, kind)
        preprocessings, places, digests = different_preprocessings(members)
        made = {
            "members": members,
            "weights": normalised(weights, len(members)),
            "sharpness": sharpness_for(sharpness, len(members), head),
            "calibration": calibration,
            "intervals": intervals,
            "decision_weights": decision_weights_for(decision_weights, members[0].spec),
            "provenance": provenance or Provenance(),
            "left_out": left_out,
            "preprocessings": preprocessings,
            "places": places,
            "digests": digests,
        }
        for name, value in made.items():
            object.__setattr__(self, name, value)
        if intervals is not None:
            if not isinstance(intervals, Intervals | Sets):
                raise SpecError(f"intervals of an ensemble must be Intervals or Sets; got {intervals!r}")
            intervals.require_fit(self)

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
        """For two classes, the mean of the members' thresholds."""
        return threshold_of(self.members, self.weights)

    def encode(self, X: Any, with_targets: bool = False) -> Data | Encoded:
        """Turn a table into arrays, once for each distinct preprocessing of the members.

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
            X.require_made_by(self.digests)
            return X
        if len(self.preprocessings) <= 1:
            return self.members[0].encode(X, with_targets)
        return Encoded(tuple(p.encode(X, with_targets) for p in self.preprocessings), self.digests)

    def scores(self, X: Any) -> Scores:
        """Return the raw scores with what they mean; see `raw_scores`."""
        encoded = self.encode(X)
        parts = encoded.parts if isinstance(encoded, Encoded) else (encoded,)
        together = self.together()
        raw = together.raw_scores(parts)
        return Scores(self.head, raw, together.scoring.engine, self.threshold, self.decision_weights)

    def with_members(self, members: Sequence[TrainedModel]) -> Ensemble:
        """Return the same ensemble of other members, one for each, as of the same networks on another engine.

        What it knows of rows and of its training is left out.
        """
        return Ensemble(
            members,
            self.weights,
            sharpness=self.sharpness,
            calibration=self.calibration,
            intervals=self.intervals,
            decision_weights=self.decision_weights,
        )

    def together(self) -> Together[TrainedModel]:
        """Return the members that count, ready to score rows, and what is made of their scores: made once."""
        if (kept := self.__dict__.get("_kept")) is None:
            kept = Together(
                self.members, self.places, self.weights, self.sharpness, self.calibration, BySessions
            )
            self.__dict__["_kept"] = kept
        return kept

    def raw_scores(self, X: Any) -> NDArray[Any]:
        """Return the raw scores (n, k), float64, whose prediction is the mean of the members' predictions.

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

    def predict_interval(self, X: Any, coverage: float = 0.9) -> NDArray[np.float64]:
        """Return a prediction interval for each row (conformal prediction).

        Parameters
        ----------
        X : Data, table, array of shape (n, d), or what `encode` gave
        coverage : float
            The share of rows whose value lies inside its interval, on average over rows that are distributed
            like the training rows (see `forpass.model.intervals`). For other rows, those of a later year for
            instance, coverage may be lower.

        Returns
        -------
        array of shape (n, 2), or (n, k, 2) for several values at once
            The lower and the upper end, in the unit of the table.

        Raises
        ------
        DataError
            When values are not predicted, or the ensemble has no out-of-fold residuals: those come from a
            recipe.
        SpecError
            When the coverage is not between 0 and 1, or is more than the number of rows allows.
        """
        if not isinstance(self.intervals, Intervals):
            raise no_intervals(self.head, "predict_interval", self.members[0].spec.n_outputs)
        return self.intervals.ends(self, X, coverage)

    def predict_set(self, X: Any, coverage: float = 0.9) -> list[tuple[Any, ...]]:
        """Return a prediction set of classes for each row (conformal prediction).

        Parameters
        ----------
        X : Data, table, array of shape (n, d), or what `encode` gave
        coverage : float
            The least share of rows whose class is in the set, on average over rows that are distributed like
            the training rows. The most probable class is always in it, so where its accuracy is higher than
            `coverage`, so is the coverage of the sets.

        Returns
        -------
        list of tuple
            Labels of the table, or class numbers; the most probable first.

        Raises
        ------
        DataError
            When classes are not predicted, or the ensemble has no out-of-fold probabilities: those come from
            a recipe.
        SpecError
            When the coverage is not between 0 and 1, or is more than the number of rows allows.
        """
        if not isinstance(self.intervals, Sets):
            raise no_intervals(self.head, "predict_set", self.members[0].spec.n_outputs)
        return self.intervals.labels(self, X, coverage)

    def decode(self, decided: NDArray[Any]) -> Any:
        """Turn decisions, as `Scores` gives them, into what `predict` returns."""
        return self.members[0].decode(decided)

    def trace(self, X: Any, member: int = 0, rows: Any = None, step: int = 0) -> Tape:
        """Run a forward and backward pass of one member; see `TrainedModel.trace`."""
        if whole_number("member of trace", member, at_least=0) >= len(self.members):
            raise SpecError(f"member {member} is asked for, but there are 0 .. {len(self.members) - 1}")
        return self.members[member].trace(X, rows, step)

    def summary(self) -> Text:
        """Return the architectures as tables of text, each with the members that share it."""
        return summary_of(self.members, self.weights)

    @overload
    def report(self) -> Report: ...

    @overload
    def report(self, table: Any, language: str = "en") -> Any: ...

    def report(self, table: Any = None, language: str = "en") -> Any:
        """Return a report: without a table one page of text on how good the ensemble is, and what was tried.

        With a table that holds the target, a page of HTML on how good it is there, where it fails, and why;
        see `forpass.report_on`.

        Parameters
        ----------
        table : DataFrame, or anything a table can be made of, optional
        language : {"en", "ko"}, default "en"

        Returns
        -------
        Report, or `forpass.ReportPage` with ``.save(path)``
        """
        if table is not None:
            return reported(self, table, language)
        return report_of(repr(self)[1:-1], self.provenance, str(self.intervals or ""))

    def fingerprint(self) -> str:
        """Return a digest of what determines predictions: members, weights, sharpness, calibration."""
        return fingerprint_of(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all members to one file, atomically; a preprocessing they share is written once."""
        return write_archive(path, "ensemble", self.arrays(), self.to_json())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that a file of the ensemble holds."""
        return arrays_in_file(self)

    def to_json(self) -> dict[str, Any]:
        """Return all but the arrays as plain JSON values."""
        return json_in_file(self)

    def __getstate__(self) -> dict[str, Any]:
        """All but what is at work."""
        return {name: value for name, value in self.__dict__.items() if name != "_kept"}

    def __repr__(self) -> str:
        size = sum(member.parameters.size for member in self.members)
        return f"<Ensemble of {len(self.members)}, {self.head.loss}, {size:,} parameters>"

    def _repr_html_(self) -> str:
        from forpass.model.in_html import ensemble_in_html  # who only predicts does not wait for it

        told = [
            (member.program, weight, member.provenance)
            for member, weight in zip(self.members, self.weights, strict=True)
        ]
        return ensemble_in_html(repr(self)[1:-1], self.preprocessing, self.report(), told)
