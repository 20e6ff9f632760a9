"""The reference engine, in NumPy: the living definition of what forpass computes.

Who asks it for links alone does not wait for what takes steps.
"""

from typing import TYPE_CHECKING

from forpass.engines.reference.links import linked
from forpass.forks import handed_out

if TYPE_CHECKING:
    from forpass.engines.reference.engine import ReferenceSession, orders, raw_scores_of_each, start
    from forpass.engines.reference.tape import Tape, TapeEntry

__all__ = ["NAME", "ReferenceSession", "Tape", "TapeEntry", "linked", "orders", "raw_scores_of_each", "start"]

NAME = "numpy"

__getattr__ = handed_out(
    __name__,
    {
        **dict.fromkeys(
            ("ReferenceSession", "orders", "raw_scores_of_each", "start"), "forpass.engines.reference.engine"
        ),
        **dict.fromkeys(("Tape", "TapeEntry"), "forpass.engines.reference.tape"),
    },
)
