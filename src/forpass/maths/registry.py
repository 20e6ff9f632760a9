"""Registries: literal, in a chosen order, each name once.

Every kind of thing one can choose by name (activations, losses, optimisers ...) has one registry of records.
Tests iterate the registries, so what is added is tested.
"""

import inspect
import math
import numbers
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FunctionType, NoneType, UnionType
from typing import (
    Any,
    Generic,
    Literal,
    NamedTuple,
    Protocol,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from forpass.errors import SpecError, UnknownNameError

__all__ = ["Hyperparameter", "Record", "Registry", "completed", "is_number", "require_reads", "require_sound"]


class Hyperparameter(NamedTuple):
    """A setting of a formula: its name, its default and the interval it must lie in."""

    name: str
    default: float
    low: float = float("-inf")
    high: float = float("inf")


class Record(Protocol):
    """What a registry holds: something with a name, a formula and hyperparameters."""

    @property
    def name(self) -> str:
        """By what it is chosen."""
        ...

    @property
    def formula(self) -> str:
        """What it computes, as one writes it on paper."""
        ...

    @property
    def hyperparameters(self) -> tuple[Hyperparameter, ...]:
        """Its settings, each with default and interval."""
        ...


R = TypeVar("R", bound=Record)


class Registry(Mapping[str, R], Generic[R]):
    """An ordered mapping from names to records that refuses to hold a name twice.

    Parameters
    ----------
    kind : str
        What the records are, in the singular: ``"activation"``.
    *records
        The records, in the order in which they are shown.

    Raises
    ------
    SpecError
        When two records have the same name.

    Examples
    --------
    A registry holds more as long as that is wanted, or from now on with `register`:

    >>> from forpass.maths.activations import ACTIVATIONS, Activation, relu, relu_vjp
    >>> with ACTIVATIONS.extended(Activation("my_relu", relu, relu_vjp, "max(z, 0)", "A", (0.0,))):
    ...     "my_relu" in ACTIVATIONS
    True
    >>> "my_relu" in ACTIVATIONS
    False
    """

    def __init__(self, kind: str, *records: R) -> None:
        self.kind = kind
        self._records: dict[str, R] = {}
        for record in records:
            if record.name in self._records:
                raise SpecError(f"the {kind} {record.name!r} stands twice in its registry")
            self._records[record.name] = record

    def register(self, record: R) -> None:
        """Take in a record, so that its name can be chosen in this process from now on.

        A record that is there already is taken in once more without a word, so that a module may be
        loaded anew and a cell of a notebook run again.

        Raises
        ------
        SpecError
            When the name belongs to another record, or for a record that cannot work; see `require_sound`.
        """
        require_sound(self.kind, record)
        known = self._records.setdefault(record.name, record)
        if not _is_same(known, record):
            raise SpecError(
                f"the {self.kind} {record.name!r} is registered already, with other formulas or settings; "
                "give yours another name"
            )

    @contextmanager
    def extended(self, *records: R) -> Iterator[None]:
        """Hold some records more within a ``with`` block; whatever is registered inside is gone after it."""
        before = self._records.copy()
        try:
            for record in records:
                self.register(record)
            yield
        finally:
            self._records = before

    def __getitem__(self, name: str) -> R:
        """Return the record called `name`; an unknown name is an `UnknownNameError`."""
        try:
            return self._records[name]
        except (KeyError, TypeError):
            raise UnknownNameError(self.kind, name, self._records) from None

    def get(self, name: str, default: Any = None) -> Any:
        """Return the record called `name`, or `default`."""
        return self._records.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._records

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def settings(self, name: str, given: Mapping[str, float]) -> dict[str, float]:
        """Complete the settings `given` for the record `name` with its defaults, in their order.

        Raises
        ------
        UnknownNameError
            For a setting that the record does not have.
        SpecError
            For a value that is not a number or lies outside the setting's interval.
        """
        return completed(f"{self.kind} {name!r}", self[name].hyperparameters, given)


def completed(
    what: str, hyperparameters: Sequence[Hyperparameter], given: Mapping[str, float]
) -> dict[str, float]:
    """Complete the settings `given` with the defaults of `hyperparameters`; see `Registry.settings`."""
    if not isinstance(given, Mapping):
        raise SpecError(f"settings of the {what} must be a mapping from names to numbers; got {given!r}")
    known = [h.name for h in hyperparameters]
    for key in given:
        if key not in known:
            raise UnknownNameError(f"setting of the {what}", key, known)
    complete: dict[str, float] = {}
    for h in hyperparameters:
        value: Any = given.get(h.name, h.default)
        if not (is_number(value) and h.low <= value <= h.high):
            raise SpecError(
                f"{h.name} of the {what} must be a number from {h.low:g} to {h.high:g}; got {value!r}"
            )
        complete[h.name] = float(value)
    return complete


def require_sound(kind: str, record: Any) -> None:
    """Refuse a record that would fail later, where nobody thinks of it: by its field, the value, what it must be.

    Its fields must be of the types that its class says. Names must be words of letters, digits and _, for they
    stand in messages and in the names of parameters. A class may say more: its method `calls`, what its
    formulas are called with, and `require_whole`, which refuses what no type can say.

    Raises
    ------
    SpecError, UnknownNameError
    """
    _require_name(f"the name of the {kind}", record.name)
    what = f"the {kind} {record.name!r}"
    _require_fields(what, record)
    own = [h.name for h in record.hyperparameters] + [t.name for t in getattr(record, "trained", ())]
    for name in own:
        if own.count(name) > 1:
            raise SpecError(f"{name!r} stands twice among what {what} has; give each a name of its own")
    for h in record.hyperparameters:
        if not (math.isfinite(h.default) and h.low <= h.default <= h.high):
            raise SpecError(
                f"default of {h.name} of {what} must be a number from {h.low:g} to {h.high:g}; got {h.default!r}"
            )
    calls: dict[str, Sequence[str]] = record.calls() if hasattr(record, "calls") else {}
    for field, arguments in calls.items():
        _require_call(f"{field} of {what}", getattr(record, field), arguments)
    if hasattr(record, "require_whole"):
        record.require_whole()


def require_reads(kind: str, record: Any, values: Sequence[Any]) -> None:
    """Refuse a derivative that reads what its record's `reads` does not name: an engine may write over that.

    The derivative is taken at some points, and once more with other numbers where it is said to read none.
    `values` is what function and derivative take after arrays of the shape of Z.
    """
    import numpy as np

    Z = np.array([[-2.5, -0.75, -0.125], [0.125, 0.75, 2.5]])
    with np.errstate(all="ignore"):
        A = np.asarray(record.function(Z, *values))
        right = record.vjp(Z + 4.0, Z, A, *values)
        for letter in sorted({"A", "Z"} - set(record.reads)):
            for other in (-Z[::-1], np.full_like(Z, math.nan)):
                read = (other, A) if letter == "Z" else (Z, other)
                found = record.vjp(Z + 4.0, *read, *values)
                pairs = zip(found, right, strict=True) if isinstance(right, tuple) else ((found, right),)
                if not all(np.array_equal(a, b, equal_nan=True) for a, b in pairs):
                    raise SpecError(
                        f"vjp of the {kind} {record.name!r} reads {letter}, and reads={record.reads!r} does not "
                        f"say so; say reads={''.join(sorted({letter, *record.reads}, reverse=True))!r}"
                    )


def require_slopes(
    kind: str, record: Any, with_slopes: Callable[..., tuple[Any, ...]] | None, values: Sequence[Any]
) -> None:
    """Refuse a formula that gives value and derivatives at once, and others than `function` and `vjp` give.

    Compared at some points, to a millionth; `values` as for `require_reads`.
    """
    import numpy as np

    if with_slopes is None:
        return
    Z = np.array([[-2.5, -0.75, -0.125], [0.125, 0.75, 2.5]])
    with np.errstate(all="ignore"):
        A = np.asarray(record.function(Z, *values))
        found, right = with_slopes(Z, *values), record.vjp(np.ones_like(Z), Z, A, *values)
    right = (A, *right) if isinstance(right, tuple) else (A, right)
    if len(found) != len(right) or not all(
        np.allclose(a, b, rtol=1e-6, atol=1e-6, equal_nan=True) for a, b in zip(found, right, strict=True)
    ):
        raise SpecError(
            f"{getattr(with_slopes, '__name__', with_slopes)} of the {kind} {record.name!r} must give what function "
            "gives, and what vjp gives for dA = 1"
        )


def _require_fields(what: str, record: Any) -> None:
    for field, hint in get_type_hints(type(record)).items():
        value = getattr(record, field)
        if not _is_of(value, hint):
            raise SpecError(f"{field} of {what} must be {_said(hint)}; got {value!r}")
        for number, part in enumerate(value if isinstance(value, tuple) else (), start=1):
            if hasattr(part, "_fields"):  # a record of its own
                _require_fields(f"{type(part).__name__} {number} of {what}", part)
        if field == "name":
            _require_name(f"the name of {what}", value)
        elif field == "role" and not value:
            raise SpecError(f"{field} of {what} must be a word; got {value!r}")


def _require_name(what: str, name: Any) -> None:
    if not (isinstance(name, str) and name.isidentifier()):
        raise SpecError(f"{what} must be a word of letters, digits and _, such as bent_2; got {name!r}")


def _require_call(what: str, function: Callable[..., Any] | None, arguments: Sequence[str]) -> None:
    """Refuse a formula that does not take the arguments that it is handed."""
    try:
        signature = inspect.signature(function) if function is not None else None
    except (TypeError, ValueError):  # of functions that are not Python's own nothing is known
        return
    try:
        if signature is not None:
            signature.bind(*arguments)
    except TypeError:
        raise SpecError(
            f"{what} is called with ({', '.join(arguments)}), but takes {signature}; settings come last, one by one"
        ) from None


def _is_of(value: Any, hint: Any) -> bool:
    """Whether a value is of a type, as far as records say types."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return isinstance(value, str) and value in parts
    if origin is tuple and parts[1:] == (...,):
        return isinstance(value, tuple) and all(_is_of(item, parts[0]) for item in value)
    if origin is tuple:
        return isinstance(value, tuple) and len(value) == len(parts) and all(map(_is_of, value, parts))
    if origin in (Union, UnionType):
        return any(_is_of(value, part) for part in parts)
    if origin is not None:
        return callable(value)
    if hint is float:
        return not isinstance(value, bool) and isinstance(value, numbers.Real) and not math.isnan(value)
    return type(value) is bool if hint is bool else isinstance(value, hint) and not isinstance(value, bool)


def _said(hint: Any) -> str:
    """What messages call a type."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return "one of " + ", ".join(map(repr, parts))
    if origin is tuple:
        return f"a tuple of ({', '.join('...' if part is ... else _said(part) for part in parts)})"
    if origin in (Union, UnionType):
        return " or ".join(map(_said, parts))
    if origin is not None:
        return "a function"
    words = {str: "text", float: "a number", int: "a whole number", bool: "True or False", NoneType: "None"}
    return words.get(hint) or f"a {hint.__name__}"


def is_number(value: Any) -> bool:
    """Whether it is a finite number that a float can hold; true and false are none."""
    if type(value) is float:
        return math.isfinite(value)
    try:
        return not isinstance(value, bool) and isinstance(value, numbers.Real) and math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def _is_same(a: Any, b: Any) -> bool:
    """Whether two records say the same: with formulas of the same code, which read the same constants."""
    return type(a) is type(b) and all(x == y or _same_formula(x, y) for x, y in zip(a, b, strict=True))


def _same_formula(f: Any, g: Any) -> bool:
    if not (isinstance(f, FunctionType) and isinstance(g, FunctionType)):
        return False
    alike = f.__code__ == g.__code__ and f.__globals__ is g.__globals__
    return alike and not any(h.__closure__ or h.__defaults__ or h.__kwdefaults__ for h in (f, g))
