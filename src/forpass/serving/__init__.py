"""Serving a model with NumPy alone: what production installs and waits for to answer rows.

`load` reads a file; what it returns answers a row that is a dict, rows that are dicts, tables and arrays. It
is a second reader of the same file, and makes nothing of it that only training or reports need.

A map; a module imports only from those above it in this list:

- `operations`: what each operation of a program computes for several networks at once.
- `networks`: networks of one program, and the members of an ensemble, ready to score rows.
- `columns`, `records`: what is told of columns, and how records are read.
- `answering`: answers as plain values.
- `served`, `loading`: the model that answers, and how it is read.
"""

from forpass.serving.columns import Column
from forpass.serving.loading import load
from forpass.serving.served import Served

__all__ = ["Column", "Served", "load"]
