"""The one loop: it decides which steps are taken and when to look, and leaves the steps to an engine."""

from forpass.training.events import EpochEnded, TrainingEnded, TrainingStarted
from forpass.training.loop import Job, Outcome, fit

__all__ = ["EpochEnded", "Job", "Outcome", "TrainingEnded", "TrainingStarted", "fit"]
