"""What comes in: features and codes in groups, each group from one column of the user's table.

========== ==================================================== ========== ===========
kind       what the features are                                width      codes
========== ==================================================== ========== ===========
number     numbers that have an order and distances             1 or more  0
circle     pairs of sine and cosine of a place on a circle      even       0
level      0 or 1 per level of a category; -1 or +1 for two     1 or more  0
indicator  0 or 1: whether the column's value is missing        1 or more  0
code       no feature but a number that an embedding looks up   0          1 or more
value      no feature but the number of a value that occurs     0          1 or more
           repeatedly in a column of numbers; 0: any other
========== ==================================================== ========== ===========

The groups of a network stand in the order of the features in ``Data.numbers`` and, those of kind code and
value, in the order of the columns of ``Data.codes``. A column may give several groups in a row, for instance
a number and an indicator.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, fields

import numpy as np

from forpass.errors import SpecError
from forpass.spec.require import finite_number, require_choice, require_count, require_instance, several

__all__ = ["CODED_KINDS", "GROUP_KINDS", "FeatureGroup"]

CODED_KINDS = ("code", "value")
"""Kinds of groups that have no feature but a column in ``Data.codes``."""

GROUP_KINDS = ("number", "circle", "level", "indicator", *CODED_KINDS)
"""What the features of a group are; see the head of this module."""


@dataclass(frozen=True)
class FeatureGroup:
    """The features, or the codes, that one column of a table becomes.

    Parameters
    ----------
    name : str
        The table's column; ``""`` where there is none.
    kind : {"number", "circle", "level", "indicator", "code", "value"}
        What the features are; see the head of this module.
    width : int
        Number of features in ``Data.numbers``: 0 for codes and values, even for circles.
    codes : int
        Of codes and values, how many there are: one is one of 0, ..., codes - 1. Otherwise 0.
    unknown : bool
        Of codes, whether 0 stands for what training rows did not have.
    edges : sequence of float
        Of a single number, where the bins of a piecewise-linear encoding meet: B + 1 rising values, in units
        of the feature, B at least 2. Empty where it has no bins.
    centres : sequence of float
        Of each bin the mean over the training rows of the share of it that lies below the number (B values).

    Raises
    ------
    SpecError
        When width, codes and edges do not suit the kind.
    UnknownNameError
        For another kind.

    Examples
    --------
    >>> FeatureGroup("age", "number", 1)
    FeatureGroup(name='age', kind='number', width=1, codes=0, unknown=False)
    >>> FeatureGroup("age", "number", 1, edges=[-1, 0, 1.5], centres=[0.8, 0.3])
    FeatureGroup(name='age', kind='number', width=1, codes=0, unknown=False, 2 bins)
    >>> FeatureGroup("city", "code", 0, codes=412).codes
    412
    >>> FeatureGroup("day", "circle", 3)
    Traceback (most recent call last):
      ...
    forpass.errors.SpecError: width of a circle must be even, a sine and a cosine each; got 3 for 'day'
    """

    name: str
    kind: str
    width: int
    codes: int = 0
    unknown: bool = False
    edges: tuple[float, ...] = field(default=(), repr=False)
    centres: tuple[float, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        require_instance("name of FeatureGroup", self.name, str)
        require_choice(self, "kind", GROUP_KINDS)
        require_count(self, "width", at_least=0 if self.is_coded else 1)
        require_count(self, "codes", at_least=1 if self.is_coded else 0)
        if self.is_coded and self.width:
            raise SpecError(
                f"width of {self.kind}s must be 0, they are no features; got {self.width} for {self.name!r}"
            )
        require_instance("unknown of FeatureGroup", self.unknown, bool)
        if self.kind != "code" and self.unknown:
            raise SpecError(f"only codes can be unknown; {self.name!r} is of kind {self.kind}")
        if not self.is_coded and self.codes:
            raise SpecError(
                f"codes of a group of kind {self.kind} must be 0; got {self.codes} for {self.name!r}; "
                "say kind code"
            )
        if self.kind == "circle" and self.width % 2:
            raise SpecError(
                f"width of a circle must be even, a sine and a cosine each; got {self.width} "
                f"for {self.name!r}"
            )
        if any(type(given) is not tuple or given for given in (self.edges, self.centres)):
            self._require_bins()

    def __repr__(self) -> str:
        shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
        return f"FeatureGroup({shown}{f', {self.bins} bins' if self.bins else ''})"

    @property
    def is_coded(self) -> bool:
        """Whether it is a column of ``Data.codes``: one of kind code or value."""
        return self.kind in CODED_KINDS

    @property
    def bins(self) -> int:
        """Number of bins; 0 where it has none."""
        return len(self.centres)

    def _require_bins(self) -> None:
        """Require edges and centres that make bins of a single number."""
        for name in ("edges", "centres"):
            given = several(f"{name} of FeatureGroup", getattr(self, name))
            numbers = tuple(finite_number(f"each of {name} of FeatureGroup", value) for value in given)
            object.__setattr__(self, name, numbers)
        if not (self.edges or self.centres):
            return
        if self.kind != "number" or self.width != 1:
            raise SpecError(
                f"only a single number has bins; {self.name!r} is of kind {self.kind} and width {self.width}"
            )
        with np.errstate(over="ignore"):  # what is beyond float32 is infinite there
            edges, centres = (np.array(given).astype(np.float32) for given in (self.edges, self.centres))
        if not np.isfinite(centres).all():
            raise SpecError(f"centres of {self.name!r} must be finite in float32 too; got {self.centres}")
        if not np.isfinite(edges).all() or not all(a < b for a, b in itertools.pairwise(edges)):
            raise SpecError(f"edges of {self.name!r} must rise, in float32 too; got {self.edges}")
        if not 3 <= len(self.edges) == self.bins + 1:
            raise SpecError(
                f"bins need at least 3 edges and a centre between any two; got {len(self.edges)} edges and "
                f"{self.bins} centres for {self.name!r}"
            )
