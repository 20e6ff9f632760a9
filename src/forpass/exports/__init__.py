"""Models for other programs: raw columns in, labels, probabilities and values out.

`fp.export` writes a model in a form, and compares what was written with the model before a file appears. A
map; a module imports only from those above it in this list:

- `graph`: a model as a flat list of lines; `steps`: what a formula does, step by step; `writer`,
  the pen that writes lines; `naming`: names that nothing else has; `listing`: lists in source text.
- The walk from a model to its graph: `columns` (each kind of column writes itself), `networks` (an operation
  is a function), `units`, `together` (members), `answers`, `intervals`, `walk` (all of it).
- `trial_rows`, on which a form is tried; `checking`: whether it predicts as the model does.
- The forms, which know lines and neither layers nor columns, nor each other, each a folder with a map of its
  own: `numpy`, `onnx`, `c`. Each offers `write` and `run`, as `protocol` says; `forms`: the registry.
- `exporting`: `fp.export`.
"""

from typing import TYPE_CHECKING

from forpass.forks import handed_out

if TYPE_CHECKING:
    from forpass.exports.exporting import Exported, export
    from forpass.exports.forms import FORMS

__all__ = ["FORMS", "Exported", "export"]

__getattr__ = handed_out(  # the command names the forms in its help, and loads no more for it
    __name__,
    {
        "Exported": "forpass.exports.exporting",
        "FORMS": "forpass.exports.forms",
        "export": "forpass.exports.exporting",
    },
)
