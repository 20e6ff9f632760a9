"""The file as docs/model-file.md tells of it, read without forpass; and what must not stand in it."""

import dataclasses
import hashlib
import json
import re
import struct

import numpy as np
import pytest

import forpass as fp
from forpass.recipes import PRESETS, Chain, Folds, LinearMember, Member

TYPES = {"F32": "<f4", "F64": "<f8", "U8": "|u1", "U16": "<u2", "U32": "<u4", "U64": "<u8"}


def parts_of(path):
    """Return the head of a file and the bytes of each array, by nothing but what the document says."""
    blob = path.read_bytes()
    (size,) = struct.unpack("<Q", blob[:8])
    header = json.loads(blob[8 : 8 + size])
    text = header.pop("__metadata__")["forpass"]
    arrays = {
        name: (array["dtype"], array["shape"], blob[8 + size :][slice(*array["data_offsets"])])
        for name, array in header.items()
    }
    return text, arrays


def people(n=120):
    """A table with what is private: names, and numbers that nobody else has."""
    rng = np.random.default_rng(0)
    wage = (1000.0 + 9000.0 * rng.random(n)).round(4)
    return {
        "hours": rng.choice([8.0, 12.0, 20.0, 25.0, 30.0, 32.5, 35.0, 37.5, 40.0], n).tolist(),
        "rent": (0.2 * wage + 300.0 * rng.random(n)).round(4).tolist(),
        "name": [f"Person Nr. {i} of Ulm" for i in range(n)],
        "wage": wage.tolist(),
        "town": [("ulm", "bonn")[i % 2] for i in range(n)],
        "left": (rng.random(n) < 0.5).tolist(),
    }


def recipe():
    """Networks that look up what the targets say about values, cut columns into bins, and have intervals."""
    member = Member(hidden=(8,), numbers=("piecewise",), statistics=True, learning_rate=0.1)
    chains = Chain("A", member, (4,)), Chain("linear", LinearMember())
    kinds = dict.fromkeys(("two_classes", "classes", "labels", "values"), chains)
    folds = (Folds(1, 3, 3, 1),)
    return dataclasses.replace(PRESETS["fast"], name="s", rungs=1, folds=folds, racing_ratio=100.0, **kinds)


WAYS = {
    "plain": ("left", {"preset": "plain"}),
    "fast": ("left", {"preset": "fast"}),
    "classes": ("left", {"preset": recipe()}),
    "values": ("rent", {"preset": recipe()}),
    "refitted": ("rent", {"preset": dataclasses.replace(recipe(), refit="all", refit_from=1)}),
}


@pytest.fixture(scope="module", params=WAYS)
def saved(request, tmp_path_factory):
    target, how = WAYS[request.param]
    folder = tmp_path_factory.mktemp("file")
    with pytest.warns(fp.ForpassWarning, match="'name' is left out"):
        model = fp.train_table(people(), target, checkpoint=folder / "run", **how)
    return model, model.save(folder / "m.forpass")


def test_the_text_is_sorted_and_without_blanks_and_the_digest_is_as_told(saved):
    _, path = saved
    text, arrays = parts_of(path)
    head = json.loads(text)
    assert text == json.dumps(head, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    stored = head.pop("digest")
    assert sorted(head) == ["content", "kind", "schema"] and head["schema"] == 3
    total = hashlib.sha256(
        json.dumps(head, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    )
    for name in sorted(arrays):
        dtype, shape, content = arrays[name]
        said = tuple(shape)
        total.update(f"{name} {TYPES[dtype]} {said}".encode())
        total.update(content)
    assert total.hexdigest() == stored


def test_no_cell_of_the_training_table_stands_in_it(saved):
    """Nor in what a folder remembers of its training; but for medians, and the ends of a target's range."""
    model, path = saved
    table = people()
    assert b"ulm" in path.read_bytes()  # words of categories do: without them nothing could be predicted
    remembered = list((path.parent / "run").glob("*.forpass"))
    assert remembered
    for place in (path, *remembered):
        blob = place.read_bytes()
        assert not [name for name in table["name"] if name.encode() in blob]
        text, arrays = parts_of(place)
        numbers = np.unique(
            np.concatenate(
                [np.frombuffer(array, TYPES[kind]).astype(float) for kind, _, array in arrays.values()]
            )
        )
        for column in ("wage", "rent"):
            cells = np.sort(table[column])
            if (column,) == model.preprocessing.target.names:
                cells = cells[1:-1]
            assert not np.isin(cells, numbers).any()
            assert not np.isin(cells.astype("<f4"), numbers).any()
            assert not [x for x in cells.tolist() if repr(x) in text and x != np.median(cells)], place


def test_lookups_tell_of_values_and_not_of_rows(saved):
    """Networks that learn look up tables without their own row, whose differences are single targets."""
    model, _ = saved
    specs = " ".join(repr(member.spec) for member in getattr(model, "members", [model]))
    folds = set(re.findall(r"ValueStatistics\(prior=[0-9.]+, folds=([0-9]+)", specs))
    of_recipe = model.preprocessing.target.names == ("rent",)
    assert folds == ({"0"} if of_recipe else set())
    assert not of_recipe or model.intervals is not None


def test_a_column_that_is_left_out_leaves_no_words_but_the_one_that_all_rows_have(tmp_path):
    table = people() | {"country": ["Wales"] * 120, "secret": [f"s{i % 7}" for i in range(120)]}
    with pytest.warns(fp.ForpassWarning, match="'name' is left out"):
        model = fp.train_table(table, "left", schema={"secret": "drop"}, hidden=(4,), epochs=1)
    blob = model.save(tmp_path / "m.forpass").read_bytes()
    assert b"Wales" in blob and not [word for word in table["secret"] if f'"{word}'.encode() in blob]
