"""Numbers as an area of block letters."""

import math

from forpass.shown import area


def test_the_greatest_fills_all_lines_and_the_least_an_eighth():
    assert area([3.0, 1.0], lines=3) == ["█", "█", "█▁"]
    assert area([2.0, 2.0], lines=2) == ["", "▁▁"]


def test_what_cannot_be_drawn_is_left_empty():
    assert area([]) == [] and area([math.nan, math.inf, 0.0, -1.0]) == []
    assert area([2.0, math.nan, 1.0], lines=1) == ["█ ▁"]


def test_many_numbers_share_columns():
    drawn = area([1.0 / i for i in range(1, 1000)], columns=20, lines=4)
    assert len(drawn) == 4 and len(drawn[-1]) == 20
    assert max(map(len, drawn[:-1])) < 20


def test_numbers_that_differ_by_far_are_drawn_by_their_logarithm():
    assert area([1000.0, 1.0, 31.6], lines=1)[0][2] == "▄"
    assert area([10.0, 1.0, 5.5], lines=1)[0][2] in "▄▅"
