"""A list of records is a table, through every door of Python."""

import numpy as np
import pytest

import forpass as fp
from forpass.errors import TableError
from forpass.preprocessing import read_columns

RECORDS = [{"size": i / 8, "kind": "ab"[i % 2], "y": ["no", "yes"][i % 3 > 0]} for i in range(60)]
COLUMNS = {name: [record[name] for record in RECORDS] for name in RECORDS[0]}


def test_records_are_the_columns_that_any_of_them_has():
    table = read_columns([{"a": 1, "b": "x"}, {"b": "y", "c": 2.5}, {"a": 3}])
    assert table.columns["a"].cells()[0::2] == [1.0, 3.0] and np.isnan(table.columns["a"].cells()[1])
    assert table.columns["b"].cells() == ["x", "y", None]
    assert table.names == ("a", "b", "c")


def test_what_is_no_record_is_named():
    with pytest.raises(TableError, match="record 2 is an int where a dict is meant"):
        read_columns([{"a": 1}, 2])
    with pytest.raises(TableError, match="no columns"):
        read_columns([{}, {}])


@pytest.mark.slow
def test_models_take_records_as_they_take_columns():
    options = {"epochs": 3, "seed": 1}
    of_records, of_columns = (fp.train_table(table, "y", **options) for table in (RECORDS, COLUMNS))
    assert of_records.fingerprint() == of_columns.fingerprint()
    rows = [{"size": 1.5, "kind": "b"}, {"kind": "a", "size": 2}]
    wanted = of_columns.predict({"size": [1.5, 2], "kind": ["b", "a"]})
    assert of_records.predict(rows).tolist() == wanted.tolist()
    assert fp.evaluate(of_records, RECORDS) == fp.evaluate(of_columns, COLUMNS)


@pytest.mark.slow
def test_estimators_take_records_as_they_take_columns():
    X, y = [{"size": r["size"], "kind": r["kind"]} for r in RECORDS], COLUMNS["y"]
    columns = {name: COLUMNS[name] for name in ("size", "kind")}
    ours = fp.TableClassifier(max_iter=3, random_state=0).fit(X, y)
    theirs = fp.TableClassifier(max_iter=3, random_state=0).fit(columns, y)
    assert list(ours.feature_names_in_) == ["size", "kind"]
    assert (ours.predict_proba(X) == theirs.predict_proba(columns)).all()
