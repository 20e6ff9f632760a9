"""Kernels that bring the examples of a batch together. They move numbers and compute nothing.

Examples stay where the caller has them: they are read row by row, by strides, in either float type, so
that neither a copy nor a certain order in memory is needed. A unit is as many rows of the batch as a line
has numbers.
"""

from __future__ import annotations

from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Integers, Reals
from forpass.engines.compiled.language.places import Array
from forpass.engines.compiled.language.types import DOUBLE, FLOAT, I32, I64
from forpass.engines.compiled.language.values import Value, least

__all__ = [
    "add_embedded",
    "embed",
    "gather",
    "gather_classes",
    "gather_sparse",
    "gather_targets",
    "gather_weights",
    "hand_out",
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
        row, target = features.at(_row_number(code, i) * row_stride), X.at(i * stride)
        if side_by_side:
            # whole lines, the last of them ending with the row: what overlaps is written twice
            with code.lines(0, width - code.lanes + 1) as j:
                target.set_line(j, row.line(j, code.lanes).real())
            with code.when((width > code.lanes) & (width % code.lanes != 0)):
                j = width - code.lanes
                target.set_line(j, row.line(j, code.lanes).real())
            with code.when(width < code.lanes), code.loop(0, width) as j:
                target[j] = row[j].real()
        else:
            with code.loop(0, width) as j:
                target[j] = row[j * column_stride].real()


def gather_sparse(
    code: Code,
    X: Reals,
    stride: Integer,
    *,
    source: str,
    index: str,
) -> None:
    """X[i] = row number i of the features, a compressed sparse matrix, with its zeros."""
    values = code.array(code.of_step("features"), ELEMENTS[source])
    places, begins = (code.array(code.of_step(name), ELEMENTS[index]) for name in ("columns", "starts"))
    with code.batch_rows() as i:
        row, target = _row_number(code, i), X.at(i * stride)
        with code.lines(0, stride) as j:
            target.set_line(j, 0.0)
        with code.loop(_place(begins, row), _place(begins, row + 1)) as entry:
            j = _place(places, entry)
            target[j] = target[j] + values[entry].real()


def gather_targets(
    code: Code,
    table: Integer,
    row_stride: Integer,
    column_stride: Integer,
    T: Reals,
    stride: Integer,
    width: Integer,
    *,
    source: str,
) -> None:
    """T = row number i of a table, its columns one line apart: rows lie side by side, as `loss` says."""
    targets = code.array(table, ELEMENTS[source])
    with code.loop(code.begin, code.end) as unit:
        first = unit * code.lanes
        with code.loop(first, least(first + code.lanes, code.rows)) as i:
            row, target = targets.at(_row_number(code, i) * row_stride), T.at(first * stride + (i - first))
            with code.loop(0, width) as j:
                target[j * code.lanes] = row[j * column_stride].real()


def gather_classes(code: Code, classes: Integers, row_stride: Integer, T: Reals, stride: Integer) -> None:
    """T = 1 at the class of row number i and 0 elsewhere, laid as by `gather_targets`."""
    with code.loop(code.begin, code.end) as unit:
        first = unit * code.lanes
        with code.lines(first * stride, (first + code.lanes) * stride) as e:
            T.set_line(e, 0.0)
        with code.loop(first, least(first + code.lanes, code.rows)) as i:
            k = classes[_row_number(code, i) * row_stride]
            T[first * stride + k * code.lanes + (i - first)] = code.number(1.0)


def embed(
    code: Code,
    column: Integer,
    row_stride: Integer,
    E: Reals,
    X: Reals,
    stride: Integer,
    begin: Integer,
    width: Integer,
) -> None:
    """The columns of X from `begin` on = the row of E that the code of row number i names."""
    codes = code.array(code.of_step("codes"), I32).at(column)
    with code.batch_rows() as i:
        row = E.at(_place(codes, _row_number(code, i) * row_stride) * width)
        with code.loop(0, width) as j:
            X[i * stride + begin + j] = row[j]


def add_embedded(
    code: Code,
    column: Integer,
    row_stride: Integer,
    dE: Reals,
    count: Integer,
    dX: Reals,
    stride: Integer,
    begin: Integer,
    width: Integer,
) -> None:
    """dE = 0, and to its rows are added the rows of dX whose codes name them, in row order. One unit."""
    with code.lines(0, count) as e:
        dE.set_line(e, 0.0)
    codes = code.array(code.of_step("codes"), I32).at(column)
    with code.loop(0, code.rows) as i:
        row = dE.at(_place(codes, _row_number(code, i) * row_stride) * width)
        with code.loop(0, width) as j:
            row[j] = row[j] + dX[i * stride + begin + j]


def gather_weights(code: Code, table: Integer, row_stride: Integer, w: Reals, *, source: str) -> None:
    """The weights of the batch, side by side."""
    weights = code.array(table, ELEMENTS[source])
    with code.batch_rows() as i:
        w[i] = weights[_row_number(code, i) * row_stride].real()


def hand_out(code: Code, Z: Reals, stride: Integer, width: Integer) -> None:
    """Row i of the step's scores = Z[i]: what was computed goes to the caller, without padding."""
    scores = code.array(code.of_step("scores"), code.real)
    with code.batch_rows() as i, code.loop(0, width) as j:
        scores[i * width + j] = Z[i * stride + j]


def _row_number(code: Code, i: Value) -> Value:
    return code.array(code.of_step("row_numbers"), I64)[i]


def _place(integers: Array, i: Value) -> Value:
    """A whole number of either size, as a place."""
    place = integers[i]
    return place.wide() if place.element == I32 else place
