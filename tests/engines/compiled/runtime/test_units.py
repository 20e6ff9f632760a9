"""Units: as many as the work takes, rounded up."""

import pytest

from forpass.engines.compiled.runtime.units import ROWS_OF_A_UNIT, Units


@pytest.mark.parametrize(("rows", "units"), [(0, 0), (1, 1), (16, 1), (17, 2), (160, 10)])
def test_rows_divide_into_units_rounded_up(rows, units):
    assert Units.of_rows(16).of(rows) == units


def test_each_row_may_count_several_times():
    assert [Units.of_rows(64, times=10).of(rows) for rows in (6, 7, 64)] == [1, 2, 10]


@pytest.mark.parametrize("per_unit", [0, 3, 12, 48])
def test_a_unit_of_rows_is_a_power_of_two(per_unit):
    with pytest.raises(AssertionError, match="no power of 2"):
        Units.of_rows(per_unit)


def test_what_is_fixed_does_not_depend_on_rows():
    for rows in (0, 5, 1000):
        assert Units.fixed(7).of(rows) == 7
        assert Units.parts_of(ROWS_OF_A_UNIT + 1, ROWS_OF_A_UNIT).of(rows) == 2
