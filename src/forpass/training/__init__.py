"""One run at a time: which steps are taken and when to look is decided here; the steps are an engine's.

A map:

- `job` is what is to be done, `state` and `progress` where it stands, `outcome` what came of it, `events`
  what is told meanwhile.
- `run` drives a job one stretch of steps at a time: `planning` (which steps), `looking` (losses, validation
  rows), `stopping`, `divergence`, `probing` (gradients); `lbfgs` goes the way of those without steps,
  `linear` that of linear models (`linear_features`: their matrix). `loop` drives a run to its end.
- `checkpoint` is a run on disk; `folder` remembers many, under digests of what was asked for (`keys`).
- Listeners: `bar`, `log`, `sizes`.
"""

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
