"""The ONNX form: one graph of standard operators.

A map; a module imports only from those above it in this list:

- `nodes`: nodes as they are written, and values that arithmetic writes nodes with.
- `steps`: steps of formulas as nodes, and what ONNX has no operator for.
- `lines`: lines of a graph as nodes.
- `file`: the whole model, and how it is carried out.
"""
