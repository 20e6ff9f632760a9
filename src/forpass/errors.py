"""What can go wrong, drawn as a tree.

    ForpassError
    ├── InputError (also a ValueError)   what the caller handed over cannot be used
    │   ├── UnknownNameError             a name that no registry knows; the nearest are offered
    │   ├── SpecError                    a description of a network or of a training that makes no sense
    │   ├── DataError                    arrays whose shapes, types or values do not fit
    │   ├── TableError                   a file or table that cannot be read or used
    │   └── ModelFileError               a model or checkpoint file that is cut, altered, foreign or too new
    ├── DivergenceError (also a ValueError)  training left the finite numbers
    ├── EngineError                      an engine cannot do what the program asks of it
    └── ExportError                      a model cannot be written in a form, or predicts otherwise there

    ForpassWarning (a UserWarning)       something was done otherwise than one might expect

Every message names the thing, the value that was found and the remedy.
"""

from collections.abc import Iterable

from forpass.names import meant_names, nearest_names
from forpass.shown import bounded

__all__ = [
    "NOT_AS_WRITTEN",
    "DataError",
    "DivergenceError",
    "EngineError",
    "ExportError",
    "ForpassError",
    "ForpassWarning",
    "InputError",
    "ModelFileError",
    "SpecError",
    "TableError",
    "UnknownNameError",
]


class ForpassError(Exception):
    """Base of every error that forpass raises on purpose; very long values in its message are shortened.

    Examples
    --------
    >>> import forpass as fp
    >>> try:
    ...     fp.load("lost.model")
    ... except ForpassError as error:
    ...     print(error)
    cannot read lost.model: No such file or directory; check the path
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*(bounded(arg) if isinstance(arg, str) else arg for arg in args))


class InputError(ForpassError, ValueError):
    """What the caller handed over cannot be used; the command line exits with 2.

    Examples
    --------
    >>> import forpass as fp
    >>> try:
    ...     fp.Dropout(1.5)
    ... except InputError as error:  # or ValueError, which it is too
    ...     print(error)
    rate of Dropout must be at least 0 and below 1; got 1.5
    """


class UnknownNameError(InputError):
    """A name that no registry knows.

    Parameters
    ----------
    kind : str
        What was looked up, for instance ``"activation"``.
    name : object
        The name that was given.
    known : iterable of str
        The names that exist; those that mean the same as `name` (see `OTHER_NAMES`) come first in the
        message, or else those that look like it.

    Attributes
    ----------
    kind, name, known
        As given.

    Examples
    --------
    >>> print(UnknownNameError("activation", "rely", ["relu", "tanh"]))
    unknown activation 'rely'; did you mean 'relu'? Known: relu, tanh
    >>> print(UnknownNameError("activation", "swish", ["silu", "mish"]))
    unknown activation 'swish'; did you mean 'silu'? Known: silu, mish
    """

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        known = list(known)
        near = meant_names(str(name), known) or nearest_names(str(name), known)
        hint = f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else "."
        super().__init__(f"unknown {kind} {name!r}{hint} Known: {', '.join(known)}")
        self.kind, self.name, self.known = kind, name, known

    def __reduce__(self) -> tuple[type["UnknownNameError"], tuple[str, object, list[str]]]:
        # Errors travel between processes by their arguments, which here are not the message.
        return type(self), (self.kind, self.name, self.known)


class SpecError(InputError):
    """A description of a network or of a training that makes no sense.

    Examples
    --------
    >>> import forpass as fp
    >>> fp.NetworkSpec(2, [fp.Activation("relu")], fp.Head("squared"))
    Traceback (most recent call last):
      ...
    forpass.errors.SpecError: the network has no Dense layer, so nothing gives it outputs; \
end with Dense(n_outputs)
    """


class DataError(InputError):
    """Arrays whose shapes, types or values do not fit.

    Examples
    --------
    >>> import forpass as fp
    >>> fp.Data([[0.0], [1.0]], targets=[1.0])
    Traceback (most recent call last):
      ...
    forpass.errors.DataError: targets has 1 rows but numbers has 2; they must be equal
    """


class TableError(InputError):
    """A file or table that cannot be read or used.

    Examples
    --------
    >>> import forpass as fp
    >>> fp.train_table({"size": [1.5, 2.25], "tree": ["ash", "elm"]}, "name")
    Traceback (most recent call last):
      ...
    forpass.errors.TableError: the table has no target column 'name'; choose among its 2 \
columns, for instance 'size', ...
    """


class ModelFileError(InputError):
    """A model or checkpoint file that is cut, altered, foreign or too new.

    Examples
    --------
    >>> import pathlib, tempfile, forpass as fp
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     notes = pathlib.Path(folder) / "notes.txt"
    ...     _ = notes.write_text("no model")
    ...     fp.load(notes)
    Traceback (most recent call last):
      ...
    forpass.errors.ModelFileError: ... is not a forpass model file, or it is damaged at its beginning; \
write it anew with save
    """


class DivergenceError(ForpassError, ArithmeticError, ValueError):
    """Training left the finite numbers; the message names epoch, batch, layer and remedy.

    Examples
    --------
    >>> import forpass as fp
    >>> steps = fp.OptimizerSpec("gradient_descent", learning_rate=10.0)
    >>> data = fp.Data([[1000.0], [2000.0]], targets=[0.5, 1.0])
    >>> fp.train(fp.multilayer(1, [], 1, "squared"), fp.TrainingSpec(optimizer=steps), data)
    Traceback (most recent call last):
      ...
    forpass.errors.DivergenceError: training diverged in epoch ..., batch 1 (step ...): loss of head is not \
finite. Try features scaled to a few units (they reach 2e+03), or a lower learning rate (it was 10), or ...
    """


class EngineError(ForpassError):
    """An engine cannot do what the program asks of it.

    Examples
    --------
    >>> import forpass as fp
    >>> from forpass.maths.activations import ACTIVATIONS, Activation
    >>> def twice(Z, times=2.0):
    ...     return times * Z
    >>> record = Activation("twice", twice, lambda dA, Z, A: dA + dA, "2 z", "", ())
    >>> with ACTIVATIONS.extended(record):
    ...     spec = fp.multilayer(1, [3], 1, "squared", activation="twice")
    ...     fp.train(spec, None, fp.Data([[0.0], [1.0]], targets=[0.0, 1.0]))
    Traceback (most recent call last):
      ...
    forpass.errors.EngineError: the activation_forward of twice cannot be compiled: twice carries values of \
its own (a closure or defaults); a formula is handed them as settings. Use engine="numpy", which can do ...
    """


class ExportError(ForpassError):
    """A model cannot be written in another form, or what was written would predict something else.

    Examples
    --------
    >>> import forpass as fp
    >>> issubclass(fp.ExportError, fp.ForpassError)
    True
    """


class ForpassWarning(UserWarning):
    """Something was done otherwise than one might expect; the message says why and what to do.

    Examples
    --------
    >>> import warnings, forpass as fp
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("error", ForpassWarning)
    ...     fp.Preprocessing.learn({"size": [1.0, 2.0, 3.0], "fit": ["no", None, "yes"]}, "fit")
    Traceback (most recent call last):
      ...
    forpass.errors.ForpassWarning: 1 row left out, without a value of the target 'fit'; fill the target in \
to use them
    """


NOT_AS_WRITTEN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What comes of a file's content that is signed and yet not what forpass writes."""
