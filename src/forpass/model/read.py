"""Reading model files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from forpass.errors import InputError, ModelFileError
from forpass.model.archive import incomplete, read_archive
from forpass.model.trained import Preprocessor, TrainedModel

__all__ = ["read_model"]

Rebuild = Callable[[Mapping[str, Any]], Preprocessor]


def read_model(path: str | os.PathLike[str], rebuild: Rebuild) -> TrainedModel:
    """Read a model file; `rebuild` makes a preprocessing from its plain form.

    Raises
    ------
    ModelFileError
        When the file is not a whole model file of a schema this forpass knows.
    """
    arrays, content = read_archive(path, "model")
    try:
        stored = content["preprocessing"]
        return TrainedModel.from_json(content, arrays, None if stored is None else rebuild(stored))
    except ModelFileError:  # it says better what is wrong
        raise
    except (InputError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise incomplete(path, "model", error) from None
