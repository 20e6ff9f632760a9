"""The reference engine, in NumPy: the living definition of what forpass computes."""

from forpass.engines.reference.engine import NAME, ReferenceSession, linked, orders, raw_scores_of_each, start
from forpass.engines.reference.tape import Tape, TapeEntry

__all__ = ["NAME", "ReferenceSession", "Tape", "TapeEntry", "linked", "orders", "raw_scores_of_each", "start"]
