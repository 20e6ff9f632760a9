"""Feature groups: what they refuse, and that they are plain values."""

import re

import pytest

from forpass.errors import SpecError, UnknownNameError
from forpass.spec.inputs import GROUP_KINDS, FeatureGroup

WIDTHS = {kind: 0 if kind == "code" else 2 for kind in GROUP_KINDS}


@pytest.mark.parametrize("kind", GROUP_KINDS)
def test_equal_groups_are_one_value(kind):
    codes = 3 if kind == "code" else 0
    group = FeatureGroup("city", kind, WIDTHS[kind], codes)
    assert len({group, FeatureGroup("city", kind, WIDTHS[kind], codes)}) == 1
    assert group != FeatureGroup("town", kind, WIDTHS[kind], codes)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((7, "number", 1), "name of FeatureGroup must be a str; got 7"),
        (("a", "number", 0), "width of FeatureGroup must be a whole number of at least 1; got 0"),
        (("a", "number", 1.5), "width of FeatureGroup must be a whole number of at least 1; got 1.5"),
        (("a", "code", -1, 3), "width of FeatureGroup must be a whole number of at least 0; got -1"),
        (("a", "code", 0), "codes of FeatureGroup must be a whole number of at least 1; got 0"),
        (("a", "code", 2, 3), "width of codes must be 0, they are no features; got 2 for 'a'"),
        (("a", "number", 1, 0, True), "only codes can be unknown; 'a' is of kind number"),
        (("a", "code", 0, 3, 1), "unknown of FeatureGroup must be a bool; got 1"),
        (("a", "level", 2, 3), "codes of a group of kind level must be 0; got 3 for 'a'; say kind code"),
        (("a", "circle", 3), "width of a circle must be even, a sine and a cosine each; got 3 for 'a'"),
    ],
)
def test_a_group_that_cannot_be_is_refused(arguments, sentence):
    with pytest.raises(SpecError, match=re.escape(sentence)):
        FeatureGroup(*arguments)


def test_an_unknown_kind_is_refused_and_the_nearest_offered():
    with pytest.raises(UnknownNameError, match="kind of FeatureGroup 'numbers'; did you mean 'number'"):
        FeatureGroup("a", "numbers", 1)
