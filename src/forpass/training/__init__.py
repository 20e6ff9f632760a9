"""One run at a time: which steps are taken and when to look is decided here; the steps are an engine's."""

from forpass.training.events import EpochEnded, StepsEnded, TrainingEnded, TrainingStarted
from forpass.training.job import Job
from forpass.training.loop import fit
from forpass.training.outcome import Outcome
from forpass.training.run import Run
from forpass.training.state import Progress, RunState

__all__ = [
    "EpochEnded",
    "Job",
    "Outcome",
    "Progress",
    "Run",
    "RunState",
    "StepsEnded",
    "TrainingEnded",
    "TrainingStarted",
    "fit",
]
