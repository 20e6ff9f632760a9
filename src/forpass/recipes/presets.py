"""The named recipes, from the fastest to the strongest.

Each contains the one before it: what `fast` tries, `default` tries too, and `strong` goes on where `default`
ends. Their hyperparameters were found by experiment on eleven tables; none is tuned to a single one.
"""

from __future__ import annotations

from dataclasses import replace

from forpass.errors import UnknownNameError
from forpass.recipes.records import Chain, LinearMember, Member, Recipe

__all__ = ["PRESETS", "preset"]

LINEAR = Chain("linear", LinearMember())
FREER = Chain("freer linear", LinearMember(1.0))

# -- two classes: small steps, then larger ones; and the mean of the target at values that recur -----
NARROW = (96, 96, 96)
N = Chain("N", Member(NARROW, numbers=("piecewise",), statistics=True, learning_rate=0.012), (10,))
B = Chain("B", Member((64, 64, 64), numbers=("piecewise",), statistics=True), (10, 20))
A = Chain("A", Member(NARROW, statistics=True), (12, 24, 60))
WAVES = Member(activation="parametric_selu", numbers=("periodic",), learning_rate=0.024)
C = Chain("C", replace(WAVES, hidden=NARROW, statistics=True), (6,))

# -- more classes, and labels ------------------------------------------------------------------------
M = Chain("M", Member(numbers=("piecewise",)), (10, 20))
A_MORE = Chain("A", Member(), (12, 24, 60))
C_MORE = Chain("C", WAVES, (6,))

# -- values ------------------------------------------------------------------------------------------
R = Chain("R", Member((96, 96), numbers=("piecewise",), learning_rate=0.2), (12, 24, 72))
L = Chain("L", Member((64, 64), numbers=("piecewise",), learning_rate=0.2, transform="log"), (12, 24, 72))
P = Chain("P", Member(NARROW, numbers=("periodic",), learning_rate=0.2), (16, 34, 100))

FAST = Recipe(
    "fast",
    two_classes=(N, LINEAR, FREER),
    classes=(M, A_MORE, LINEAR, FREER),
    labels=(M, A_MORE, LINEAR, FREER),
    values=(R, LINEAR, FREER),
    rungs=1,
)
DEFAULT = replace(
    FAST, name="default", two_classes=(N, LINEAR, FREER, B), values=(R, LINEAR, FREER, L), rungs=2
)
STRONG = replace(
    DEFAULT,
    name="strong",
    two_classes=(*DEFAULT.two_classes, A, C),
    classes=(*DEFAULT.classes, C_MORE),
    labels=(*DEFAULT.labels, C_MORE),
    values=(*DEFAULT.values, P),
    rungs=99,
    refit="more classes",
)

PRESETS: dict[str, Recipe] = {recipe.name: recipe for recipe in (FAST, DEFAULT, STRONG)}
"""The named recipes."""


def preset(name: str) -> Recipe:
    """Return the recipe of a name.

    Raises
    ------
    UnknownNameError
        For an unknown name.

    Examples
    --------
    >>> [chain.name for chain in preset("fast").two_classes]
    ['N', 'linear', 'freer linear']
    """
    if name not in PRESETS:
        raise UnknownNameError("preset", name, PRESETS)
    return PRESETS[name]
