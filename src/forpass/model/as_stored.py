"""An ensemble as its file holds it: arrays and plain JSON, and the digest of what decides its predictions.

`forpass.model.read` is the way back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from forpass.model.archive import digest
from forpass.model.named_arrays import named_arrays
from forpass.model.provenance import Provenance

if TYPE_CHECKING:
    from forpass.model.ensemble import Ensemble

__all__ = ["arrays_in_file", "fingerprint_of", "json_in_file"]


def arrays_in_file(ensemble: Ensemble) -> dict[str, NDArray[Any]]:
    """Return the arrays: those of each member by its number, of intervals, and of the rows left out."""
    beside = {"intervals": ensemble.intervals, "left_out": ensemble.left_out}
    return named_arrays({**dict(enumerate(ensemble.members)), **beside})


def json_in_file(ensemble: Ensemble) -> dict[str, Any]:
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


def fingerprint_of(ensemble: Ensemble) -> str:
    """Return the digest of what decides predictions, intervals among them."""
    members, found = [member.fingerprint() for member in ensemble.members], ensemble.intervals
    more = {} if found is None else {"intervals": found.identity()}
    return digest(
        {} if found is None else {"quantiles": found.quantiles.values},
        {"members": members, **_deciding(ensemble), **more},
    )


def _deciding(ensemble: Ensemble) -> dict[str, Any]:
    """What decides predictions beside the members; what is not used is absent."""
    found: dict[str, Any] = {"weights": list(ensemble.weights)}
    if set(ensemble.sharpness) != {1.0}:
        found["sharpness"] = list(ensemble.sharpness)
    if ensemble.calibration is not None:
        found["calibration"] = ensemble.calibration.to_json()
    if ensemble.decision_weights:
        found["decision_weights"] = list(ensemble.decision_weights)
    return found
