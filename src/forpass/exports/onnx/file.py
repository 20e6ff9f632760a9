"""The ONNX form: one file, for any runtime that reads ONNX, such as ONNX Runtime.

A column is an input (n, 1) of its own name, in float64 or text; what each takes stands in the description of
the file, and what the columns of an output are of in its metadata. All operations are of ONNX itself
(domain ""), and of those only such as ONNX Runtime has for the type on any processor. A network stands in the
graph as often as there are members, each time under another name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.exports.graph import Graph, Input, Output, Value
from forpass.exports.naming import free
from forpass.exports.onnx.lines import Part, write_lines
from forpass.exports.onnx.nodes import TYPES, Nodes, Term

__all__ = ["EndNames", "names_of", "onnx_bytes", "onnx_runner"]

OPSET = 19
"""The first in which Equal compares words."""
IR_VERSION = 9
"""That of the same release of ONNX; runtimes read all earlier ones."""
ROWS = "rows"
"""What the number of rows is called in shapes."""


class EndNames(NamedTuple):
    """What inputs and outputs are called in the file, in the order of the graph.

    An input is called as its column, and an output as the graph says; but no two may have one name. An output
    with the name of a column becomes ``predicted_...``, and a column without a name ``column``.
    """

    inputs: list[str]
    outputs: list[str]


def names_of(graph: Graph) -> EndNames:
    """Return the names of inputs and outputs.

    Examples
    --------
    >>> from forpass.exports.graph import Graph, Input, Output, Value
    >>> value = Value("x", "float64", (None, 1))
    >>> names_of(Graph("model", [Input(value, "label"), Input(value, "")], outputs=[Output("label", value)]))
    EndNames(inputs=['label', 'column'], outputs=['predicted_label'])
    """
    taken = {one.name for one in graph.inputs if one.name}
    inputs = [one.name or _taking("column", taken) for one in graph.inputs]
    outputs = [f"predicted_{one.name}" if one.name in taken else one.name for one in graph.outputs]
    return EndNames(inputs, [_taking(name, taken) for name in outputs])


def _taking(wanted: str, taken: set[str]) -> str:
    """Return a name that is not taken, and take it."""
    name = free(wanted, taken)
    taken.add(name)
    return name


def onnx_bytes(graph: Graph, title: str) -> bytes:
    """Return the file: a ModelProto, the same bytes for the same graph.

    Parameters
    ----------
    graph : Graph
    title : str
        The first line of its description.

    Raises
    ------
    ExportError
        Where the package onnx is not installed.
    """
    names = names_of(graph)
    nodes = Nodes([*names.inputs, *names.outputs])
    helper = nodes.onnx.helper
    found = {
        one.value.name: _without_gaps(nodes, one, Term(name, one.value.kind))
        for one, name in zip(graph.inputs, names.inputs, strict=True)
    }
    part = Part(nodes, graph, found)
    write_lines(part)
    for one, name in zip(graph.outputs, names.outputs, strict=True):
        term = part.term(one.value)
        nodes.renamed(_flat(nodes, term) if one.value.width == 1 else term, name)
    needed, constants = nodes.needed(names.outputs)
    written = helper.make_graph(
        needed,
        graph.name,
        [_input(nodes, one, name) for one, name in zip(graph.inputs, names.inputs, strict=True)],
        [_output(nodes, one, name) for one, name in zip(graph.outputs, names.outputs, strict=True)],
        constants,
    )
    model = helper.make_model(
        written,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="forpass",
        doc_string=_told(graph, names, title),
    )
    helper.set_model_props(model, _columns(graph, names))
    return bytes(model.SerializeToString(deterministic=True))


def _without_gaps(nodes: Nodes, one: Input, term: Term) -> Term:
    """Return a column of numbers, NaN where one means a missing value; words are looked up with theirs."""
    nodes.within = term.name
    for gap in one.missing if term.kind != "text" else ():
        equal = nodes.of("Equal", term, float(gap), kind="bool")
        term = nodes.of("Where", equal, nodes.number(np.nan, term.kind), term)
    return term


def _flat(nodes: Nodes, term: Term) -> Term:
    """Return a single column (n, 1) as (n,)."""
    return nodes.of("Squeeze", term, nodes.integers([1], "axis"), kind=term.kind)


def _input(nodes: Nodes, one: Input, name: str) -> Any:
    info = nodes.onnx.helper.make_tensor_value_info
    return info(name, TYPES[one.value.kind], _sizes(one.value), doc_string=one.told)


def _output(nodes: Nodes, one: Output, name: str) -> Any:
    shape = [ROWS] if one.value.width == 1 else _sizes(one.value)
    info = nodes.onnx.helper.make_tensor_value_info
    return info(name, TYPES[one.value.kind], shape, doc_string=one.told)


def _sizes(value: Value) -> list[int | str]:
    return [ROWS if size is None else size for size in value.shape]


def _told(graph: Graph, names: EndNames, title: str) -> str:
    """Return the description, with what each input takes and each output gives."""
    inputs = [f"  {name}: {one.told}" for one, name in zip(graph.inputs, names.inputs, strict=True)]
    outputs = [f"  {name}: {one.told}" for one, name in zip(graph.outputs, names.outputs, strict=True)]
    return "\n".join([title, "", "inputs, a row for each row of the table:", *inputs, "outputs:", *outputs])


def _columns(graph: Graph, names: EndNames) -> dict[str, str]:
    """Return for each output with several columns what each is of, as JSON."""
    return {
        name: json.dumps([str(column) for column in one.columns], ensure_ascii=False)
        for one, name in zip(graph.outputs, names.outputs, strict=True)
        if len(one.columns) > 1
    }


# -- carrying it out ---------------------------------------------------------------------------------
def onnx_runner(graph: Graph, data: bytes) -> Callable[[Mapping[str, Any]], dict[str, NDArray[Any]]] | None:
    """Return what carries a file out with ONNX Runtime: cells by column in, outputs by name out.

    None where ONNX Runtime is not installed.
    """
    try:
        import onnxruntime
    except ImportError:
        return None
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = names_of(graph)

    def run(cells: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        given = {
            name: _cells(one, cells[one.name]) for one, name in zip(graph.inputs, names.inputs, strict=True)
        }
        found = session.run(names.outputs, given)
        return {one.name: array for one, array in zip(graph.outputs, found, strict=True)}

    return run


def _cells(one: Input, cells: Any) -> NDArray[Any]:
    """Return cells as the file takes them, (n, 1); arrays as they are."""
    if one.value.kind == "text":
        array = np.array(["" if cell is None else cell for cell in np.asarray(cells, object).ravel()], object)
    else:
        array = np.asarray(cells, one.value.kind)
    return array[:, None] if array.ndim < len(one.value.shape) else array
