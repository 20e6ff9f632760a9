"""Stored forms from before: what a preprocessing of schema 1 made of a table, it makes today."""

import importlib.util
import json
import math
from pathlib import Path

import numpy as np
import pytest

from forpass.datasets import read_table
from forpass.preprocessing import Preprocessing, Reading
from forpass.preprocessing.migrate import FIELDS, migrate

GOLDEN = Path(__file__).parents[1] / "golden" / "schema1"
ENCODED = np.load(GOLDEN / "encoded.npz")
# name of the file: columns that were text, and how its own file is read
FILES = {
    "regression": ("floor", "built", "zip"),
    "classification": ("floor", "built", "zip", "kind"),
    "multilabel": ("floor", "built", "zip"),
    "comma": ("town",),
}


def stored(name):
    """Return the preprocessing in a model file as it lies there, whatever reads models today."""
    blob = (GOLDEN / f"{name}.forpass").read_bytes()
    size = int.from_bytes(blob[:8], "little")
    head = json.loads(json.loads(blob[8 : 8 + size])["__metadata__"]["forpass"])
    return head["content"]["preprocessing"]


def rows_of(name):
    if name == "comma":
        return read_table(GOLDEN / "comma.csv", decimal_comma=True)
    spec = importlib.util.spec_from_file_location("make_schema_1", GOLDEN / "make.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    return make.table()


@pytest.mark.parametrize("name", FILES)
def test_a_preprocessing_of_schema_1_encodes_as_it_did(name):
    plain = stored(name)
    assert plain["schema"] == 1
    preprocessing = Preprocessing.from_json(plain)
    data = preprocessing.encode(rows_of(name), with_targets=True)
    for part in ("numbers", "targets", "weights"):
        array = getattr(data, part)
        if f"{name}.{part}" in ENCODED:
            assert array.dtype == ENCODED[f"{name}.{part}"].dtype
            np.testing.assert_array_equal(array, ENCODED[f"{name}.{part}"])
        else:
            assert array is None and part == "weights"
    assert data.codes is None


@pytest.mark.parametrize("name", FILES)
def test_a_preprocessing_of_schema_1_is_one_of_today(name):
    preprocessing = Preprocessing.from_json(stored(name))
    assert preprocessing.reading == Reading(False, FILES[name])
    plain = preprocessing.to_json()
    assert plain["schema"] == 3
    assert Preprocessing.from_json(json.loads(json.dumps(plain))) == preprocessing
    comma = Preprocessing.from_json({**stored(name), "decimal_comma": True})
    assert comma.reading == Reading(True, FILES[name])


def test_every_kind_of_column_lies_in_the_files():
    found = {column["kind"] for name in FILES for column in stored(name)["columns"]}
    assert found == set(FIELDS)


def test_what_a_kind_did_not_use_is_left_behind():
    columns = stored("regression")["columns"]
    before, after = columns[0], migrate(stored("regression"))["columns"][0]
    assert before["kind"] == "number" and math.isfinite(after["centre"])
    assert set(before) - set(after) == {"values", "rare", "rare_values", "format", "cycles", "reason"}
