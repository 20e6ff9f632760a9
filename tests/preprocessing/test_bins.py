"""Bins and repeated values of numbers: what is learnt, that it changes no feature, and every door alike."""

import itertools
import json
import warnings

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from later import later

from forpass.datasets import read_table
from forpass.errors import ModelFileError, SpecError
from forpass.preprocessing import Bins, ColumnOptions, Preprocessing, read_columns
from forpass.preprocessing.kinds import learn_column, scaling
from forpass.preprocessing.kinds.edges import cut
from forpass.preprocessing.kinds.scaling import Distinct
from forpass.spec.inputs import FeatureGroup

pd = later("pandas")
pl = later("polars")

N = 200
RANDOM = np.random.default_rng(0)
TABLE = {
    "age": RANDOM.integers(17, 80, N).tolist(),
    "gain": [0 if i % 4 else i % 12 * 100 + 7 for i in range(N)],
    "size": RANDOM.normal(3.0, 2.0, N).round(6).tolist(),
    "holes": [None if i % 7 == 0 else i % 15 / 10 for i in range(N)],
    "pay": [f"€ {i % 20},5" for i in range(N)],
    "day": [f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(N)],
    "shop": [("a", "b", "c")[i % 3] for i in range(N)],
    "flat": [1.0] * N,
    "y": RANDOM.normal(size=N).round(6).tolist(),
}
SCHEMA = {"pay": "number"}
OPTIONS = ColumnOptions(bins=Bins(max_bins=12, total=60), values=True)


def learn(table=TABLE, options=OPTIONS):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Preprocessing.learn(table, "y", schema=SCHEMA, options=options)


@pytest.fixture(scope="module")
def learnt():
    return learn()


def by_hand(rows, bins):
    """Edges as their definition says, a row of numbers at a time."""
    values = sorted(set(rows))
    weight = {v: min(rows.count(v), max(1, len(rows) // bins)) for v in values}
    whole, seen, at = sum(weight.values()), 0.0, []
    for value in values:
        at.append((seen + weight[value] / 2) / whole)
        seen += weight[value]
    edges = {values[0], values[-1]}
    for k in range(bins + 1):
        share = k / bins
        right = next((i for i, place in enumerate(at) if place >= share), len(values) - 1)
        left = max(0, right - 1)
        if share <= at[0] or share >= at[-1]:
            edges.add(values[0] if share <= at[0] else values[-1])
        else:
            part = (share - at[left]) / (at[right] - at[left])
            edges.add(values[left] + part * (values[right] - values[left]))
    near, found = 1e-6 * (values[-1] - values[0]), []
    for edge in sorted({float(np.float32(edge)) for edge in edges}):  # rounding makes no bin
        if not found or edge - found[-1] > near:
            found.append(edge)
        elif edge == values[-1]:
            found[-1] = edge
    return found


def encoded(x, edges):
    """The piecewise-linear encoding of Gorishniy et al. (2022): 1 below, the share of the bin, 0 above."""
    return [min(1.0, max(0.0, (x - a) / (b - a))) for a, b in itertools.pairwise(edges)]


@given(
    st.lists(st.integers(-9, 9).map(lambda i: i / 4), min_size=3, max_size=60),
    st.integers(2, 9),
)
@settings(max_examples=examples(200))
def test_edges_and_centres_are_what_their_definitions_say(rows, bins):
    values, counts = np.unique(rows, return_counts=True)
    found, wanted = cut(Distinct(values, counts), bins), by_hand(rows, bins)
    if found.edges is None:
        assert len(wanted) < 3 and found.centres is None
        return
    assert found.edges == pytest.approx(wanted, rel=1e-6)
    means = np.mean([encoded(x, found.edges) for x in rows], axis=0)
    assert found.centres == pytest.approx(means.tolist(), abs=1e-6)


def test_rounding_makes_no_bin():
    edges = cut(Distinct(np.array([-0.5, -0.25, 0.0]), np.array([1, 1, 1])), 6).edges
    assert edges == pytest.approx((-0.5, -0.375, -0.25, -0.125, 0.0))


def test_a_value_in_most_rows_takes_no_more_than_its_bin():
    rows = np.array([0.0] * 900 + list(range(1, 101)))
    edges = cut(Distinct(*np.unique(rows, return_counts=True)), 10).edges
    assert edges[4:] == (20.5, 40.5, 60.5, 80.5, 100.0)  # half of the bins lie above what nine tenths hold
    assert len(np.unique(np.quantile(rows, np.linspace(0, 1, 11)))) == 3  # plain quantiles leave two bins


def test_bins_are_shared_by_the_columns_that_can_have_them(learnt):
    # 60 // 6 each, of which a column of four values makes the most it can; neither flat nor shop
    groups = {group.name: group for group in learnt.groups if group.kind == "number"}
    assert list(groups) == ["age", "gain", "size", "holes", "pay", "day"]
    assert {name: group.bins for name, group in groups.items()} == dict.fromkeys(groups, 10) | {"gain": 8}
    few = learn(options=ColumnOptions(bins=Bins(max_columns=5)))
    assert not any(group.bins for group in few.groups)
    assert Bins(max_bins=7, total=300).each(6) == 7 and Bins(total=12, min_bins=4).each(6) == 4
    with pytest.raises(SpecError, match="max_bins of Bins must be a whole number of at least 1; got 0"):
        Bins(max_bins=0)
    with pytest.raises(SpecError, match="bins of ColumnOptions must be a Bins; got 24"):
        ColumnOptions(bins=24)


def test_bins_and_values_change_no_feature_and_are_asked_for(learnt):
    plain = learn(options=ColumnOptions())
    assert plain.feature_names == learnt.feature_names and plain.schema == learnt.schema
    assert np.array_equal(plain.encode(TABLE).numbers, learnt.encode(TABLE).numbers)
    assert plain.encode(TABLE).codes is None and plain.n_codes == 0
    assert not {"edges", "centres", "repeated"} & {
        key for column in plain.to_json()["columns"] for key in column
    }


def test_edges_hold_the_features_between_them(learnt):
    numbers = learnt.encode(TABLE).numbers
    for spec in learnt.columns:
        if getattr(spec, "edges", None):
            x = numbers[:, learnt.feature_names.index(spec.name)]
            assert (x.min(), x.max()) == (spec.edges[0], spec.edges[-1])
            means = np.mean([encoded(v, spec.edges) for v in x.astype(float)], axis=0)
            assert spec.centres == pytest.approx(means.tolist(), abs=1e-6)  # missing ones among them, as 0


def test_values_that_are_repeated_have_codes(learnt):
    groups = [group for group in learnt.groups if group.is_coded]
    assert [(g.name, g.kind, g.codes) for g in groups] == [
        ("age", "value", 1 + len(learnt.columns[0].repeated)),
        ("holes", "value", 16),
        ("pay", "value", 21),
    ]
    codes = learnt.encode(TABLE).codes
    assert codes.shape == (N, 3) and codes.dtype == np.int32
    for column, name in enumerate(("age", "holes", "pay")):
        values = [float(v[2:].replace(",", ".")) if name == "pay" else v for v in TABLE[name]]
        counts = {v: values.count(v) for v in values}
        known = sorted(v for v in counts if v is not None and counts[v] >= 2)
        assert codes[:, column].tolist() == [1 + known.index(v) if v in known else 0 for v in values]
    new = {**{name: cells[:1] for name, cells in TABLE.items()}, "age": [17.5], "holes": [None]}
    assert learnt.encode(new).codes[0, :2].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (list(range(8)) * 5, None),  # too few different ones
        (list(range(9)) * 5, 9),
        (list(range(300)) * 2, 300),
        (list(range(301)) * 2, None),  # too many
        ([*range(100), *range(50), *range(50)], 50),  # 150 of 200 rows on repeated ones
        ([*range(300), *range(50)], None),  # 100 of 350
        ([0] * 300 + [*range(1, 51)], None),  # off its mode none
        ([0] * 300 + [*range(1, 51)] * 2, 51),
        ([0] * 61 + [*range(1, 61)], None),
        ([0] * 60 + [*range(1, 61)], 1),  # its mode has half, and no more
        ([1e300, 2e300 / 3, *range(9), *range(9)], 9),  # two that float32 does not hold
    ],
)
def test_which_columns_have_repeated_values(values, wanted):
    column = read_columns({"c": [v + 0.5 for v in values]}).columns["c"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = learn_column("c", column, kind="number", options=ColumnOptions(values=True)).repeated
    assert (found and len(found)) == wanted


def test_the_same_numbers_in_any_table_have_the_same_codes(learnt, tmp_path):
    learnt = learn({**TABLE, "size": [i % 30 / 10 for i in range(N)]})
    table = {**TABLE, "size": [i % 30 / 10 for i in range(N)]}
    wanted = learnt.encode(table)
    assert wanted.codes.shape == (N, 4)
    frame = pd.DataFrame(table)
    frame.to_csv(tmp_path / "t.csv", index=False)
    single = frame.astype({"size": "float32", "holes": "float32", "age": "int8"})
    for other in (frame, pl.DataFrame(table), pl.DataFrame(single), single, read_table(tmp_path / "t.csv")):
        data = learnt.encode(other)
        assert np.array_equal(data.codes, wanted.codes)
        again = learn(other)
        assert np.array_equal(again.encode(table).codes, wanted.codes)
    row = single.iloc[[3]]
    assert np.array_equal(learnt.encode(row).codes, wanted.codes[3:4])
    assert np.array_equal(learnt.encode(read_columns(row)).codes, wanted.codes[3:4])


def test_a_long_table_has_the_codes_of_its_parts(learnt, monkeypatch):
    whole = learnt.encode(TABLE)
    monkeypatch.setattr("forpass.preprocessing.pipeline.ROWS_AT_ONCE", 30)
    parts = learnt.encode(TABLE)
    assert np.array_equal(parts.codes, whole.codes) and np.array_equal(parts.numbers, whole.numbers)


def test_they_are_stored_and_what_cannot_be_is_refused(learnt):
    plain = json.loads(json.dumps(learnt.to_json()))
    again = Preprocessing.from_json(plain)
    assert again == learnt and again.groups == learnt.groups
    age = plain["columns"][0]
    for change, words in (
        ({"edges": age["edges"][::-1]}, "edges of 'age' must rise"),
        ({"centres": age["centres"][:-1]}, "a centre between any two"),
        ({"repeated": age["repeated"][::-1]}, "repeated values of the column 'age' must rise"),
        ({"repeated": []}, "repeated values of the column 'age' must rise"),
    ):
        wrong = {**plain, "columns": [age | change, *plain["columns"][1:]]}
        with pytest.raises(ModelFileError, match=words):
            Preprocessing.from_json(wrong)


def test_they_are_described(learnt):
    becomes = {row.column: row.becomes for row in learnt.describe()}
    told = len(learnt.columns[0].repeated)
    assert becomes["age"].endswith(f"clipped smoothly, 10 bins, {told} values told apart")
    assert becomes["holes"].endswith("and 0/1 for missing, 10 bins, 15 values told apart")
    assert "10 bins" in becomes["day"] and "values of 3 columns" in repr(learnt)
    assert repr(learnt.groups[0]).endswith("10 bins)")


def test_a_column_of_numbers_is_put_in_order_once(monkeypatch):
    sorts = []
    real = np.sort

    def counted(values, *args, **kwargs):
        sorts.append(len(values))
        return real(values, *args, **kwargs)

    table = read_columns({"a": RANDOM.normal(size=N), "b": RANDOM.integers(0, 40, N), "y": TABLE["y"]})
    monkeypatch.setattr(scaling.np, "sort", counted)
    monkeypatch.setattr(np, "unique", lambda values, **_: pytest.fail("sorted again"))
    column = table.columns["a"]
    spec = learn_column("a", column, options=ColumnOptions(values=True))
    assert sorts == [N] and spec.repeated is None
    scaling.spread_of(column)
    assert sorts == [N]


def test_groups_of_values_stand_behind_their_number(learnt):
    own = [group for group in learnt.groups if group.name == "holes"]
    assert [group.kind for group in own] == ["number", "indicator", "value"]
    assert own[2] == FeatureGroup("holes", "value", 0, codes=16)
