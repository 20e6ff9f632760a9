"""What a recipe tried, as people read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forpass.model.figures import column
from forpass.shown import aligned, counted

__all__ = ["candidates_rows", "candidates_table", "told_of"]


def candidates_table(candidates: Sequence[Mapping[str, Any]]) -> str:
    """Lay out the candidates of a recipe, one line each: as they were tried, then those that were dropped.

    The expected loss is that of the mean of all networks of a line. A dropped candidate has only its first
    networks, so its loss would not be comparable and is left blank.

    Examples
    --------
    >>> tried = {"chain": "A", "network": "3 x 128", "epochs": 12, "members": 5}
    >>> behind = tried | {"chain": "B", "members": 2, "dropped": True}
    >>> both = tried | {"expected_loss": 0.0713, "weight": 1.0}, behind | {"expected_loss": 0.21, "weight": 0}
    >>> print(candidates_table([found | {"seconds": 2.3} for found in both]))
      candidate  network  epochs  networks  expected loss   weight  seconds
      A          3 x 128      12         5         0.0713     1.00      2.3
      B          3 x 128      12         2                 dropped      2.3
    """
    rows = candidates_rows(candidates)
    return aligned(rows, right=range(2, len(rows[0])))


def candidates_rows(candidates: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return the rows of this table, the first with its headings."""
    head = ["candidate", "network", "epochs", "networks", "expected loss", "weight", "seconds"]
    known = [found for found in candidates if not found.get("dropped")]
    losses = iter(column([found["expected_loss"] for found in known]))
    rows = [
        [
            found["chain"],
            found["network"],
            str(found["epochs"] or ""),
            str(found["members"]),
            "" if found.get("dropped") else next(losses),
            _weight(found),
            f"{found['seconds']:.1f}",
        ]
        for found in candidates
    ]
    return [head, *rows]


def _weight(found: Mapping[str, Any]) -> str:
    """Return the weight of a candidate as text, or that it was dropped."""
    if found.get("dropped"):
        return "dropped"
    return f"{found['weight']:.2f}" if found["weight"] else "-"


def told_of(account: Mapping[str, Any], seconds: float) -> str:
    """Say in a sentence what a recipe trained, and what is kept."""
    trained = [_networks(account["candidates"]), _networks([c for c in account["candidates"] if c["weight"]])]
    took = f"recipe {account['recipe']['name']}: {trained[0]} in {seconds:.1f} s"
    return f"{took}; {trained[1]} predict together"


def _networks(candidates: Sequence[Mapping[str, Any]]) -> str:
    """Count networks, and linear models, which know no epochs."""
    several = sum(found["members"] for found in candidates if found["epochs"])
    linear = sum(found["members"] for found in candidates if not found["epochs"])
    parts = [counted(several, "network")] * bool(several) + [counted(linear, "linear model")] * bool(linear)
    return " and ".join(parts)
