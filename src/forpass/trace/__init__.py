"""What a tape says of a single number: which numbers made it, and what it was used for.

`elements` shows where a cell came from, with symbols and with numbers; `readers` where it went; `statistics`
what a whole array is like; `rows` what preprocessing made of a table's cells before. `text` lays it all out.
"""

from forpass.trace.elements import Element, element
from forpass.trace.made import Cell
from forpass.trace.readers import Reader, readers
from forpass.trace.rows import EncodedColumn, encoded_rows
from forpass.trace.statistics import Statistics, statistics_of

__all__ = [
    "Cell",
    "Element",
    "EncodedColumn",
    "Reader",
    "Statistics",
    "element",
    "encoded_rows",
    "readers",
    "statistics_of",
]
