"""Reading model files."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from forpass.engines.threads import require_threads
from forpass.errors import NOT_AS_WRITTEN, ModelFileError
from forpass.model.archive import incomplete, read_archive
from forpass.model.ensemble import Ensemble
from forpass.model.preprocessor import Preprocessor
from forpass.model.trained import TrainedModel

__all__ = ["read_model"]


def read_model(
    path: str | os.PathLike[str], rebuild: Callable[[Any], Preprocessor], threads: int | None = None
) -> TrainedModel | Ensemble:
    """Read the file of a model or of an ensemble; `rebuild` makes a preprocessing from its plain form.

    At most so many `threads` take part when it predicts; None: as many as pay.

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
            return Ensemble.from_json(content, arrays, rebuild, threads)
        stored = content["preprocessing"]
        preprocessing = None if stored is None else rebuild(stored)
        return TrainedModel.from_json(content, arrays, preprocessing, threads)
    except ModelFileError:  # it says better what is wrong
        raise
    except NOT_AS_WRITTEN as error:
        raise incomplete(path, kind, error) from None
