"""Arrays of a C function share their places: in graphs of all sorts nothing is written over too soon."""

import numpy as np
import pytest
from carried import carried_out

from forpass.exports.c.file import c_source
from forpass.exports.c.library import compiled, compiler
from forpass.exports.c.pieces import pieces_of
from forpass.exports.c.storage import storage_of
from forpass.exports.graph import Graph
from forpass.exports.writer import Writer
from forpass.maths import xp

LINES = 60


def formula(text):
    scope = {"xp": xp}
    exec(f"def formula(X, Y): return {text}", scope)
    return scope["formula"]


ALONE = [
    formula(text)
    for text in ("X + Y", "Y - 0.5 * X", "xp.maximum(X, 0.1 * Y)", "X - 2.0 * xp.row_max(Y)", "X")
]
SEVERAL = [formula(text) for text in ("X + Y, X - Y", "0.5 * Y, X", "X * 0.5, X * 0.5 + Y")]
MATMUL = formula("xp.matmul(X, Y)")
AFFINE = formula("xp.matmul(X, Y) + 0.25")
MEMBERS = formula("xp.member_sum(X) + 0.1")


def random_graph(seed):
    """A graph of a few dozen lines, of which late ones read early ones, some twice."""
    rng = np.random.default_rng(seed)
    writer = Writer(Graph("random"))
    values = [writer.input("X", "float64", (None, 6))]

    def any_value(width=6):
        fitting = [value for value in values if value.width == width]
        return fitting[max(0, len(fitting) - 1 - int(rng.geometric(0.3)))]

    for _ in range(LINES):
        kind = rng.integers(10)
        if kind < 2:
            values.append(writer.call(ALONE[rng.integers(len(ALONE))], any_value(), any_value()))
        elif kind == 2:
            values += writer.several(SEVERAL[rng.integers(len(SEVERAL))], any_value(), any_value())
        elif kind == 3:
            W = writer.constant("W", rng.normal(size=(6, 6)) / 4)
            values.append(writer.call([MATMUL, AFFINE][rng.integers(2)], any_value(), W))
        elif kind == 4:
            both = writer.beside([any_value(), any_value()])
            values.append(writer.take(both, rng.permutation(12)[:6].tolist()))
            values.append(writer.take(both, list(range(2, 8))))
        elif kind == 5:
            stacked = writer.stack([any_value(), any_value(), any_value()])
            values.append(writer.call(MEMBERS, stacked, 0.0))
        elif kind == 6:
            apart = writer.apart(any_value(), 3)
            W = writer.constant("W", rng.normal(size=(3, 2, 2)) / 2)
            values.append(writer.joined(writer.call(AFFINE, apart, W)))
        elif kind == 7:  # beside columns of its own
            made = writer.call(ALONE[0], any_value(), any_value())
            every = writer.beside([made, writer.take(made, [3, 4, 5]), writer.take(made, [0, 1, 2])])
            values.append(writer.take(every, rng.permutation(12)[:6].tolist()))
        elif kind == 8:  # with one column of its own
            value = any_value()
            values.append(writer.call(ALONE[rng.integers(2)], value, writer.take(value, [2])))
        else:
            values.append(writer.cast(writer.cast(any_value(), "float32"), "float64"))
    for number, value in enumerate(values[-1:] + values[3:9:3]):
        writer.output(f"y{number}", value, "")
    return writer.graph


@pytest.mark.skipif(compiler() is None, reason="needs a C compiler: cc, gcc or clang")
@pytest.mark.parametrize("seed", range(8))
def test_random_graphs(seed):
    graph = random_graph(seed)
    source, header = c_source(graph, "A graph", "model")
    options = ("-std=c99", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror")
    run = compiled(graph, {"model.c": source.encode(), "model.h": header.encode()}, options)
    X = np.random.default_rng(seed).normal(size=(20, 6))
    found = run({"X": X})
    for name, wanted in carried_out(graph, {"X": X}).items():
        scale = np.abs(wanted).max()
        # float32 on the way may round the other way once a sum has: 60 roundings of it, one after the other
        np.testing.assert_allclose(found[name], wanted, rtol=0, atol=60 * 6e-8 * scale)


def test_layers_take_turns_in_two_arrays():
    writer = Writer(Graph("deep"))
    A = writer.input("X", "float64", (None, 8))
    for _ in range(5):
        Z = writer.call(AFFINE, A, writer.constant("W", np.eye(8)))
        A = writer.call(ALONE[2], Z, 0.0)
    writer.output("value", A, "")
    assert storage_of(pieces_of(writer.graph), [A]).work_arrays == {"float64": 16}
