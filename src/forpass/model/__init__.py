"""A trained network: data plus a few plain functions, and the file it is kept in."""

from forpass.model.ensemble import Ensemble
from forpass.model.evaluation import Evaluation
from forpass.model.preprocessor import Preprocessor
from forpass.model.provenance import Provenance
from forpass.model.read import read_model
from forpass.model.scores import Scores
from forpass.model.trained import TrainedModel

__all__ = ["Ensemble", "Evaluation", "Preprocessor", "Provenance", "Scores", "TrainedModel", "read_model"]
