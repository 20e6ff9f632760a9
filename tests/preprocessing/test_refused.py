"""A column of what is no single value may stand in a table as long as nobody needs it."""

import pickle
from collections import deque
from decimal import Decimal

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.errors import TableError
from forpass.preprocessing import Preprocessing, read_columns
from forpass.preprocessing.missing import with_missing
from forpass.preprocessing.table import Table

pa = later("pyarrow")
pd = later("pandas")
pl = later("polars")

OTHERS = {"size": [1.5, 2.5, 4.0, 3.0], "fit": ["no", "yes", "yes", "no"]}
REFUSED = "where a number, text, a truth value or a date is meant; take it apart or leave it out"


def _records():
    return [{"size": size, "fit": fit, "odd": None} for size, fit in zip(*OTHERS.values(), strict=True)]


FRAMES = [
    (lambda: {**OTHERS, "odd": [1, 2, [3], 4]}, r"a list in row 3 \(rows counted from 1\)"),
    (lambda: {**OTHERS, "odd": ["x", {"a": 1}, None, "y"]}, "a dict in row 2"),
    (lambda: {**OTHERS, "odd": np.array([b"x"] * 4, object)}, "a bytes in row 1"),
    (lambda: {**OTHERS, "odd": np.array([1j, 2, 3, 4])}, "values of the type complex128"),
    (lambda: {**OTHERS, "odd": np.array([b"x"] * 4)}, "values of the type bytes8"),
    (lambda: {**OTHERS, "odd": np.zeros((4, 2))}, r"an array of shape \(2,\) in each row"),
    (lambda: {**OTHERS, "odd": [1.5, 10**400, 1, 2]}, "a value that cannot be read \\(.*too large"),
    (lambda: {**OTHERS, "odd": [2, Decimal("sNaN"), 1, 2]}, r"a value that cannot be read \(.*NaN"),
    (lambda: {**OTHERS, "odd": ["x", deque(), "y", "z"]}, "a deque in row 2"),
    (lambda: pd.DataFrame({**OTHERS, "odd": [[1], [], [2], [3]]}), "a list in row 1"),
    (
        lambda: pd.DataFrame(OTHERS).assign(odd=pd.interval_range(0, 4)),
        r"values of the type interval\[int64, right\]",
    ),
    (lambda: pl.DataFrame({**OTHERS, "odd": [[1], [], [2], [3]]}), "values of the type List"),
    (lambda: pa.table({**OTHERS, "odd": [{"a": 1}] * 4}), "values of the type Struct"),
    (lambda: [*_records(), {"size": 1.0, "fit": "no", "odd": (1, 2)}], "a tuple in row 5"),
]


@pytest.fixture(params=FRAMES, ids=[holds for _, holds in FRAMES])
def odd(request):
    """A table with such a column, and what is said of it."""
    make, holds = request.param
    return make(), f"column 'odd' holds {holds}.*{REFUSED}"


def test_it_is_refused_where_it_is_needed(odd):
    frame, refusal = odd
    learn, numbers = Preprocessing.learn, {**OTHERS, "odd": [1.0, 5.0, 2.0, 3.0]}
    wanted = {
        "a feature": lambda: learn(frame, "fit"),
        "of features alone": lambda: learn(frame),
        "a target": lambda: learn(frame, "odd"),
        "a target of values": lambda: learn(frame, "odd", task="regression"),
        "a target of labels": lambda: learn(frame, ["fit", "odd"], task="multilabel"),
        "a weight": lambda: learn(frame, "fit", weight="odd").encode(frame, with_targets=True),
        "a kind": lambda: learn(frame, "fit", schema={"odd": "category"}),
        "another kind": lambda: learn(frame, "fit", schema={"odd": "number"}),
        "a feature of a model": lambda: learn(numbers, "fit").encode(frame),
        "values": lambda: read_columns(frame).column("odd").values,
        "a cell": lambda: read_columns(frame).column("odd").cell(0),
    }
    for what, look in wanted.items():
        with pytest.raises(TableError, match=refusal):
            pytest.fail(f"{what}: {look()}")


def test_it_may_be_left_out_by_the_schema(odd):
    frame, _ = odd
    learnt = Preprocessing.learn(frame, "fit", schema={"odd": "drop"})
    assert learnt.schema == {"size": "number", "odd": "drop"}
    assert learnt.columns[1].describe() == "dropped: asked for" and learnt.columns[1].found == "other"
    without = {name: column for name, column in read_columns(frame).columns.items() if name != "odd"}
    plainly = Preprocessing.learn(Table(without), "fit")
    assert learnt.feature_names == plainly.feature_names
    assert Preprocessing.from_json(learnt.to_json()) == learnt


def test_it_may_lie_beside_what_a_model_needs(odd):
    frame, _ = odd
    learnt = Preprocessing.learn(OTHERS, "fit")
    for words in (None, ["?"]):
        table = with_missing(read_columns(frame), words)
        wanted = learnt.encode({"size": table.columns["size"].values})
        assert np.array_equal(learnt.encode(table).numbers, wanted.numbers)
        assert np.array_equal(learnt.encode(table, with_targets=True).numbers, wanted.numbers)
        chosen = table.take([2, 0])
        assert len(chosen.columns["odd"]) == len(chosen) == 2
        assert np.array_equal(learnt.encode(chosen).numbers, wanted.numbers[[2, 0]])
    assert np.array_equal(learnt.encode(frame).numbers, wanted.numbers)


def test_it_can_be_shown_and_sent(odd):
    column = pickle.loads(pickle.dumps(read_columns(odd[0]))).column("odd")
    assert repr(column).startswith("<column 'odd': ") and len(column) >= 4
    with pytest.raises(TableError, match=odd[1]):
        column.values  # noqa: B018


def test_estimators_leave_it_out_when_asked():
    frame = pd.DataFrame({"size": [float(i % 7) for i in range(60)], "odd": [[i] for i in range(60)]})
    labels = ["ab"[i % 2] for i in range(60)]
    with pytest.raises(TableError, match="column 'odd' holds a list"):
        fp.TableClassifier(max_iter=2).fit(frame, labels)
    model = fp.TableClassifier(max_iter=2, schema={"odd": "drop"}).fit(frame, labels)
    assert model.predict(frame).tolist() == model.predict(frame[["size"]]).tolist()
