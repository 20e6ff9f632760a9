"""A row encoded by itself is the row of a table: the same bits, the same words."""

import datetime
import math
import warnings

import numpy as np
import pytest
from examples import examples
from hypothesis import example, given, settings
from hypothesis import strategies as st
from later import later

from forpass.errors import TableError
from forpass.preprocessing import Bins, ColumnOptions, Preprocessing, read_columns

pd = later("pandas")

N = 120
START = datetime.datetime(2023, 12, 30)


def training_table():
    """A column of each kind, with and without gaps, as numbers and as text."""
    random = np.random.default_rng(0)
    numbers = random.normal(5.0, 3.0, N).round(3)
    colours = random.choice(["red", "green", "blue", "a b"], N).tolist()
    return {
        "float": numbers.tolist(),
        "gaps": [None if i % 7 == 0 else value for i, value in enumerate(numbers.tolist())],
        "integer": random.integers(-9, 9, N).tolist(),
        "single": numbers.astype(np.float32),
        "money": [f"€ {value:.1f}" for value in numbers],
        "words of numbers": [str(value) for value in numbers],
        "colour": colours,
        "two": [(colour == "red" and "yes") or "maybe" for colour in colours],
        "rare": ["x" if i % 2 else "y" if i > 5 else f"rare{i}" for i in range(N)],
        "gappy": [None if i % 5 == 0 else colour for i, colour in enumerate(colours)],
        "code": random.choice([1, 2, 3, 4], N).tolist(),
        "looked up": random.choice(list("abcdefgh"), N).tolist(),
        "flag": random.choice([True, False], N).tolist(),
        "said": random.choice(["yes", "no"], N).tolist(),
        "day": [
            (START + datetime.timedelta(days=int(d))).date().isoformat() for d in random.integers(0, 999, N)
        ],
        "moment": [START + datetime.timedelta(hours=int(h)) for h in random.integers(0, 9999, N)],
        "always": [1.0] * N,
    }


TABLE = training_table()
OPTIONS = ColumnOptions(max_one_hot=6, bins=Bins(), values=True)
SCHEMA = {"money": "number", "code": "category", "said": "boolean"}


@pytest.fixture(scope="module")
def learnt():
    table = TABLE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Preprocessing.learn(table, schema=SCHEMA, options=OPTIONS)


def outcome(encode):
    """What comes of it: the bits and the warnings, or the error's words."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            data = encode()
        except TableError as error:
            return str(error)
    codes = None if data.codes is None else data.codes.tolist()
    return data.numbers.tobytes(), data.numbers.dtype, codes, [str(w.message) for w in caught]


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0.0, -0.0, 1, 1.0, 7, 3, math.nan, math.inf, 1e301, 2**53, 2**53 + 1, np.float32(0.1)]),
    st.sampled_from([np.float64(2.5), np.int8(3), np.bool_(True), np.uint64(2**63), np.str_("red"), b"red"]),
    st.sampled_from(
        ["red", " red ", "purple", "a b", "", "NA", "?", "-", "rare1", "yes", "True", "TRUE", "3"]
    ),
    st.sampled_from(
        ["3.5", "€ 3.5", "1,5", "\u22122", "2024-02-29", "2024-02-29 12:30", "31.12.2024", "x", "b"]
    ),
    st.sampled_from([START, START.date(), datetime.datetime(2024, 5, 1, 3, 4, 5, 678901)]),
    st.text(max_size=4),
)


@given(
    changed=st.dictionaries(st.sampled_from(list(TABLE)), CELLS, max_size=6),
    row=st.integers(0, N - 1),
)
@example(changed={"always": b"red"}, row=0)
@settings(max_examples=examples(400))
def test_a_row_of_any_cells_is_encoded_as_in_a_table(learnt, changed, row):
    table = {name: [values[row]] for name, values in TABLE.items()}
    table |= {name: [cell] for name, cell in changed.items()}
    record = _record(table)
    for dtype in ("float32", "float64"):
        for aloud in (True, False):
            asked = {"dtype": dtype, "aloud": aloud}
            general = outcome(lambda: learnt.encode(read_columns(table), **asked))  # noqa: B023
            for _ in range(2):  # the second time what is kept of the first
                assert outcome(lambda: learnt.encode(table, **asked)) == general  # noqa: B023
                assert outcome(lambda: learnt.encode([record], **asked)) == general  # noqa: B023


@pytest.mark.slow
def test_every_row_of_a_frame_is_encoded_as_in_the_whole(learnt):
    frame = pd.DataFrame(TABLE)
    frame["colour"] = frame["colour"].astype("category")
    frame["integer"] = frame["integer"].astype("Int16")
    whole = learnt.encode(frame)
    for i in range(N):
        row = frame.iloc[[i]]
        assert outcome(lambda: learnt.encode(row)) == outcome(lambda: learnt.encode(read_columns(row)))  # noqa: B023
        one = learnt.encode(row)
        assert one.numbers.tobytes() == whole.numbers[i].tobytes()
        assert one.codes.tolist() == whole.codes[[i]].tolist()


@pytest.mark.parametrize(
    "kind",
    ["object", "category", "string", "float32", "Float64", "Int64", "int64", "bool", "datetime64[ns, UTC]"],
)
def test_a_frame_of_one_row_and_any_types(learnt, kind):
    values = {name: values[3] for name, values in TABLE.items()}
    for name, value in values.items():
        try:
            frame = pd.DataFrame({other: [v] for other, v in values.items()})
            frame[name] = pd.Series([value]).astype(kind)
        except (TypeError, ValueError):
            continue
        for _ in range(2):
            assert outcome(lambda: learnt.encode(frame)) == outcome(  # noqa: B023
                lambda: learnt.encode(read_columns(frame))  # noqa: B023
            )


def _record(row):
    return {name: cell for name, (cell,) in row.items()}


def test_single_rows_go_through_no_table(learnt, monkeypatch):
    """Otherwise the tests above compare a road with itself."""
    row = {name: [values[3]] for name, values in TABLE.items()}
    expected = learnt.encode(row).numbers
    monkeypatch.setattr("forpass.preprocessing.pipeline.read_columns", None)
    assert np.array_equal(learnt.encode(row).numbers, expected)
    assert np.array_equal(learnt.encode(pd.DataFrame(row)).numbers, expected)
    assert np.array_equal(learnt.encode([_record(row)]).numbers, expected)


def test_what_a_row_lacks_or_has_too_much_is_told_as_of_a_table(learnt):
    row = {name: [values[3]] for name, values in TABLE.items()}
    lacking = {name: cell for name, cell in row.items() if name != "colour"}
    with pytest.raises(TableError, match="lacks the column 'colour'"):
        learnt.encode(lacking)
    with pytest.raises(TableError, match="lacks the column 'colour'"):
        learnt.encode([_record(lacking)])
    with pytest.raises(TableError, match="lacks the column 'colour' \\(perhaps 'Colour'\\)"):
        learnt.encode([_record(lacking) | {"Colour": "red", "more": 1}])
    with pytest.raises(TableError, match="record 2 is an int"):
        learnt.encode([_record(row), 1])
    with pytest.raises(TableError, match="column 'gaps' has 1 row where 'float' has 2"):
        learnt.encode(row | {"float": [1, 2]})
    for more in ([1], [1, 2]):
        assert np.array_equal(learnt.encode(row | {"more": more}).numbers, learnt.encode(row).numbers)
    with pytest.raises(TableError, match="'float' holds inf in row 1"):
        learnt.encode(row | {"float": [math.inf]})


class _Unwritable:
    def __str__(self):
        raise RuntimeError


ANYTHING = [[1, 2], b"ab", {"a": 1}, object(), 10**5000, _Unwritable()]


@pytest.mark.parametrize("more", ANYTHING, ids=lambda more: type(more).__name__)
def test_what_stands_beside_what_is_needed_may_be_anything(learnt, more):
    record = {name: values[3] for name, values in TABLE.items()}
    for n in (1, 2):
        wanted = learnt.encode([record] * n).numbers
        columns = {name: [cell] * n for name, cell in {**record, "more": more}.items()}
        for table in ([record | {"more": more}] * n, columns, pd.DataFrame(columns)):
            assert np.array_equal(learnt.encode(table).numbers, wanted)


@pytest.mark.parametrize("beside", [{}, {"word": "a"}, {"flag": True}, {"word": None}, {"day": START}])
def test_a_row_of_a_frame_keeps_every_digit(beside):
    """Beside numbers with a point alone, pandas would make such a row of them."""
    numbers = [2**53 + 1, 2**60 + 1, 7, -(2**53) - 1]
    table = {"long": numbers * 10, "point": [0.5, 0.25, 1.5, 2.0] * 10}
    others = {"word": "b", "flag": False, "day": START + datetime.timedelta(days=3)}
    table |= {name: [cell, cell, cell, others[name]] * 10 for name, cell in beside.items()}
    frame = pd.DataFrame(table)
    for schema in ({"long": "category"}, {"long": "number"}):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            learnt = Preprocessing.learn(frame, schema=schema)
            whole = learnt.encode(frame)
        for i in range(4):
            assert np.array_equal(learnt.encode(frame.iloc[[i]]).numbers[0], whole.numbers[i])
