"""A trained network: data plus a few plain functions, and the file it is kept in."""

from forpass.model.provenance import Evaluation, Provenance
from forpass.model.read import read_model
from forpass.model.scores import Scores
from forpass.model.trained import Preprocessor, TrainedModel

__all__ = ["Evaluation", "Preprocessor", "Provenance", "Scores", "TrainedModel", "read_model"]
