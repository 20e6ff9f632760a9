"""Reading models. What serves one waits for this module, which imports nothing that trains."""

from __future__ import annotations

import os

from forpass.model import Ensemble, TrainedModel, read_model
from forpass.preprocessing import preprocessing_from_json

__all__ = ["load"]


def load(path: str | os.PathLike[str], *, threads: int | None = None) -> TrainedModel | Ensemble:
    """Read a model or an ensemble that was saved. Reading never runs code from the file.

    Parameters
    ----------
    path : path
        What ``model.save(path)`` wrote, with any forpass up to this one.
    threads : int, optional
        How many threads may take part when it predicts; by default as many as pay.

    Returns
    -------
    TrainedModel or Ensemble

    Raises
    ------
    ModelFileError
        When the file is missing, cut, altered, not a model, or from a newer forpass.
    SpecError
        For threads that are no number of threads.

    Examples
    --------
    >>> import tempfile, forpass as fp
    >>> data = fp.Data([[0.0], [1.0]], targets=[0.0, 1.0])
    >>> model = fp.train(fp.multilayer(1, [], 1, "squared"), fp.TrainingSpec(epochs=1), data)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = model.save(f"{folder}/line.forpass")
    ...     fp.load(path).fingerprint() == model.fingerprint()
    True
    """
    return read_model(path, preprocessing_from_json, threads)
