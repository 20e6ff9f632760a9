"""What users call: a spec and arrays, or a table and the name of its target."""

from forpass.api.evaluation import Evaluation, evaluate
from forpass.api.tables import train_table
from forpass.api.training import load, resume, train

__all__ = ["Evaluation", "evaluate", "load", "resume", "train", "train_table"]
