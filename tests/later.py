"""Large libraries, loaded when a test first uses them: naming all tests loads none.

    pd = later("pandas")
    load_iris, load_wine = later("sklearn.datasets", "load_iris", "load_wine")

What is asked of a module while tests are collected (`pd.DataFrame` among the parameters of a test) loads it
for every run of any test: there, write a function. A name stands for what can be called; where Python wants
the class itself (an exception, `isinstance`), ask the module for it.
"""

import importlib
from typing import Any


def later(module: str, *names: str) -> Any:
    """Return what stands for a module, or for one or several names in it."""
    if not names:
        return Later(module)
    found = tuple(Later(module, name) for name in names)
    return found if len(found) > 1 else found[0]


class Later:
    """Stands for a module or for a name in it, which is imported when it is used."""

    def __init__(self, module: str, name: str = "") -> None:
        self._module, self.__name__ = module, name or module

    def __repr__(self) -> str:
        return self.__name__

    def _found(self) -> Any:
        module = importlib.import_module(self._module)
        return module if self.__name__ == self._module else getattr(module, self.__name__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._found()(*args, **kwargs)

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_"):  # pytest and inspect look at all that they find
            raise AttributeError(attribute)
        found = self._found()
        try:
            return getattr(found, attribute)
        except AttributeError:
            return importlib.import_module(f"{self._module}.{attribute}")  # a module nobody has imported yet
