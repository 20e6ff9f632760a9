"""The file as docs/model-file.md tells of it, read without forpass; and what must not stand in it."""

import hashlib
import json
import struct

import numpy as np
import pytest

import forpass as fp

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
        "name": [f"Person Nr. {i} of Ulm" for i in range(n)],
        "wage": wage.tolist(),
        "town": [("ulm", "bonn")[i % 2] for i in range(n)],
        "left": (rng.random(n) < 0.5).tolist(),
    }


@pytest.fixture(scope="module", params=["plain", "fast"])
def saved(request, tmp_path_factory):
    with pytest.warns(fp.ForpassWarning, match="'name' is left out"):
        model = fp.train_table(people(), "left", preset=request.param)
    return model, model.save(tmp_path_factory.mktemp("file") / "m.forpass")


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
    _, path = saved
    blob, table = path.read_bytes(), people()
    assert b"ulm" in blob  # words of categories do: without them nothing could be predicted
    assert not [name for name in table["name"] if name.encode() in blob]
    median = float(np.median(table["wage"]))
    for wage in table["wage"]:
        if wage != median:
            assert repr(wage).encode() not in blob
        assert struct.pack("<d", wage) not in blob and struct.pack("<f", wage) not in blob
