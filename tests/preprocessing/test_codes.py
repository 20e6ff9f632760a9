"""Categories of many levels: codes for an embedding, through every door."""

import json

import numpy as np
import pytest
import scipy.sparse
from later import later

from forpass.datasets import read_table
from forpass.errors import ForpassWarning, SpecError
from forpass.preprocessing import (
    ColumnOptions,
    Preprocessing,
    SparsePreprocessing,
    learn_target,
    read_columns,
)
from forpass.spec.inputs import FeatureGroup

pd = later("pandas")
pl = later("polars")

N = 60
TABLE = {
    "size": [None if i % 9 == 4 else i % 7 + 0.5 for i in range(N)],
    "town": [("ulm", "bonn", "kiel", "jena")[i % 4] if i % 10 else None for i in range(N - 1)] + ["trier"],
    "heated": [("yes", "no")[i % 2] for i in range(N)],
    "shop": [("a", "b", "c")[i % 3] for i in range(N)],
    "y": [i * 0.75 % 5 for i in range(N)],
}
# of the towns, in no order
LEVELS = ("bonn", "jena", "kiel", "ulm", "(missing)", "(rare)")


def learn(table=TABLE, max_one_hot=3, **settings):
    return Preprocessing.learn(table, "y", options=ColumnOptions(max_one_hot=max_one_hot), **settings)


def test_a_category_with_more_levels_than_max_one_hot_becomes_codes():
    p = learn()
    assert set(p.columns[1].levels) == set(LEVELS) and p.columns[1].levels[-2:] == LEVELS[-2:]
    assert p.groups == (
        FeatureGroup("size", "number", 1),
        FeatureGroup("size", "indicator", 1),
        FeatureGroup("town", "code", 0, codes=7, unknown=True),
        FeatureGroup("heated", "level", 1),
        FeatureGroup("shop", "level", 3),
    )
    assert p.feature_names == ("size", "size=(missing)", "heated", "shop=a", "shop=b", "shop=c")
    assert p.n_features == sum(group.width for group in p.groups)
    data = p.encode(TABLE, with_targets=True)
    assert data.codes.dtype == np.int32 and data.codes.shape == (N, 1)
    level = {word: i + 1 for i, word in enumerate(p.columns[1].levels)}
    wanted = [level["(missing)"] if word is None else level.get(word, 6) for word in TABLE["town"]]
    assert data.codes[:, 0].tolist() == wanted
    # the numbers are those of a network that sees towns one-hot, without the towns
    one_hot = Preprocessing.learn(TABLE, "y")
    others = [name.split("=")[0] != "town" for name in one_hot.feature_names]
    assert np.array_equal(data.numbers, one_hot.encode(TABLE).numbers[:, others])


@pytest.mark.parametrize(
    ("max_one_hot", "coded"), [(None, []), (6, []), (5, ["town"]), (0, ["town", "shop"])]
)
def test_how_many_levels_are_too_many(max_one_hot, coded):
    p = learn(max_one_hot=max_one_hot)
    assert [group.name for group in p.groups if group.kind == "code"] == coded
    data = p.encode(TABLE)
    assert (data.codes is None) == (not coded)
    if coded:
        largest = [group.codes - 1 for group in p.groups if group.kind == "code"]
        assert data.codes.max(axis=0).tolist() == largest


def test_an_unseen_word_a_rare_one_and_a_gap():
    p = learn()
    row = {"size": [1.5], "heated": ["yes"], "shop": ["a"]}
    code = {word: i + 1 for i, word in enumerate(p.columns[1].levels)}
    for word, wanted in (("trier", "(rare)"), (None, "(missing)"), ("ulm", "ulm")):
        assert p.encode({**row, "town": [word]}).codes.tolist() == [[code[wanted]]]
    with pytest.warns(ForpassWarning, match=r"never seen .*'town' \(1 row, for instance 'mainz'\)"):
        assert p.encode({**row, "town": ["mainz"]}).codes.tolist() == [[code["(rare)"]]]  # joins the rare
    without = Preprocessing.learn({"shop": TABLE["shop"]}, options=ColumnOptions(max_one_hot=2))
    with pytest.warns(ForpassWarning):
        assert without.encode({"shop": ["a", "z", None]}).codes.tolist() == [[1], [0], [0]]


def test_codes_are_described():
    rows = {row.column: row.becomes for row in learn().describe()}
    shown = ", ".join(learn().columns[1].levels[:4])
    assert rows["town"] == f"a code from 0 (unknown) to 6, for an embedding: {shown}, ..."
    assert rows["shop"] == "3 columns of 0/1: a, b, c"


def test_codes_survive_json():
    p = learn()
    again = Preprocessing.from_json(json.loads(json.dumps(p.to_json())))
    assert again == p and again.groups == p.groups
    assert np.array_equal(again.encode(TABLE).codes, p.encode(TABLE).codes)


def test_every_door_gives_the_same_codes(tmp_path):
    p = learn()
    pl.DataFrame(TABLE).write_csv(tmp_path / "t.csv")
    wanted = p.encode(TABLE)
    for same in (
        pd.DataFrame(TABLE),
        pl.DataFrame(TABLE),
        read_table(tmp_path / "t.csv"),
        read_columns(TABLE),
    ):
        data = p.encode(same)
        assert np.array_equal(data.codes, wanted.codes) and np.array_equal(data.numbers, wanted.numbers)
        assert learn(same).groups == p.groups
    part = p.encode(TABLE, rows=[3, 8, 59])
    assert np.array_equal(part.codes, wanted.codes[[3, 8, 59]])


def test_a_table_of_codes_alone():
    p = learn({"shop": TABLE["shop"], "y": TABLE["y"]}, max_one_hot=0)
    data = p.encode({"shop": ["c", "a"]})
    assert data.numbers.shape == (2, 0) and data.codes.tolist() == [[3], [1]]


@pytest.mark.parametrize("bad", [-1, 2.5, "many"])
def test_a_number_of_levels_that_is_none_is_refused(bad):
    with pytest.raises(
        SpecError, match="max_one_hot of ColumnOptions must be a whole number of at least 0; got"
    ):
        learn(max_one_hot=bad)


def test_a_sparse_matrix_is_one_group():
    target = learn_target(read_columns({"y": [1.5, 2.5, 4.5]}), "y")
    p = SparsePreprocessing.learn(scipy.sparse.csr_array(np.eye(3)), target, np.arange(3))
    assert p.groups == (FeatureGroup("", "number", 3),)
