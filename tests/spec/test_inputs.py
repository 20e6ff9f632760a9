"""Feature groups: what they refuse, and that they are plain values."""

import re

import pytest

from forpass.errors import SpecError, UnknownNameError
from forpass.spec.inputs import CODED_KINDS, GROUP_KINDS, FeatureGroup
from forpass.spec.layers import Dense
from forpass.spec.network import Head, NetworkSpec
from forpass.spec.plain import from_plain, to_plain

WIDTHS = {kind: 0 if kind in CODED_KINDS else 2 for kind in GROUP_KINDS}


@pytest.mark.parametrize("kind", GROUP_KINDS)
def test_equal_groups_are_one_value(kind):
    codes = 3 if kind in CODED_KINDS else 0
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
        (("a", "value", 1, 3), "width of values must be 0, they are no features; got 1 for 'a'"),
        (("a", "value", 0), "codes of FeatureGroup must be a whole number of at least 1; got 0"),
        (("a", "value", 0, 3, True), "only codes can be unknown; 'a' is of kind value"),
        (("a", "number", 2, 0, False, (0, 1, 2), (0.5, 0.5)), "'a' is of kind number and width 2"),
        (
            ("a", "level", 1, 0, False, (0, 1, 2), (0.5, 0.5)),
            "only a single number has bins; 'a' is of kind l",
        ),
        (("a", "number", 1, 0, False, (0, 2, 1), (0.5, 0.5)), "edges of 'a' must rise, in float32 too; got"),
        (("a", "number", 1, 0, False, (0, 1, 1 + 1e-9), (0.5, 0.5)), "edges of 'a' must rise, in float32"),
        (("a", "number", 1, 0, False, (0, 1, 1e300), (0.5, 0.5)), "edges of 'a' must rise, in float32"),
        (("a", "number", 1, 0, False, (0, 1, 2), (0.5, 1e300)), "centres of 'a' must be finite in float32"),
        (("a", "number", 1, 0, False, (0, 1), (0.5,)), "bins need at least 3 edges and a centre between any"),
        (("a", "number", 1, 0, False, (0, 1, 2), (0.5,)), "got 3 edges and 1 centres for 'a'"),
        (("a", "number", 1, 0, False, (), (0.5,)), "got 0 edges and 1 centres for 'a'"),
        (
            ("a", "number", 1, 0, False, (0, 1, "2"), (0.5, 0.5)),
            "each of edges of FeatureGroup must be a fin",
        ),
    ],
)
def test_a_group_that_cannot_be_is_refused(arguments, sentence):
    with pytest.raises(SpecError, match=re.escape(sentence)):
        FeatureGroup(*arguments)


def test_an_unknown_kind_is_refused_and_the_nearest_offered():
    with pytest.raises(UnknownNameError, match="kind of FeatureGroup 'numbers'; did you mean 'number'"):
        FeatureGroup("a", "numbers", 1)


def test_bins_are_counted_compared_and_stored():
    plain = FeatureGroup("a", "number", 1)
    group = FeatureGroup("a", "number", 1, edges=[-1, 0, 1.5], centres=[0.75, 0.25])
    assert (plain.bins, group.bins, group.edges) == (0, 2, (-1.0, 0.0, 1.5))
    assert group != plain and "2 bins" in repr(group) and "bins" not in repr(plain)
    assert "edges" not in to_plain(plain) and from_plain(to_plain(group)) == group


def test_nobody_need_read_values_that_are_repeated():
    groups = [FeatureGroup("a", "number", 1), FeatureGroup("a", "value", 0, codes=5)]
    assert NetworkSpec(inputs=groups, layers=[Dense(1)], head=Head("squared")).code_sizes == (5,)
