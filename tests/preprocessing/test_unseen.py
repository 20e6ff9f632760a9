"""Tables that do not quite fit what was learnt, schemas, weights, and what is remembered of columns."""

import subprocess
import sys

import numpy as np
import pytest
from later import later

from forpass.errors import ForpassWarning, TableError, UnknownNameError
from forpass.preprocessing import Preprocessing
from forpass.preprocessing.kinds import kinds_said

pd = later("pandas")
pl = later("polars")

N = 60
TABLE = {
    "age": [20 + i % 13 for i in range(N)],
    "zip": [f"0{i % 5}" for i in range(N)],
    "job": [("cook", "clerk", "judge")[i % 3] for i in range(N - 1)] + ["king"],
    "size": [1.5 + i % 7 for i in range(N)],
    "y": [i % 11 + 0.5 for i in range(N)],
}
P = Preprocessing.learn(TABLE, "y", schema={"zip": "category"})
ROW = {"age": [21, 22], "zip": ["01", "02"], "job": ["cook", "judge"], "size": [2.5, 3.5]}


def test_words_never_seen_are_counted_in_one_warning():
    later = {**ROW, "zip": ["99", "98"], "job": ["cook", "nurse"]}
    wanted = (
        r"words never seen in training.*: 'zip' \(2 rows, for instance '99'\), "
        r"'job' \(1 row, for instance 'nurse'\)$"
    )
    with pytest.warns(ForpassWarning, match=wanted) as caught:
        P.encode(later)
    assert len(caught) == 1
    P.encode(later, aloud=False)
    P.encode(ROW)


def test_a_rare_word_was_seen():
    spec = P.columns[2]
    assert (spec.rare, spec.rare_values) == (True, ("king",))
    P.encode({**ROW, "job": ["king", "cook"]})


def test_too_many_rare_words_are_not_kept_so_nothing_is_counted():
    words = ["a", "b"] * 300 + [f"word {i}" for i in range(257)]
    p = Preprocessing.learn({"w": words})
    assert p.columns[0].rare and p.columns[0].rare_values == ()
    p.encode({"w": ["never"]})


def test_new_gaps_are_counted():
    with pytest.warns(ForpassWarning, match=r"no training row had; .*: 'age' \(1 row\), 'zip' \(2 rows\)$"):
        P.encode({**ROW, "age": [21, None], "zip": [None, None]})
    had = Preprocessing.learn({"x": [1.0, None, 3.0]})
    had.encode({"x": [None]})


def test_text_that_became_numbers_is_refused_where_nothing_is_known():
    with pytest.raises(
        TableError, match=r"'zip' held text .* like '00', and holds numbers now, like 1, none"
    ):
        P.encode({**ROW, "zip": [1, 2]})
    p = Preprocessing.learn({"grade": [str(i % 4) for i in range(40)]}, schema={"grade": "category"})
    assert p.encode({"grade": [1, 2]}).numbers.tolist() == p.encode({"grade": ["1", "2"]}).numbers.tolist()


def test_numbers_that_became_text():
    assert P.encode({**ROW, "age": ["21", " 22 "]}).numbers.tolist() == P.encode(ROW).numbers.tolist()
    with pytest.raises(TableError, match=r"'age' holds 'old' in row 2 .*where a number is meant"):
        P.encode({**ROW, "age": ["21", "old"]})


def test_a_missing_target_is_asked_for_by_name():
    with pytest.raises(
        TableError, match=r"lacks the target 'y' \(perhaps 'Y'\), which is needed to measure and to trace"
    ):
        P.encode({**ROW, "Y": [1, 2]}, with_targets=True)


def test_some_rows_of_a_table():
    whole = P.encode(TABLE, with_targets=True)
    part = P.encode(TABLE, with_targets=True, rows=[3, 5, 59])
    assert part.numbers.tolist() == whole.numbers[[3, 5, 59]].tolist()
    assert part.targets.tolist() == whole.targets[[3, 5, 59]].tolist()
    bad = {**TABLE, "age": [*map(str, TABLE["age"][:-1]), "old"]}
    P.encode(bad, rows=range(N - 1))
    with pytest.raises(TableError, match="'old' in row 60"):
        P.encode(bad, rows=[0, 59])


@pytest.mark.parametrize(
    ("schema", "error", "wanted"),
    [
        ({"agee": "drop"}, TableError, r"no column 'agee'; .*'age'"),
        ({"age": "numbr"}, UnknownNameError, "kind of the column 'age' 'numbr'; did you mean 'number'"),
        ({"age": None}, UnknownNameError, f"Known: {', '.join(kinds_said())}"),
        ({"y": "drop"}, TableError, "'y' is the target"),
        (["age"], TableError, r"schema is a mapping .*\{'zip': 'category'\}; got a list"),
        ({"age": "boolean"}, TableError, r"'age' holds 20 in row 1 .*true or false is meant"),
    ],
)
def test_schemas_that_cannot_be(schema, error, wanted):
    with pytest.raises(error, match=wanted):
        Preprocessing.learn(TABLE, "y", schema=schema)


def test_the_schema_is_said_plainly():
    assert P.schema == {"age": "number", "zip": "category", "job": "category", "size": "number"}
    dropped = Preprocessing.learn({**TABLE, "one": [1] * N}, "y")
    assert dropped.schema["one"] == "drop"
    numbered = pd.DataFrame({0: TABLE["age"], "y": TABLE["y"]})
    assert Preprocessing.learn(numbered, "y", schema={0: "category"}).schema == {"0": "category"}


# -- weights -------------------------------------------------------------------------------------
def test_weights_are_encoded_and_are_no_feature():
    table = {**TABLE, "w": np.arange(N) / 2}
    p = Preprocessing.learn(table, "y", weight="w")
    assert p.feature_names == Preprocessing.learn(TABLE, "y").feature_names and "w" not in p.schema
    assert p.encode(table, True, rows=[2, 4]).weights.tolist() == [1.0, 2.0]
    assert p.encode(table).weights is None
    assert p.describe()[-1].kind == "weight"
    again = Preprocessing.from_json(p.to_json())
    assert again == p and again.weight == "w"
    with pytest.warns(ForpassWarning, match="no weight column 'w', so each of its rows counts once"):
        assert p.encode(TABLE, True).weights is None
    p.encode(TABLE)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([1.0] * 58 + [None, 1.0], r"weight column 'w' is missing in row 59 \(rows counted from 1\)"),
        ([1.0] * 59 + [-0.5], r"weight column 'w' holds -0.5 in row 60 .*a weight of at least 0 is meant"),
        (["1"] * 59 + ["much"], r"weight column 'w' holds 'much' in row 60 .*a number is meant"),
        ([1.0] * 59 + [float("inf")], r"weight column 'w' holds inf in row 60"),
    ],
)
def test_weights_that_are_none_are_refused(values, wanted):
    table = {**TABLE, "w": values}
    with pytest.raises(TableError, match=wanted):
        Preprocessing.learn(table, "y", weight="w").encode(table, True)


def test_a_weight_is_one_thing_only():
    with pytest.raises(TableError, match="'y' is the target and cannot weigh"):
        Preprocessing.learn(TABLE, "y", weight="y")
    with pytest.raises(TableError, match="no weight column 'agee'"):
        Preprocessing.learn(TABLE, "y", weight="agee")
    with pytest.raises(TableError, match="'age' weighs the rows and is no feature"):
        Preprocessing.learn(TABLE, "y", weight="age", schema={"age": "number"})


# -- whole numbers that floats cannot hold -------------------------------------------------------
IDS = [2**60 + i % 3 for i in range(N)]


@pytest.mark.parametrize("ids", [IDS, [None, *IDS[1:]]], ids=["all there", "one missing"])
@pytest.mark.parametrize(
    "make", [dict, later("polars", "DataFrame"), lambda t: pd.DataFrame(t, dtype="Int64")]
)
def test_identifiers_keep_their_digits(make, ids):
    p = Preprocessing.learn(make({"id": ids}), schema={"id": "category"})
    assert sorted(p.columns[0].values) == [str(2**60 + i) for i in range(3)]


def test_floats_that_have_lost_digits_are_told():
    lost = pd.DataFrame({"id": [None, *IDS[1:]], "x": range(0, 2 * N, 2)}).astype({"id": "float64"})
    with pytest.warns(ForpassWarning, match=r"'id' holds whole numbers beyond 2\*\*53 .*Int64"):
        Preprocessing.learn(lost, schema={"id": "category", "x": "number"})


# -- memory --------------------------------------------------------------------------------------
PEAK = """
import gc, re, sys
import numpy as np, polars as pl
from forpass.preprocessing import Preprocessing
from forpass.preprocessing.kinds import kinds_said
def peak(name):
    return int(re.search(name + r":\\s+(\\d+) kB", open("/proc/self/status").read())[1]) * 1024
n, rng = 400_000, np.random.default_rng(0)
frame = {f"x{j}": rng.normal(size=n).astype("float32") for j in range(10)}
words = np.array(["some text", "other text", "more text"])
frame |= {f"t{j}": words[rng.integers(0, 3, n)] for j in range(6)}
frame = pl.DataFrame(frame)
Preprocessing.learn(frame.head(1000)).encode(frame.head(1000))
gc.collect()
open("/proc/self/clear_refs", "w").write("5")
before = peak("VmRSS")
numbers = Preprocessing.learn(frame).encode(frame).numbers
print((peak("VmHWM") - before - numbers.nbytes) / (n * 16))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
def test_a_long_table_is_encoded_in_little_memory():
    ran = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True)
    # bytes a cell beside the encoded table: 4 of the words' numbers in 6 of 16 columns, 1.5, and what one
    # column takes while it is learnt; with objects for text and float64 for numbers it was 14
    assert float(ran.stdout) < 5.0
