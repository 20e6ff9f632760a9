"""The container: what safetensors writes is read, and what no file holds is refused before it is believed."""

import json

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy

from forpass.model.container import TYPES, arrays_in, header_of

SHAPES = of_numpy.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
ARRAYS = of_numpy.arrays(st.sampled_from(list(TYPES.values())), SHAPES)
LARGE = 2**62


@given(st.dictionaries(st.text(max_size=5).filter(lambda name: name != "__metadata__"), ARRAYS, max_size=5))
def test_what_safetensors_writes_is_read_to_the_bit(arrays):
    blob = safetensors.numpy.save(arrays, metadata={"said": "so"})
    header = header_of(blob)
    found = arrays_in(blob, header)
    assert header["__metadata__"] == {"said": "so"} and found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_every_type_has_the_name_that_safetensors_gives_it():
    for name, kind in TYPES.items():
        blob = safetensors.numpy.save({"a": np.zeros(1, kind)})
        assert header_of(blob)["a"]["dtype"] == name


def of_header(text, rest):
    return len(text).to_bytes(8, "little") + text + rest


def a(dtype="F32", shape=(2,), place=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(place)}


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ({"a": a(place=(4, 12))}, "begins at byte 4 where 0 is meant"),
        ({"a": a(), "b": a(place=(4, 12))}, "b begins at byte 4 where 8 is meant"),
        ({"a": a(), "b": a()}, "begins at byte 0 where 8 is meant"),
        ({"a": a(), "b": a(place=(12, 20))}, "b begins at byte 12 where 8 is meant"),
        ({"a": a(shape=(4,), place=(0, 16))}, "bytes are meant; there are"),
        ({"a": a(shape=(1,), place=(0, 4))}, "bytes are meant; there are"),
        ({"a": a(shape=(3,))}, "a has 8 bytes, which is not its size"),
        ({"a": a(place=(8, 0))}, "not its size"),
        ({"a": a(shape=(LARGE,))}, "not its size"),
        ({"a": a(shape=(LARGE,), place=(0, 4 * LARGE))}, "are no counts"),
        ({"a": a(shape=(-2,), place=(0, -8))}, "are no counts"),
        ({"a": a(shape=(2.0,))}, "are no counts"),
        ({"a": a(shape=(True, 2))}, "are no counts"),
        ({"a": a(place=(0, 8, 8))}, "are no counts"),
        ({"a": {**a(), "shape": 2}}, "are no counts"),
        ({"a": a(dtype="F31")}, "unknown type"),
        ({"a": a(dtype=["F32"])}, "unknown type"),
        ({"a": 3}, "not described by"),
        ({"a": {"dtype": "F32"}}, "not described by"),
        ({"a": {**a(), "more": 1}}, "not described by"),
        ({"a": a(shape=(1,) * 70 + (2,))}, "are no counts"),
        ({"a": a(shape=(2**63,))}, "are no counts"),
        ({"a": a(shape=(10**4000,) * 2000)}, "are no counts"),  # their product would take a minute
        ({"a": a(), "b": a(shape=(0, LARGE, LARGE), place=(8, 8))}, "too big|too large|[Mm]aximum"),
    ],
)
def test_what_no_file_holds_is_refused(said, match):
    blob = of_header(json.dumps(said).encode(), bytes(8))
    with pytest.raises(ValueError, match=match):
        arrays_in(blob, header_of(blob))


@pytest.mark.parametrize(
    ("text", "match"),
    [(b'{"a":1,"a":2}', "stands in the header twice"), (b"[1]", "no mapping"), (b"", "value")],
)
def test_a_header_that_is_none_is_refused(text, match):
    with pytest.raises((ValueError, TypeError), match=match):
        header_of(of_header(text, b""))
