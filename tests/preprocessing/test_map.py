"""The map at the head of the package is true: it names every module, and each imports only from above it."""

import ast
import re
from pathlib import Path

import pytest

from forpass import preprocessing

FOLDER = Path(preprocessing.__file__).parent
MODULES = {path.stem for path in FOLDER.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
MAP = [name for name in re.findall(r"`(\w+)`", preprocessing.__doc__) if name in MODULES]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("forpass.preprocessing"):
            parts = node.module.split(".")[2:3]
            yield from parts or [name.name for name in node.names]


def test_the_map_names_every_module_once():
    assert sorted(MAP) == sorted(MODULES - {"__init__"})


@pytest.mark.parametrize("name", sorted(MODULES - {"__init__"}))
def test_a_module_imports_only_from_above(name):
    files = [FOLDER / f"{name}.py"] if (FOLDER / f"{name}.py").is_file() else (FOLDER / name).glob("*.py")
    needed = {other for path in files for other in imported(path)} - {name}
    assert needed <= set(MAP[: MAP.index(name)])
