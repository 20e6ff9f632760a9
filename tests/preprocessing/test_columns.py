"""Columns: what each kind learns and what it becomes, by numbers worked out by hand."""

import json

import numpy as np
import pytest

import forpass as fp
from forpass.errors import ForpassWarning, TableError, UnknownNameError
from forpass.preprocessing import learn_column, read_columns
from forpass.preprocessing.kinds import KINDS, column_from_json, column_to_json


def column_of(values):
    return read_columns({"c": values}).columns["c"]


def learn(values, **settings):
    return learn_column("c", column_of(values), **settings)


def encode(spec, values):
    column = column_of(values)
    numbers = np.full((len(column), len(spec.features)), np.nan)
    spec.encode(column, numbers, np.empty((len(column), 0), np.int32))
    return numbers.tolist()


def test_a_number_is_scaled_by_its_middle_half():
    # 0..8: quarters 2, 4, 6: scale 1/4; (20 - 4) / 4 = 4, clipped to 2.4
    spec = learn([8, 7, 6, 5, 4, 3, 2, 1, 0])
    assert (spec.kind, spec.centre, spec.scale, spec.features) == ("number", 4.0, 0.25, ("c",))
    assert encode(spec, [4, 20, -12]) == [[0.0], [pytest.approx(2.4)], [pytest.approx(-2.4)]]


def test_a_number_whose_middle_half_is_one_value_is_scaled_by_its_range():
    spec = learn([0, 0, 0, 0, 0, 0, 0, 0, 4])
    assert (spec.centre, spec.scale) == (0.0, 0.5)


def test_a_missing_number_becomes_the_median_and_is_marked_where_training_had_such():
    spec = learn([1.0, None, 3.0, 5.0])
    assert spec.missing_indicator and spec.share_missing == 0.25
    assert spec.features == ("c", "c=(missing)")
    assert encode(spec, [None, 3.0]) == [[0.0, 1.0], [0.0, 0.0]]
    unmarked = learn([1.0, 3.0, 5.0])
    assert encode(unmarked, [None, 3.0]) == [[0.0], [0.0]]


def test_a_constant_number_with_gaps_is_kept_for_its_gaps():
    spec = learn([7.0, None, 7.0])
    assert (spec.kind, spec.scale) == ("number", 0.0)
    assert encode(spec, [7.0, None, 1e9]) == [[0.0, 0.0], [0.0, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize("values", [[1e300, -1e300, 0.0], [5e-324, 0.0, 0.0], [1e-320, 2e-320, 3e-320]])
def test_extreme_numbers_stay_finite(values):
    spec = learn(values)
    assert np.isfinite(encode(spec, [1e300, -1e300, 0.0])).all() if spec.features else spec.reason


def test_text_that_reads_as_numbers_is_numbers():
    assert learn(["1", " 2.5", "?", "1e3"]).kind == "number"
    assert encode(learn(["0", "1", "2"]), ["1", "NA"]) == [[0.0], [0.0]]
    assert learn(["1_0", "2", "2", "2"]).kind == "category"


@pytest.mark.parametrize(
    "word", ["", " ", "NA", "N/A", "nan", "NaN", "null", "NULL", "None", "?", " ? ", None]
)
def test_words_for_missing(word):
    assert learn(["1", "2", word]).share_missing == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "pair", [("no", "yes"), ("False", "TRUE"), ("f", "t"), ("N", "Y"), ("off", "On"), (False, True)]
)
def test_truth_values_become_minus_and_plus_one(pair):
    spec = learn([*pair, *pair])
    assert (spec.kind, spec.features) == ("boolean", ("c",))
    assert encode(spec, [pair[0], pair[1], None]) == [[-1.0], [1.0], [0.0]]
    marked = learn([*pair, None])
    assert encode(marked, [pair[0], None]) == [[-1.0, 0.0], [0.0, 1.0]]


def test_truth_values_may_come_in_other_words_later():
    spec = learn([True, False])
    assert encode(spec, ["yes", "No"]) == [[1.0], [-1.0]]
    assert encode(spec, [0, 1]) == [[-1.0], [1.0]]
    with pytest.raises(
        TableError, match=r"column 'c' holds 'perhaps' in row 2 .*where true or false is meant"
    ):
        encode(spec, ["yes", "perhaps"])


def test_categories_come_most_frequent_first_and_ties_by_value():
    spec = learn(["b", "a", "c", "c", "b", "a", "d"])
    assert spec.levels == ("a", "b", "c", "d")
    assert spec.features == ("c=a", "c=b", "c=c", "c=d")
    assert encode(spec, ["c", "a", "new", None]) == [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_two_levels_share_a_column():
    spec = learn(["m", "f", "m"])
    assert spec.features == ("c=f",)
    assert encode(spec, ["m", "f", "x", None]) == [[-1.0], [1.0], [0.0], [0.0]]
    gaps = learn(["m", "m", None])
    assert gaps.features == ("c=(missing)",)
    assert encode(gaps, ["m", None, "x"]) == [[-1.0], [1.0], [0.0]]


def test_rare_values_share_a_level_which_takes_unseen_ones():
    spec = learn(["a"] * 60 + ["b"] * 38 + ["c", "d"])
    assert spec.levels == ("a", "b", "(rare)")
    assert encode(spec, ["a", "d", "new", None]) == [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]]
    assert learn(["a"] * 60 + ["b"] * 38 + ["c", "d"], options=fp.ColumnOptions(min_count=1)).levels == (
        "a",
        "b",
        "c",
        "d",
    )


def test_missing_is_a_level_of_its_own_where_training_had_such():
    spec = learn(["a", "b", None, "?"])
    assert spec.levels == ("a", "b", "(missing)")
    assert encode(spec, [None, "NA", "new"]) == [[0, 0, 1], [0, 0, 1], [0, 0, 0]]


def test_blanks_around_words_do_not_matter():
    assert learn([" a", "a ", "b"]).values == ("a", "b")


def test_too_many_categories_are_cut_with_a_warning():
    values = [f"v{i:02d}" for i in range(10) for _ in range(12 - i)]
    with pytest.warns(ForpassWarning, match=r"column 'c' has 10 different values; the 4 .*kind drop"):
        spec = learn(values, options=fp.ColumnOptions(max_categories=4))
    assert spec.levels == ("v00", "v01", "v02", "v03", "(rare)")


def test_names_and_identifiers_are_left_out_with_a_warning():
    names = [f"person {i}" for i in range(21)]
    with pytest.warns(ForpassWarning, match=r"column 'c' is left out: 21 of its 21 .*kind category"):
        spec = learn(names)
    assert (spec.kind, spec.features) == ("dropped", ())
    assert learn(names, kind="category").values == tuple(sorted(names))
    assert learn(names[:20]).kind == "category"
    with pytest.warns(ForpassWarning, match="none of its 60 values stands in 3 rows"):
        assert learn([f"{i % 60} x" for i in range(120)]).kind == "dropped"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([None, None], "no value in the training rows"),
        (["", "?"], "no value in the training rows"),
        ([3, 3], "always 3"),
        (["a", "a"], "always a"),
        ([True, True], "always true"),
        (["1", "1.0"], "always 1"),
        (["yes", "Yes"], "always yes"),
    ],
)
def test_columns_that_say_nothing_are_dropped_with_the_reason(values, reason):
    spec = learn(values)
    assert (spec.kind, spec.reason, spec.features) == ("dropped", reason, ())
    assert spec.describe() == f"dropped: {reason}"


def test_the_kind_can_be_given():
    spec = learn([10115, 80331, 10115], kind="category")
    assert spec.values == ("10115", "80331")
    assert encode(spec, [80331.0, None]) == encode(spec, ["80331", None]) == [[1.0], [0.0]]
    assert learn([0, 1], kind="boolean").kind == "boolean"
    assert learn([1, 2], kind="drop").reason == "asked for"
    with pytest.raises(UnknownNameError, match="did you mean 'category'"):
        learn([1, 2], kind="categry")
    with pytest.raises(TableError, match=r"holds 'x' in row 2 .*where a number is meant"):
        learn(["1", "x"], kind="number")


@pytest.mark.parametrize("bad", [float("inf"), -float("inf"), 1e301])
def test_infinite_numbers_are_refused_with_their_row(bad):
    with pytest.raises(TableError, match=r"column 'c' holds .* in row 3 \(rows counted from 1\)"):
        learn([1.0, None, bad])
    with pytest.raises(TableError, match=r"column 'c' holds .* in row 2"):
        encode(learn([1.0, 2.0, 3.0]), [1.0, bad])


def test_text_where_numbers_are_meant_is_refused_with_row_and_value():
    with pytest.raises(
        TableError,
        match=r"column 'c' holds 'two' in row 2 .*where a number is meant, like '1.5'; mend or empty",
    ):
        encode(learn([1, 2, 3]), ["1", "two"])


# a column of each kind, and what it becomes: (kind of group, width) in order
OF_EACH_KIND = {
    "number": (["1,5 €", "2,5 €", None, "7,5 €"], "number", [("number", 1), ("indicator", 1)]),
    "category": (["a", "b", None, "c"], None, [("level", 4)]),
    "boolean": (["yes", "no", None], None, [("level", 1), ("indicator", 1)]),
    "date": (
        [None, *(f"{day:02}.{month:02}.2024" for day in (1, 9, 20) for month in range(1, 13))],
        "date:%d.%m.%Y",
        [("number", 1), ("circle", 2), ("indicator", 1)],
    ),
    "drop": ([1, 1], None, []),
}


@pytest.mark.parametrize("word", KINDS)
def test_every_kind_survives_json_and_keeps_to_its_groups(word):
    values, kind, groups = OF_EACH_KIND[word]
    spec = learn(values, kind=kind)
    assert spec.said == kind or spec.said == word
    assert type(spec) is KINDS[word].spec
    plain = column_to_json(spec)
    again = column_from_json(json.loads(json.dumps(plain)))
    assert again == spec and repr(again) == repr(spec) and plain["kind"] == spec.kind
    assert [(group.kind, group.width) for group in spec.groups] == groups
    assert {group.name for group in spec.groups} <= {"c"}
    assert sum(group.width for group in spec.groups) == len(spec.features)
    encoded = encode(spec, values)
    assert np.isfinite(encoded).all()  # every feature was written


def test_two_levels_are_one_feature_of_one_group():
    (group,) = learn(["m", "f", "m"]).groups
    assert (group.kind, group.width) == ("level", 1)


def test_a_preprocessing_shows_itself_in_a_line():
    table = {"x": [0.5, 1.5, 2.5] * 8, "job": list("abc") * 8, "same": [1] * 24, "w": [1.0] * 24}
    options = fp.ColumnOptions(max_one_hot=2)
    whole = fp.Preprocessing.learn({**table, "y": ["no", "yes"] * 12}, "y", weight="w", options=options)
    held = "1 feature, 1 code, 1 column dropped, target y (classification), weight w"
    assert repr(whole) == f"<Preprocessing of 3 columns: {held}>"
    assert repr(fp.Preprocessing.learn({"x": [0.5, 1.5, 2.5]})) == "<Preprocessing of 1 column: 1 feature>"


@pytest.mark.parametrize("values", [[True, True, None], [True, True, False]], ids=["gap", "false"])
def test_truth_is_one_word_with_gaps_and_without(values):
    """With a gap among them truth values are held as numbers, which have other words."""
    table = {"c": values, "n": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0]}
    p = fp.Preprocessing.learn(table, "y", rows=[0, 1])
    assert p.columns[0].reason == "always true"
    p = fp.Preprocessing.learn(table, "y", schema={"c": "category"})
    assert "true" in p.columns[0].levels and "1" not in p.columns[0].levels
