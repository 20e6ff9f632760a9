"""From the cells of a table to the inputs of networks: each kind of column writes itself."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from forpass.errors import ExportError
from forpass.exports.graph import Value
from forpass.exports.writer import Writer
from forpass.gaps import MISSING_WORDS
from forpass.maths.columnwise import COLUMNWISE
from forpass.model import Preprocessor
from forpass.preprocessing import Preprocessing, Reading
from forpass.preprocessing.dates import day_of_word
from forpass.preprocessing.kinds import ColumnSpec
from forpass.preprocessing.kinds.protocol import ExportableColumn
from forpass.preprocessing.notation import number_of_word
from forpass.spec.network import NetworkSpec

__all__ = ["Inputs", "exportable", "inputs_of"]


class Inputs(NamedTuple):
    """What networks read: numbers (n, d) and codes (n, c), each None where there are none."""

    X: Value | None
    codes: Value | None


def inputs_of(writer: Writer, preprocessing: Preprocessor | None, spec: NetworkSpec) -> Inputs:
    """Write how a model's inputs are made: of columns, of a matrix, or of arrays as they are.

    Features of a table are of float32, whatever type the network computes in, as in `Preprocessing.encode`.
    """
    if preprocessing is None:
        X = codes = None
        if spec.n_features:
            X = writer.input(
                "X",
                "float64",
                (None, spec.n_features),
                "features, as the network was trained on them",
                array=True,
            )
        if spec.code_sizes:
            codes = writer.input(
                "codes", "int32", (None, len(spec.code_sizes)), "codes of categories, from 0", array=True
            )
        return Inputs(X, codes)
    if not isinstance(preprocessing, Preprocessing):
        return _of_matrix(writer, preprocessing)
    writer.graph.missing_words = writer.graph.missing_words or _words(preprocessing.reading.missing)
    numbers: list[Value] = []
    codes_of: list[Value] = []
    for place in preprocessing.places:
        cells = _cells(writer, exportable(place.spec), preprocessing.reading)
        writer.section(f"{place.spec.name}: {place.spec.describe()}")
        written = exportable(place.spec).write(writer, cells)
        numbers += written.numbers
        codes_of += written.codes
    writer.section("features")
    X = writer.beside(numbers, "features") if numbers else None  # None: codes alone
    return Inputs(X, writer.beside(codes_of, "codes") if codes_of else None)


def _of_matrix(writer: Writer, preprocessing: Any) -> Inputs:
    """Write how the rows of a matrix are scaled: by the largest number of each column."""
    largest = np.asarray(preprocessing.largest, np.float64)
    X = writer.input("X", "float64", (None, len(largest)), "a row of the matrix, zeros included", array=True)
    scaled = writer.call(COLUMNWISE["scale"].function, X, writer.constant("factors", 1.0 / largest))
    return Inputs(writer.cast(scaled, "float32", "features"), None)


def _cells(writer: Writer, spec: ExportableColumn, reading: Reading) -> Value:
    """Return the cells of a column, once for all who read it."""
    form, missing = spec.cell_form, reading.missing
    if reading.decimal_comma and form.holds == "number" and not form.notation:
        form = form._replace(notation=("", "", ","))
    means_missing: Any = _words(missing) if form.holds == "text" else _numbers(form.holds, missing or ())
    kind: Any = "text" if form.holds == "text" else "float64"
    for one in writer.graph.inputs:
        if one.name == spec.name:
            if (one.holds, one.missing) != (form.holds, means_missing):
                raise ExportError(
                    f"members of the ensemble read the column {spec.name!r} in several ways, one as "
                    f"{one.told!r}, one as {form.told!r}, or with other words for a missing value; export "
                    "the members one by one"
                )
            return one.value
    told = form.told + ("; empty where missing" if kind == "text" else "; NaN where missing")
    return writer.input(spec.name, kind, (None, 1), told, form.holds, form.notation, missing=means_missing)


def _words(missing: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the words that mean a missing value."""
    return tuple(sorted(MISSING_WORDS if missing is None else {"", *missing}))


def exportable(spec: ColumnSpec) -> ExportableColumn:
    """Return what was learnt about a column, if its kind can be exported.

    Raises
    ------
    ExportError
    """
    if not isinstance(spec, ExportableColumn):
        raise ExportError(
            f"columns of the kind {spec.kind!r} cannot be exported; give its class cell_form, cells, trials "
            "and write (see forpass.preprocessing.kinds.protocol.ExportableColumn)"
        )
    return spec


def _numbers(holds: str, missing: tuple[str, ...]) -> tuple[float, ...]:
    """Return which numbers mean a missing value, because a word for it is one; of truth values none."""
    if holds == "truth":
        return ()
    of_word = day_of_word if holds == "days" else number_of_word
    return tuple(sorted(value for word in missing if (value := of_word(word)) is not None))
