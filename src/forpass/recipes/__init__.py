"""Recipes: which networks are tried on a table, and how the best ensemble of them is found.

- What a recipe is: `chain_records` (`Chain`, `Member`, `LinearMember`), `records` (`Recipe`, `Folds`).
  Those with names: `presets`.
- What it is run on: `problem`. How it is run: `running`, which takes the levels of `chains` one by one and
  leaves the work to `training`; `members` says which rows each network is trained on, `networks` what is
  trained.
- How good candidates are: `risk`; their weights: `blending`; calibrated probabilities: `calibrating`; the
  results: `candidates`, `blend`. What fits into a time limit: `planning`. Training once more, on all rows:
  `refitting`. Prediction intervals and sets: `intervals`.
- Single networks as they were published: `realmlp`, `tabm`.
- Searching for a recipe: `space` (what is drawn), `halving` (which trials go on).
"""

from forpass.recipes.blend import Blend, BlendMember
from forpass.recipes.candidates import Candidate, TrainedMember
from forpass.recipes.presets import PRESETS, preset
from forpass.recipes.problem import Problem
from forpass.recipes.records import Chain, Folds, LinearMember, Member, Recipe
from forpass.recipes.running import run_recipe

__all__ = [
    "PRESETS",
    "Blend",
    "Candidate",
    "Chain",
    "Folds",
    "LinearMember",
    "Member",
    "Problem",
    "Recipe",
    "BlendMember",
    "TrainedMember",
    "run_recipe",
    "preset",
]
