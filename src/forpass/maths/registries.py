"""All registries, and the way by which one's own records come into them."""

from typing import Any

from forpass.errors import SpecError
from forpass.maths.activations import ACTIVATIONS, Activation
from forpass.maths.columnwise import COLUMNWISE, Columnwise
from forpass.maths.initializers import INITIALIZERS, Initializer
from forpass.maths.links import LINKS, Link
from forpass.maths.losses import LOSSES, Loss
from forpass.maths.metrics import METRICS, Metric
from forpass.maths.optimizers import OPTIMIZERS, Optimizer
from forpass.maths.registry import Registry
from forpass.maths.schedules import SCHEDULES, Schedule

__all__ = ["REGISTRIES", "register"]

REGISTRIES: dict[type, Registry[Any]] = {
    Activation: ACTIVATIONS,
    Columnwise: COLUMNWISE,
    Link: LINKS,
    Loss: LOSSES,
    Initializer: INITIALIZERS,
    Optimizer: OPTIMIZERS,
    Schedule: SCHEDULES,
    Metric: METRICS,
}
"""By the type of the records that each holds."""


def register(record: Any) -> None:
    """Make a formula of one's own known by its name, wherever forpass takes a name of its kind.

    Parameters
    ----------
    record : Activation, Columnwise, Loss, Link, Optimizer, Initializer, Schedule or Metric of `forpass.maths`
        Its type says which registry it goes to.

    Raises
    ------
    SpecError
        When it is no such record, its name belongs to another or is none, or it could not work: a field of
        another type, a formula that takes other arguments, a default outside its interval.
    UnknownNameError
        When it names a link or an initialiser that there is not.

    See Also
    --------
    forpass.maths.registry.Registry.extended : for as long as a ``with`` block lasts.

    Examples
    --------
    >>> from forpass.maths.activations import Activation, relu, relu_vjp
    >>> register(Activation("relu", relu, relu_vjp, "max(0, z)", "A", (0.0,)))
    Traceback (most recent call last):
      ...
    forpass.errors.SpecError: the activation 'relu' is registered already, with other formulas or settings; \
give yours another name
    """
    if type(record) not in REGISTRIES:
        kinds = ", ".join(f"{cls.__module__}.{cls.__name__}" for cls in REGISTRIES)
        raise SpecError(f"what is registered must be a record, one of {kinds}; got {record!r}")
    REGISTRIES[type(record)].register(record)
