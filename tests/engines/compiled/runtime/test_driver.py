"""Steps as the driver reads them: where arrays begin, and the words of a step at their places."""

import numpy as np
import pytest

from forpass.engines.compiled.language.code import STEP
from forpass.engines.compiled.runtime.driver import beginning, steps_of

GRID = np.arange(24.0).reshape(4, 6)


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    "array",
    [
        GRID,
        GRID[2:3],
        GRID[:, 1:],
        GRID[::-1],
        np.asfortranarray(GRID),
        read_only(GRID),
        GRID[:0],
        GRID.astype(">f4"),
        np.ones(3, np.int32),
        np.array(5.0),
    ],
)
def test_an_array_begins_where_numpy_says(array):
    assert beginning(array) == array.ctypes.data


@pytest.mark.parametrize("count", [0, 1, 3])
def test_words_stand_at_their_places(count):
    numbers = np.arange(count) + 2**40
    steps = steps_of(count, rows=7, row_numbers=numbers, scores=np.int64(5))
    assert steps.shape == (count, len(STEP))
    expected = {"rows": 7, "row_numbers": numbers, "scores": 5}
    for place, name in enumerate(STEP):
        assert np.array_equal(steps[:, place], np.broadcast_to(expected.get(name, 0), count))
