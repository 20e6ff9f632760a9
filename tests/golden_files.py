"""What the tests of golden files share: the program that made them, and how near an answer must be."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

GOLDEN = Path(__file__).parent / "golden"


def what_made(schema: int) -> ModuleType:
    """The program that made the files of a schema, for the examples it trained on."""
    name = f"schema{schema}"
    spec = importlib.util.spec_from_file_location(f"make_{name}", GOLDEN / name / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answered(schema: int) -> dict[str, Any]:
    """What the models of these files answered when they were made."""
    return json.loads((GOLDEN / f"schema{schema}" / "expected.json").read_text())


def close(found: Any, expected: Any, model: Any) -> None:
    """Equal but for the order of sums in a product: some roundings of the model's type."""
    tolerance = 50 * np.finfo(model.parameters.dtype).eps
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
