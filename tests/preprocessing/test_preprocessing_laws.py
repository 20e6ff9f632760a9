"""Laws that hold for any table: random tables of every kind of column, with any text in them."""

import copy
import datetime
import json
import math
import warnings
from dataclasses import replace

import numpy as np
import pytest
from examples import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from later import later

from forpass.errors import ForpassWarning, TableError
from forpass.preprocessing import ColumnOptions, Preprocessing, read_columns

pd = later("pandas")
pl = later("polars")

WEIRD = [
    'ü, "quoted"',
    "한국어",
    "(rare)",
    "(missing)",
    "a=b",
    "x" * 3000,
    "tab\there",
    "line\nend",
    "\0",
    " blank ",
    "NA",
    "",
]
SPICE = st.one_of(st.sampled_from(WEIRD), st.text(st.characters(exclude_categories=["Cs"]), max_size=4))
DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1))
MOMENTS = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1))
MONEY = {"price": "number"}


@st.composite
def tables(draw):
    """Columns of numbers, words, truth values and gaps, some rows long."""
    n = draw(st.integers(4, 40))

    def column(values):
        return draw(st.lists(values, min_size=n, max_size=n))

    gap = st.none()
    table = {
        "number": column(st.floats(-1e300, 1e300, allow_nan=False)),
        "count": column(st.integers(-5, 5)),
        "gaps": column(st.one_of(gap, st.floats(-10, 10))),
        "word": column(
            draw(st.sampled_from([SPICE, st.sampled_from("abc"), st.sampled_from(["u", "v", None])]))
        ),
        "truth": column(st.one_of(gap, st.booleans())),
        "answer": column(st.sampled_from(["yes", "no", "?"])),
        "when": column(st.one_of(gap, MOMENTS)),
        "written": column(draw(st.sampled_from([st.one_of(gap, MOMENTS.map(str)), DAYS.map(str)]))),
        "price": column(st.integers(0, 10**7).map(lambda cents: f"{cents:,} €")),
    }
    target = draw(
        st.sampled_from(
            [st.sampled_from(["p", "q"]), st.integers(0, 2), st.floats(-1e6, 1e6), st.booleans()],
        )
    )
    table["y"] = column(target)
    return table


def learnt(table, **settings):
    """Learn without a warning's noise; tables that cannot be learnt are no example."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ForpassWarning)
        try:
            return Preprocessing.learn(table, "y", **{"schema": MONEY, **settings})
        except TableError:
            assume(False)


def rows_of(table, rows):
    return {name: [values[i] for i in rows] for name, values in table.items()}


def but_for_types(p):
    """What was learnt, without the types of the table's columns, which are known without looking at rows."""
    return [replace(spec, found="") for spec in p.columns], p.target


def equal(a, b):
    return np.array_equal(a.numbers, b.numbers) and np.array_equal(a.targets, b.targets)


@pytest.mark.slow
@given(tables())
def test_json_round_trip_is_exact(table):
    p = learnt(table)
    again = Preprocessing.from_json(json.loads(json.dumps(p.to_json())))
    assert again == p
    first, second = ((q.columns, q.target, q.weight, q.reading) for q in (p, again))
    assert repr(first) == repr(second)  # tells 1 from 1.0 and from True
    assert equal(p.encode(table, True), again.encode(table, True))


@pytest.mark.slow
@given(tables())
def test_what_is_encoded_is_finite_and_has_the_promised_names(table):
    p = learnt(table)
    data = p.encode(table, True, np.float64)
    assert data.numbers.shape == (len(table["y"]), len(p.feature_names))
    assert np.isfinite(data.numbers).all() and np.abs(data.numbers).max() <= 3.0
    assert np.isfinite(data.targets).all()


@pytest.mark.slow
@given(tables(), st.data())
def test_rows_are_encoded_one_by_one(table, data):
    p = learnt(table)
    rows = data.draw(st.lists(st.integers(0, len(table["y"]) - 1), min_size=1, max_size=9))
    whole, part = p.encode(table, True), p.encode(rows_of(table, rows), True)
    assert np.array_equal(part.numbers, whole.numbers[rows])
    assert np.array_equal(part.targets, whole.targets[rows])


@pytest.mark.slow
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_columns_is_free_and_more_do_not_matter(table, random):
    p = learnt(table)
    names = [*table, "more"]
    random.shuffle(names)
    other = {name: table.get(name, ["?"] * len(table["y"])) for name in names}
    assert equal(p.encode(table, True), p.encode(other, True))


@pytest.mark.slow
@given(tables(), tables(), st.data())
def test_nothing_is_learnt_from_other_rows(table, strange, data):
    n = len(table["y"])
    rows = sorted(data.draw(st.sets(st.integers(0, n - 1), min_size=2, max_size=n)))
    # the target's other rows stay, since they are looked at for classes with a single row
    kept = set(rows)
    other = {
        name: [
            v if i in kept or name == "y" else strange[name][i % len(strange[name])]
            for i, v in enumerate(values)
        ]
        for name, values in table.items()
    }
    assert but_for_types(learnt(table, rows=rows)) == but_for_types(learnt(other, rows=rows))
    shuffled = data.draw(st.permutations(rows))
    assert learnt(table, rows=rows) == learnt(table, rows=shuffled)


@pytest.mark.slow
@given(tables())
def test_the_mean_of_the_target_comes_from_training_rows(table):
    table["y"] = [i + 0.5 for i in range(len(table["y"]))]
    p = learnt(table, rows=[0, 1, 2])
    assert p.target.unit.mean == (1.5,)
    assert math.isclose(p.target.unit.std[0], math.sqrt(2 / 3))


@pytest.mark.slow
@given(tables())
def test_every_make_of_table_gives_equal_arrays(table):
    p = learnt(table)
    expected = p.encode(table, True)
    frame = pl.DataFrame(table, strict=False)
    for same in (
        frame,
        frame.to_arrow(),
        pd.DataFrame(table),
        frame.to_pandas(use_pyarrow_extension_array=True),
    ):
        assert equal(p.encode(same, True), expected)
        again = learnt(same)
        assert again.feature_names == p.feature_names
        assert equal(again.encode(same, True), expected)


@pytest.mark.slow
@given(st.lists(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3), min_size=5, max_size=20))
def test_arrays_give_what_their_columns_give(values):
    array = np.array(values)
    names = ["x0", "x1", "x2"]
    as_dict = {name: array[:, j] for j, name in enumerate(names)}
    try:
        p = Preprocessing.learn(array, "x2", task="regression")
    except TableError:
        assume(False)
    assert p == Preprocessing.learn(as_dict, "x2", task="regression")
    assert equal(p.encode(array, True), p.encode(as_dict, True))


@pytest.mark.slow
@given(tables())
def test_a_schema_fed_back_gives_the_same_encoding(table):
    p = learnt(table)
    again = learnt(table, schema=p.schema)
    assert again.feature_names == p.feature_names
    assert equal(again.encode(table, True), p.encode(table, True))
    assert again.schema == p.schema


@pytest.mark.slow
@given(tables())
def test_the_callers_data_is_not_changed(table):
    before = copy.deepcopy(table)
    arrays = {name: column.values for name, column in read_columns(pd.DataFrame(table)).columns.items()}
    frozen = {name: values.copy() for name, values in arrays.items()}
    for values in frozen.values():
        values.flags.writeable = False
    learnt(table).encode(table, True)
    assert repr(table) == repr(before)
    learnt(frozen).encode(frozen, True)  # writing into a read-only array would raise


@pytest.mark.slow
@given(tables())
def test_classes_come_back_as_they_were(table):
    p = learnt(table, task="classification")
    decoded = p.decode(p.encode(table, True).targets).tolist()
    assert decoded == table["y"]
    assert [type(v) for v in decoded] == [type(v) for v in table["y"]]


@settings(max_examples=examples(30))
@given(st.lists(SPICE, min_size=60, max_size=90))
def test_any_text_can_be_a_category(words):
    table = {"word": words, "x": list(range(len(words))), "y": [i % 2 for i in range(len(words))]}
    p = learnt(table, schema={"word": "category"}, options=ColumnOptions(max_categories=1000))
    (spec,) = (s for s in p.columns if s.name == "word")
    numbers = p.encode(table).numbers
    if spec.kind == "category" and len(spec.levels) > 2:  # one-hot: each row has exactly one level
        one_hot = numbers[:, : len(spec.features)]
        assert (one_hot.sum(axis=1) == 1.0).all()
        for word, row in zip(words, one_hot, strict=True):
            level = spec.levels[int(row.argmax())]
            assert level in (word.strip(), "(rare)", "(missing)")


def test_read_only_arrays_do_refuse_writing():
    """The law above can fail: a frozen array does raise."""
    array = np.zeros(2)
    array.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1.0
