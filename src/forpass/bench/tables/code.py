"""Which code figures come from: a digest of sources, so that what is kept is known to be out of date."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

__all__ = ["digest_of_code"]

ROOT = Path(__file__).parents[2]
NEVER = ("bench", "cli", "lessons", "checks", "diagnosis", "datasets")
"""Packages that decide nothing about a model that is trained on a DataFrame."""


def digest_of_code(leave_out: Sequence[str] = ()) -> str:
    """Return a digest of forpass's sources, but for those that decide nothing, and the places to leave out.

    What is left out is named, not what is taken in: a file that is new counts.

    Parameters
    ----------
    leave_out : sequence of str
        Packages and modules, as paths below the package: ``"api"``, ``"recipes/blending.py"``.

    Raises
    ------
    FileNotFoundError
        When there is no such place.
    """
    left_out = [ROOT / place for place in (*NEVER, *leave_out)]
    if gone := [place for place in left_out if not place.exists()]:
        raise FileNotFoundError(f"{gone[0]} is to be left out of a digest, and is not there")
    digest = hashlib.sha256()
    for source in sorted(ROOT.rglob("*.py")):
        if not any(source == place or place in source.parents for place in left_out):
            digest.update(source.relative_to(ROOT).as_posix().encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:12]
