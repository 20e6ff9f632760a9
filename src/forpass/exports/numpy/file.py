"""The NumPy form: a Python file to be read from top to bottom, and a file of numbers beside it.

The file needs NumPy and nothing else. It holds the formulas of `forpass.maths` that the model uses, as they
stand there; then a function for each network; then how cells of a table become features, and raw scores
answers. What a table calls its columns stands in comments and as text, never as code.
"""

from __future__ import annotations

import functools
import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from forpass.errors import ExportError
from forpass.exports.graph import Call, Graph, Input, Line, Network, Section, Value
from forpass.exports.listing import listed
from forpass.exports.numpy import helpers
from forpass.exports.numpy.formulas import Sources, source_of, sources_of
from forpass.exports.numpy.helpers import TRUTHS
from forpass.exports.numpy.lines import WRITE, Function, indented, own_arrays
from forpass.exports.numpy.names import PythonNames, printable
from forpass.gaps import DASHES

__all__ = ["loaded", "numbers_of", "python_source"]

HELPERS = {name: function for name, function in vars(helpers).items() if name in helpers.__all__}
"""Functions that the file holds where it uses them, each below those that it asks for."""

OWN_NAMES = ("NUMBERS", "COLUMN_NAMES", "csv", "file", "functools", "math", "np", "os", "sys", "table", "xp")
"""Names of the file beside those of helpers, formulas and networks."""

MOST_TOLD = 8
"""So many classes are named at the top of the file, at most."""


def python_source(graph: Graph, title: str, numbers_name: str) -> str:
    """Return the text of the Python file.

    Parameters
    ----------
    graph : Graph
    title : str
        What the model is, in a line.
    numbers_name : str
        The name of the file of numbers beside it.

    Raises
    ------
    ExportError
        For a formula of one's own that has no source, or a name that the file needs.
    """
    sources = sources_of(graph)
    taken = {*OWN_NAMES, *HELPERS, *CONSTANTS, *graph.networks}
    if clash := sorted(taken & {*sources.formulas, *sources.constants}):
        raise ExportError(f"a formula uses the name {clash[0]!r}, which the file itself needs; rename it")
    names = functools.partial(PythonNames, taken | {*sources.formulas, *sources.constants})
    parts = {
        "TITLE": printable(title),
        "INPUTS": "\n".join(_told_inputs(graph)),
        "OUTPUTS": "\n".join(_told_outputs(graph)),
        "IMPORTS": "\n".join(_imports(graph, sources)),
        "NUMBERS_NAME": repr(numbers_name),
        "NAMESPACE": "\n".join(_namespace(sources)),
        "CONSTANTS": "\n".join(_constants(sources)),
        "FORMULAS": "\n\n\n".join(text.strip("\n") for text in sources.formulas.values()),
        "NETWORKS": "\n\n\n".join(_network_source(body, names()) for body in graph.networks.values()),
        "ANSWERS": "\n".join(_answers_source(graph, names())),
        "PROGRAM": "" if graph.inputs[0].array else _program(graph),
    }
    used = parts["NETWORKS"] + parts["ANSWERS"]
    parts["HELPERS"] = _helpers(used, graph)
    return PLACE.sub(lambda found: parts[found[1]], _resource("file.template")).rstrip() + "\n"


PLACE = re.compile(r"<<([A-Z_]+)>>")


def numbers_of(graph: Graph) -> bytes:
    """Return the file of numbers, as NumPy's ``.npz``: ``1/W1`` is of the first member, others of the model.

    The same graph gives the same bytes: nothing in it says when it was written.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in _numbers(graph):
            one = io.BytesIO()
            np.lib.format.write_array(one, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, one.getvalue())
    return held.getvalue()


def loaded(source: bytes, numbers: bytes, numbers_name: str) -> Callable[[Any], Any]:
    """Return the function ``predict`` of a Python file; its numbers lie in a folder only while it is read."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.joinpath(numbers_name).write_bytes(numbers)
        scope: dict[str, Any] = {"__name__": "exported", "__file__": str(place / "exported.py")}
        exec(compile(source, "the exported file", "exec"), scope)
    predict: Callable[[Any], Any] = scope["predict"]
    return predict


def _numbers(graph: Graph) -> Iterator[tuple[str, Any]]:
    of_members = {read.name for line in graph.lines if isinstance(line, Network) for read in line.reads}
    for place, one in [("model", graph), *graph.networks.items()]:
        for name, array in one.constants.items():
            if array.dtype.kind not in "UO" and not (one is graph and name in of_members):
                yield f"{place}/{printable(name)}", array
    yield from own_arrays(graph)


# -- parts of the file -------------------------------------------------------------------------------
def _resource(name: str) -> str:
    return resources.files("forpass.exports.numpy").joinpath(name).read_text("utf-8")


CONSTANTS: dict[str, Callable[[Graph], str]] = {
    "MISSING_WORDS": lambda graph: listed("MISSING_WORDS = [", map(repr, graph.missing_words), "]"),
    "DASHES": lambda graph: listed("DASHES = [", map(repr, sorted(DASHES)), "]"),
    "TRUTHS": lambda graph: listed(
        "TRUTHS = {", (f"{word!r}: {truth}" for word, truth in TRUTHS.items()), "}"
    ),
}
"""What helpers know of a table, in their order."""


def _helpers(used: str, graph: Graph) -> str:
    """Return the helpers that a text asks for, and those that they ask for, each above who asks for it."""
    found: list[str] = []
    for name in reversed(list(HELPERS)):
        if name in _names_in(used):
            found.insert(0, source_of(HELPERS[name]).strip())
            used += found[0]
    known = [say(graph) for name, say in CONSTANTS.items() if name in _names_in(used)]
    return "\n\n\n".join(["\n".join(known), *found] if known else found)


def _program(graph: Graph) -> str:
    """Return what makes a program of the file."""
    names = listed("COLUMN_NAMES = [", map(repr, _column_names(graph)), "]")
    return _resource("program.template").replace("<<COLUMN_NAMES>>", names)


def _names_in(text: str) -> set[str]:
    """Return the names of a text of Python."""
    return set(re.findall(r"\w+", text))


def _told_inputs(graph: Graph) -> Iterator[str]:
    width = min(30, max((len(printable(one.name)) for one in graph.inputs), default=0))
    for one in graph.inputs:
        yield f"#     {printable(one.name):<{width}}  {printable(one.told)}"


def _told_outputs(graph: Graph) -> Iterator[str]:
    for one in graph.outputs:
        told = one.told
        if len(one.columns) > MOST_TOLD:
            told = f"of {', '.join(one.columns[:MOST_TOLD])} and {len(one.columns) - MOST_TOLD} more"
        yield f"#     {one.name:<13}  {printable(told)}"


def _imports(graph: Graph, sources: Sources) -> Iterator[str]:
    """Import what the file itself uses, and what its formulas do."""
    text = "".join(sources.namespace.values())
    always = ("os",) if graph.inputs[0].array else ("csv", "datetime", "os", "sys")
    for module in ("csv", "datetime", "functools", "math", "os", "sys"):
        if module in always or f"{module}." in text:
            yield f"import {module}"


def _namespace(sources: Sources) -> Iterator[str]:
    """Write the class that formulas call xp."""
    for name, text in sorted(sources.namespace.items()):
        if text.startswith("np."):
            yield f"    {name} = {text}"
    for _, text in sorted(sources.namespace.items()):
        if not text.startswith("np."):
            yield "\n    @staticmethod\n" + indented(text.strip())


def _constants(sources: Sources) -> Iterator[str]:
    for name, value in sorted(sources.constants.items()):
        yield f"{name} = {value!r}" if np.isfinite(value) else f'{name} = float("{value}")'


def _network_source(body: Graph, names: PythonNames) -> str:
    """Write the function of a network."""
    function = Function(body, names, body.name)
    arguments = [names.of(one.name) for one in body.inputs]
    if arguments != [one.name for one in body.inputs]:
        taken = next(one.name for one in body.inputs if names.of(one.name) != one.name)
        raise ExportError(f"a formula is called {taken!r}, as a matrix of the network is; rename it")
    lines = [listed(f"def {body.name}(", arguments, "):")]
    lines.append('    """Return the raw scores (n, k) of a network; n is the number of rows."""')
    for one in body.lines:
        for statement in WRITE[type(one)](one, function):
            text = indented(statement)
            shape = "" if isinstance(one, Section) or "\n" in statement else _shape_of(one)
            lines.append(f"{text}  # {shape}" if shape else text)
    lines.append(f"    return {function.of(body.outputs[0].value)}")
    return "\n".join(lines)


def _shape_of(line: Line) -> str:
    """Say the shape of what a line makes."""
    output = line.outputs[0] if isinstance(line, Call) else getattr(line, "output", None)
    if output is None:
        return ""
    sizes = ["n" if size is None else str(size) for size in output.shape]
    return f"({', '.join(sizes)})"


def _answers_source(graph: Graph, names: PythonNames) -> Iterator[str]:
    """Write what goes on between the cells of a table and the answers."""
    function = Function(graph, names, "model")
    for one in graph.inputs:
        yield indented(f"{function.name(one.value)} = {_read(one, graph)}")
    for line in graph.lines:
        for statement in WRITE[type(line)](line, function):
            yield indented(statement)
    yield ""
    given = (f"{one.name!r}: {function.of(one.value)}{_flat(one.value)}" for one in graph.outputs)
    yield indented(listed("return {", given, "}"))


COLUMNS = {
    "probabilities": "probability of {}",
    "low": "{} low",
    "high": "{} high",
    "in_set": "{} in the set",
}
"""How columns of answers are called, as by ``forpass predict``; others by what they are of."""


def _column_names(graph: Graph) -> Iterator[str]:
    """Return a name for each column of the answers."""
    for one in graph.outputs:
        yield from (COLUMNS.get(one.name, "{}").format(column) for column in one.columns or [one.name])


def _flat(value: Value) -> str:
    """Say how a single column is given out: as a row."""
    return "[:, 0]" if value.width == 1 else ""


READERS = {"number": "numbers", "written": "written_numbers", "days": "days", "truth": "truths"}
"""The helpers that read columns of numbers."""


def _read(one: Input, graph: Graph) -> str:
    """Say how an input is read."""
    if one.array:
        return f"np.asarray(table[{one.name!r}], np.{one.value.kind})"
    if one.value.kind == "text":
        other = "" if one.missing == graph.missing_words else f", missing={list(one.missing)!r}"
        return f"words(table, {one.name!r}{other})"
    how = READERS[one.holds]
    more = [f"{one.notation[0]!r}"] if how == "days" and one.notation else []
    if how == "numbers" and one.notation:
        names = ("unit", "thousands", "decimal")
        more = [f"{name}={mark!r}" for name, mark in zip(names, one.notation, strict=True)]
    more += [f"missing={list(one.missing)!r}"] if one.missing else []
    return f"{how}({', '.join(['table', repr(one.name), *more])})"
