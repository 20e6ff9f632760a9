"""What comes in: features and codes in groups, each group from one column of the user's table.

========== ==================================================== ========== ===========
kind       what the features are                                width      codes
========== ==================================================== ========== ===========
number     numbers that have an order and distances             1 or more  0
circle     pairs of sine and cosine of a place on a circle      even       0
level      0 or 1 per level of a category; -1 or +1 for two     1 or more  0
indicator  0 or 1: whether the column's value is missing        1 or more  0
code       no feature but a number that an embedding looks up   0          1 or more
========== ==================================================== ========== ===========

The groups of a network stand in the order of the features in ``Data.numbers`` and, those of kind code, in
the order of the columns of ``Data.codes``. A column may give several groups in a row, for instance a number
and an indicator.
"""

from __future__ import annotations

from dataclasses import dataclass

from forpass.errors import SpecError
from forpass.spec.require import require_choice, require_count, require_instance

__all__ = ["GROUP_KINDS", "FeatureGroup"]

GROUP_KINDS = ("number", "circle", "level", "indicator", "code")
"""What the features of a group are; see the head of this module."""


@dataclass(frozen=True)
class FeatureGroup:
    """The features, or the codes, that one column of a table becomes.

    Parameters
    ----------
    name : str
        The table's column; ``""`` where there is none.
    kind : {"number", "circle", "level", "indicator", "code"}
        What the features are; see the head of this module.
    width : int
        Number of features in ``Data.numbers``: 0 for codes, even for circles.
    codes : int
        Of codes, how many there are: a code is one of 0, ..., codes - 1. Otherwise 0.
    unknown : bool
        Of codes, whether 0 stands for what training rows did not have.

    Raises
    ------
    SpecError
        When width and codes do not suit the kind.
    UnknownNameError
        For another kind.

    Examples
    --------
    >>> FeatureGroup("age", "number", 1)
    FeatureGroup(name='age', kind='number', width=1, codes=0, unknown=False)
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

    def __post_init__(self) -> None:
        require_instance("name of FeatureGroup", self.name, str)
        require_choice(self, "kind", GROUP_KINDS)
        coded = self.kind == "code"
        require_count(self, "width", at_least=0 if coded else 1)
        require_count(self, "codes", at_least=1 if coded else 0)
        if coded and self.width:
            raise SpecError(
                f"width of codes must be 0, they are no features; got {self.width} for {self.name!r}"
            )
        require_instance("unknown of FeatureGroup", self.unknown, bool)
        if not coded and self.unknown:
            raise SpecError(f"only codes can be unknown; {self.name!r} is of kind {self.kind}")
        if not coded and self.codes:
            raise SpecError(
                f"codes of a group of kind {self.kind} must be 0; got {self.codes} for {self.name!r}; "
                "say kind code"
            )
        if self.kind == "circle" and self.width % 2:
            raise SpecError(
                f"width of a circle must be even, a sine and a cosine each; got {self.width} "
                f"for {self.name!r}"
            )
