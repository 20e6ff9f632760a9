"""A trained network: data plus a few plain functions, and the file it is kept in."""

from forpass.model.trained import Preprocessor, TrainedModel

__all__ = ["Preprocessor", "TrainedModel"]
