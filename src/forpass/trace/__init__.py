"""What a tape says of a single number: which numbers made it, and what it was used for.

`elements` shows where a cell came from, with symbols and with numbers; `readers` where it went; `statistics`
what a whole array is like.
"""

from forpass.trace.elements import Cell, Element, element
from forpass.trace.readers import Reader, readers
from forpass.trace.statistics import Statistics, statistics_of

__all__ = ["Cell", "Element", "Reader", "Statistics", "element", "readers", "statistics_of"]
