"""Recipes: which networks are tried on a table, and how the best blend of them is found.

- `records`: a recipe as a value (`Recipe`, `Chain`, `Member`, `Linear`, `Folds`).
- `presets`: those that have names (`PRESETS`).
"""

from forpass.recipes.presets import PRESETS, preset
from forpass.recipes.records import Chain, Folds, Linear, Member, Recipe

__all__ = ["PRESETS", "Chain", "Folds", "Linear", "Member", "Recipe", "preset"]
