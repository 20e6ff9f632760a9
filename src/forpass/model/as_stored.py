"""An ensemble as its file holds it: arrays and plain JSON, and the digest of what decides its predictions.

`forpass.model.read` is the way back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from forpass.model.archive import digest
from forpass.model.calibration import Calibration
from forpass.model.intervals import Intervals, Sets
from forpass.model.left_out import LeftOut
from forpass.model.named_arrays import named_arrays
from forpass.model.preprocessor import Preprocessor
from forpass.model.provenance import Provenance

__all__ = ["arrays_in_file", "fingerprint_of", "json_in_file"]


class StoredMember(Protocol):
    """What is needed of a network."""

    def fingerprint(self) -> str:
        """Return a digest of what determines its predictions."""
        ...

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Return the arrays that a file holds of it."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return all but the arrays."""
        ...


class Stored(Protocol):
    """What is needed of an ensemble."""

    @property
    def members(self) -> Sequence[StoredMember]:
        """The networks."""
        ...

    @property
    def weights(self) -> Sequence[float]:
        """How much each counts."""
        ...

    @property
    def sharpness(self) -> Sequence[float]:
        """By what the raw scores of each are multiplied."""
        ...

    @property
    def calibration(self) -> Calibration | None:
        """What makes their probabilities calibrated."""
        ...

    @property
    def intervals(self) -> Intervals | Sets | None:
        """What intervals or sets are computed from."""
        ...

    @property
    def decision_weights(self) -> Sequence[float]:
        """How much the probability of each class counts."""
        ...

    @property
    def provenance(self) -> Provenance:
        """Where it comes from."""
        ...

    @property
    def left_out(self) -> LeftOut | None:
        """Which rows members have not seen."""
        ...

    @property
    def preprocessings(self) -> Sequence[Preprocessor]:
        """The distinct preprocessings of the members."""
        ...

    @property
    def places(self) -> Sequence[int]:
        """Which of them is that of each member."""
        ...


def arrays_in_file(ensemble: Stored) -> dict[str, NDArray[Any]]:
    """Return the arrays: those of each member by its number, of intervals, and of the rows left out."""
    beside = {"intervals": ensemble.intervals, "left_out": ensemble.left_out}
    return named_arrays({**dict(enumerate(ensemble.members)), **beside})


def json_in_file(ensemble: Stored) -> dict[str, Any]:
    """Return all but the arrays; a preprocessing that several members share stands there once."""
    members, preprocessings = ensemble.members, ensemble.preprocessings
    places = ensemble.places if preprocessings else [None] * len(members)
    known = {} if ensemble.provenance == Provenance() else {"provenance": ensemble.provenance.to_json()}
    if ensemble.intervals is not None:
        known["intervals"] = ensemble.intervals.to_json()
    return {
        **_deciding(ensemble),
        **known,
        "preprocessings": [preprocessing.to_json() for preprocessing in preprocessings],
        "members": [
            member.to_json() | {"preprocessing": place} for member, place in zip(members, places, strict=True)
        ],
    }


def fingerprint_of(ensemble: Stored) -> str:
    """Return the digest of what decides predictions, intervals among them."""
    members, found = [member.fingerprint() for member in ensemble.members], ensemble.intervals
    more = {} if found is None else {"intervals": found.identity()}
    return digest(
        {} if found is None else {"quantiles": found.quantiles.values},
        {"members": members, **_deciding(ensemble), **more},
    )


def _deciding(ensemble: Stored) -> dict[str, Any]:
    """What decides predictions beside the members; what is not used is absent."""
    found: dict[str, Any] = {"weights": list(ensemble.weights)}
    if set(ensemble.sharpness) != {1.0}:
        found["sharpness"] = list(ensemble.sharpness)
    if ensemble.calibration is not None:
        found["calibration"] = ensemble.calibration.to_json()
    if ensemble.decision_weights:
        found["decision_weights"] = list(ensemble.decision_weights)
    return found
