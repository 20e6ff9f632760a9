"""How many rows a report may have predicted, so that it is made in seconds: by arithmetic, not by a clock.

What is told must not depend on how busy a machine is. A row takes a network about as many multiplications as
it has parameters; 2e10 of them a second were measured with the networks of the presets on two cores.
"""

from __future__ import annotations

__all__ = ["MULTIPLICATIONS", "rows_within"]

MULTIPLICATIONS = 4e10
"""For all that a report has predicted beside its rows: some two seconds."""


def rows_within(parameters: int, share: float, least: int = 0) -> int:
    """Return how many rows may be predicted with a share of the budget, by networks with so many parameters.

    Examples
    --------
    >>> rows_within(100_000, 0.5), rows_within(10_000_000_000, 0.5, least=50)
    (200000, 50)
    """
    return max(least, int(share * MULTIPLICATIONS / max(1, parameters)))
