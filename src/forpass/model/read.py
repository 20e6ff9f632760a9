"""Reading model files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from numpy.typing import NDArray

from forpass.engines.threads import require_threads
from forpass.errors import NOT_AS_WRITTEN, ModelFileError
from forpass.model.archive import incomplete, read_archive
from forpass.model.calibration import Calibration
from forpass.model.ensemble import Ensemble
from forpass.model.intervals import conformal_from_json
from forpass.model.left_out import LeftOut
from forpass.model.named_arrays import arrays_of
from forpass.model.preprocessor import Preprocessor
from forpass.model.provenance import Provenance
from forpass.model.trained import TrainedModel

__all__ = ["ensemble_of", "read_model"]


def read_model(
    path: str | os.PathLike[str], rebuild: Callable[[Any], Preprocessor], threads: int | None = None
) -> TrainedModel | Ensemble:
    """Read the file of a model or of an ensemble; `rebuild` makes a preprocessing from its plain form.

    `threads` is how many may take part when it predicts; None: as many as pay.

    Raises
    ------
    SpecError
        For threads that are no number of threads.
    ModelFileError
        When the file is not a whole file of a model or an ensemble, of a schema this forpass knows.
    """
    require_threads("threads of load", threads)
    kind, arrays, content = read_archive(path, "model", "ensemble")
    try:
        if kind == "ensemble":
            return ensemble_of(content, arrays, rebuild, threads)
        stored = content["preprocessing"]
        preprocessing = None if stored is None else rebuild(stored)
        return TrainedModel.from_json(content, arrays, preprocessing, threads)
    except ModelFileError:  # it says better what is wrong
        raise
    except NOT_AS_WRITTEN as error:
        raise incomplete(path, kind, error) from None


def ensemble_of(
    plain: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    rebuild: Callable[[Any], Preprocessor],
    threads: int | None = None,
) -> Ensemble:
    """Return the ensemble that `Ensemble.to_json` wrote; `rebuild` and `threads` are those of `read_model`.

    Raises
    ------
    InputError, KeyError, TypeError, ValueError, AttributeError, IndexError
        When it is something else.
    """
    preprocessings = [rebuild(stored) for stored in plain["preprocessings"]]
    members = []
    for i, member in enumerate(plain["members"]):
        place = member["preprocessing"]
        known = None if place is None else preprocessings[place]
        members.append(TrainedModel.from_json(member, arrays_of(str(i), arrays), known, threads))
    calibration, provenance = plain.get("calibration"), plain.get("provenance")
    intervals, own = plain.get("intervals"), arrays_of("intervals", arrays)
    of_quantiles = partial(ensemble_of, rebuild=rebuild, threads=threads)
    return Ensemble(
        members,
        list(plain["weights"]),
        sharpness=plain.get("sharpness"),
        calibration=None if calibration is None else Calibration.from_json(calibration),
        intervals=None if intervals is None else conformal_from_json(intervals, own, of_quantiles),
        decision_weights=plain.get("decision_weights"),
        provenance=None if provenance is None else Provenance.from_json(provenance),
        left_out=LeftOut.from_arrays(arrays_of("left_out", arrays)),
    )
