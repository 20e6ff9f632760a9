"""Kernels that bring the examples of a batch together, and columns to other places; they compute nothing.

Examples stay where the caller has them: they are read row by row, by strides, in either float type, so
that neither a copy nor a certain order in memory is needed. A unit is as many rows of the batch as a line
has numbers.
"""

from __future__ import annotations

from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Reals
from forpass.engines.compiled.language.places import Array
from forpass.engines.compiled.language.types import DOUBLE, FLOAT, I32, I64
from forpass.engines.compiled.language.values import Value, choose, least

__all__ = [
    "copy_columns",
    "gather",
    "gather_classes",
    "gather_sparse",
    "gather_targets",
    "gather_weights",
    "hand_out",
    "inside",
    "place_in",
    "row_number",
]

ELEMENTS = {"float32": FLOAT, "float64": DOUBLE, "int32": I32, "int64": I64}


def gather(
    code: Code,
    row_stride: Integer,
    column_stride: Integer,
    X: Reals,
    stride: Integer,
    width: Integer,
    *,
    source: str,
    side_by_side: bool,
) -> None:
    """X[i] = row number i of the features, in the working type."""
    features = code.array(code.of_step("features"), ELEMENTS[source])
    with code.batch_rows() as i:
        row, target = features.at(row_number(code, i) * row_stride), X.at(i * stride)
        if side_by_side:
            _copy_row(code, row, target, width)
        else:
            with code.loop(0, width) as j:
                target[j] = row[j * column_stride].real()


def gather_sparse(
    code: Code,
    X: Reals,
    stride: Integer,
    width: Integer,
    *,
    source: str,
    index: str,
) -> None:
    """X[i] = row number i of the features, a compressed sparse matrix, with its zeros.

    Its places are the caller's, who may change them while they are read: none leads out of the matrix.
    """
    values = code.array(code.of_step("features"), ELEMENTS[source])
    places, begins = (code.array(code.of_step(name), ELEMENTS[index]) for name in ("columns", "starts"))
    with code.batch_rows() as i:
        row, target = row_number(code, i), X.at(i * stride)
        with code.lines(0, stride) as j:
            target.set_line(j, 0.0)
        begin, end = place_in(begins, row), least(place_in(begins, row + 1), code.of_step("entries"))
        with code.loop(choose(begin >= 0, begin, end), end) as entry:
            j = inside(place_in(places, entry), width)
            target[j] = target[j] + values[entry].real()


def gather_targets(
    code: Code,
    row_stride: Integer,
    column_stride: Integer,
    T: Reals,
    stride: Integer,
    width: Integer,
    *,
    source: str,
) -> None:
    """T = row number i of a table, its columns one line apart: rows lie side by side, as `loss` says."""
    targets = code.array(code.of_step("targets"), ELEMENTS[source])
    with code.loop(code.begin, code.end) as unit:
        first = unit * code.lanes
        with code.loop(first, least(first + code.lanes, code.rows)) as i:
            row, target = targets.at(row_number(code, i) * row_stride), T.at(first * stride + (i - first))
            with code.loop(0, width) as j:
                target[j * code.lanes] = row[j * column_stride].real()


def gather_classes(code: Code, row_stride: Integer, T: Reals, stride: Integer) -> None:
    """T = 1 at the class of row number i and 0 elsewhere, laid as by `gather_targets`."""
    classes = code.array(code.of_step("targets"), I64)
    with code.loop(code.begin, code.end) as unit:
        first = unit * code.lanes
        with code.lines(first * stride, (first + code.lanes) * stride) as e:
            T.set_line(e, 0.0)
        with code.loop(first, least(first + code.lanes, code.rows)) as i:
            k = inside(classes[row_number(code, i) * row_stride], stride)
            T[first * stride + k * code.lanes + (i - first)] = code.number(1.0)


def gather_weights(code: Code, row_stride: Integer, w: Reals, *, source: str) -> None:
    """The weights of the batch, side by side."""
    weights = code.array(code.of_step("weights"), ELEMENTS[source])
    with code.batch_rows() as i:
        w[i] = weights[row_number(code, i) * row_stride].real()


def copy_columns(
    code: Code,
    X: Reals,
    X_stride: Integer,
    X_begin: Integer,
    Y: Reals,
    Y_stride: Integer,
    Y_begin: Integer,
    width: Integer,
) -> None:
    """Some columns of Y = as many of X, each from its own beginning on; no other column of Y is touched."""
    with code.batch_rows() as i:
        _copy_row(code, X.at(i * X_stride + X_begin), Y.at(i * Y_stride + Y_begin), width)


def hand_out(code: Code, Z: Reals, stride: Integer, width: Integer) -> None:
    """Row i of the step's scores = Z[i]: what was computed goes to the caller, without padding."""
    scores = code.array(code.of_step("scores"), code.real)
    with code.batch_rows() as i, code.loop(0, width) as j:
        scores[i * width + j] = Z[i * stride + j]


def _copy_row(code: Code, row: Array, target: Array, width: Value) -> None:
    """Copy numbers that lie side by side, in either type, to the working type."""
    # whole lines, the last of them ending with the row: what overlaps is written twice
    with code.lines(0, width - code.lanes + 1) as j:
        target.set_line(j, row.line(j, code.lanes).real())
    with code.when((width > code.lanes) & (width % code.lanes != 0)):
        j = width - code.lanes
        target.set_line(j, row.line(j, code.lanes).real())
    with code.when(width < code.lanes), code.loop(0, width) as j:
        target[j] = row[j].real()


def row_number(code: Code, i: Value) -> Value:
    """The number of the batch's i-th row among all examples."""
    return code.array(code.of_step("row_numbers"), I64)[i]


def place_in(integers: Array, i: Value) -> Value:
    """A whole number of either size, as a place."""
    place = integers[i]
    return place.wide() if place.element == I32 else place


def inside(place: Value, count: Value) -> Value:
    """A place among so many, whatever it is: 0 where it is none of them.

    Numbers that the caller owns were looked at before, and may have changed since: what is written or read
    by them must stay inside.
    """
    return choose((place >= 0) & (place < count), place, 0)
