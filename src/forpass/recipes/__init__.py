"""Recipes: which networks are tried on a table, and how the best blend of them is found.

- What a recipe is: `chain_records` (`Chain`, `Member`, `LinearMember`), `records` (`Recipe`, `Folds`).
  Those with names: `presets`.
- What it is carried out on: `problem`. How: `running`, which knows the levels of `chains` and lets `training`
  do the work; `members` says which rows each network learns from, `networks` what is trained.
- How good candidates are: `risk`; how much each counts: `blending`; what their probabilities hold:
  `calibrating`; what comes of it: `candidates`, `blend`. What fits into a limit of time: `planning`. Learning
  once more, from all rows: `refitting`. Between which values the truth lies, and among which classes:
  `intervals`.
- A single network as it is published: `realmlp`.
- Searching for a recipe: `space` (what is drawn), `halving` (what goes on).
"""

from forpass.recipes.blend import Blend, BlendMember
from forpass.recipes.candidates import Candidate, Trained
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
    "Trained",
    "run_recipe",
    "preset",
]
