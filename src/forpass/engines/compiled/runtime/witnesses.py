"""Whether the formulas in memory are still those that machine code was made from.

`identity` tells formulas apart by what they say, which takes as long as a short fit. Whether anything was
put into another's place since is seen at once.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from operator import attrgetter, is_
from typing import Any

from forpass.engines.bind import globals_used
from forpass.engines.compiled.runtime.identity import NAMED_IN_KERNELS
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.columnwise import COLUMNWISE
from forpass.maths.links import LINKS
from forpass.maths.losses import LOSSES
from forpass.maths.optimizers import OPTIMIZERS
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["Witnesses"]

code_of = attrgetter("__code__")

REGISTRIES = (ACTIVATIONS, COLUMNWISE, LINKS, LOSSES, OPTIMIZERS)


class Witnesses:
    """What machine code was made from: records by name, functions with their code, names with their values.

    Parameters
    ----------
    program : Program
    training : TrainingSpec
    """

    def __init__(self, program: Program, training: TrainingSpec) -> None:
        names = {op.function for op in program.operations}
        names |= {program.head.loss, program.head.link, training.optimizer.name}
        self._records = [(of, name, of[name]) for of in REGISTRIES for name in names if name in of]
        self._values: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        self._codes: dict[Callable[..., Any], types.CodeType] = {}
        for module in NAMED_IN_KERNELS:
            for name, value in vars(module).items():
                if isinstance(value, types.FunctionType | float | int):
                    self._see(vars(module), name, value)

    def add(self, phases: Iterable[Iterable[Any]]) -> None:
        """Watch the formulas of some instructions too."""
        for phase in phases:
            for item in phase:
                for formula in item.choices.values():
                    self._watch(formula)

    def unchanged(self) -> bool:
        """Whether all is as it was."""
        for of, name, record in self._records:
            if of.get(name) is not record:
                return False
        for names, seen in self._values.values():
            if not all(map(is_, map(names.get, seen), seen.values())):
                return False
        return all(map(is_, map(code_of, self._codes), self._codes.values()))

    def _watch(self, formula: Any) -> None:
        """Watch a function and, through the names that it uses, those that it calls."""
        if isinstance(formula, types.FunctionType) and formula not in self._codes:
            self._codes[formula] = formula.__code__
            for name in globals_used(formula.__code__):
                if name != "xp":
                    self._see(formula.__globals__, name, formula.__globals__.get(name))

    def _see(self, namespace: dict[str, Any], name: str, value: Any) -> None:
        self._values.setdefault(id(namespace), (namespace, {}))[1][name] = value
        self._watch(value)
