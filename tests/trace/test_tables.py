"""Values as tables: each cell has one place, and is found there."""

import numpy as np
import pytest

from forpass.engines.reference.tape import TapeEntry
from forpass.trace.tables import shown


def entry_of(value):
    return TapeEntry("Z1", value, "", "", None, "forward", ())


@pytest.mark.parametrize("shape", [(), (4,), (3, 2), (2, 3, 4)])
def test_places_and_positions(shape):
    table = shown(entry_of(np.arange(float(np.prod(shape, dtype=int))).reshape(shape)))
    for place in np.ndindex(shape):
        assert table.place_at(*table.position_of(place)) == place
    values = [table.entry.value[place] for places in table.places() for place in places]
    assert values == table.entry.value.ravel().tolist() and table.left_out == ""
    assert len(table.heads) == table.columns


def test_of_a_large_value_a_part_is_shown():
    table = shown(entry_of(np.zeros((1000, 200))), 400, 100)
    assert (table.rows, table.columns) == (400, 100)
    assert table.left_out == "shown: 400 of 1,000 rows, 100 of 200 columns"
    assert table.position_of((999, 199)) == (399, 99)


def test_of_nothing_nothing_is_shown():
    assert list(shown(entry_of(np.zeros((3, 0)))).places()) == [[], [], []]
