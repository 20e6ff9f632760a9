"""Names that nobody knows: those that mean the same are offered, or those that look alike."""

import pytest

from forpass.engines.select import ENGINES
from forpass.errors import UnknownNameError
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.columnwise import COLUMNWISE
from forpass.maths.initializers import INITIALIZERS
from forpass.maths.links import LINKS
from forpass.maths.losses import LOSSES
from forpass.maths.metrics import METRICS
from forpass.maths.optimizers import OPTIMIZERS
from forpass.maths.schedules import SCHEDULES
from forpass.names import OTHER_NAMES
from forpass.preprocessing import KINDS
from forpass.preprocessing.tasks import TASKS

REGISTRIES = [ACTIVATIONS, COLUMNWISE, INITIALIZERS, LINKS, LOSSES, METRICS, OPTIMIZERS, SCHEDULES]
KNOWN = [*REGISTRIES, ENGINES, KINDS, TASKS]


@pytest.mark.parametrize(
    ("registry", "name", "meant"),
    [
        (ACTIVATIONS, "swish", "'silu'"),
        (ACTIVATIONS, "Swish", "'silu'"),
        (ACTIVATIONS, "leakyrelu", "'leaky_relu'"),
        (ACTIVATIONS, "LeakyReLU", "'leaky_relu'"),
        (ACTIVATIONS, "linear", "'identity'"),
        (ACTIVATIONS, "logistic", "'sigmoid'"),
        (COLUMNWISE, "PReLU", "'parametric_relu'"),
        (LOSSES, "mse", "'squared'"),
        (LOSSES, "MAE", "'absolute'"),
        (LOSSES, "log_loss", "'sigmoid_cross_entropy' or 'softmax_cross_entropy'"),
        (LOSSES, "cross-entropy", "'softmax_cross_entropy' or 'sigmoid_cross_entropy'"),
        (METRICS, "mse", "'mean_squared_error'"),
        (METRICS, "MAE", "'mean_absolute_error'"),
        (OPTIMIZERS, "sgd", "'gradient_descent' or 'momentum'"),
        (OPTIMIZERS, "SGD with momentum", "'momentum'"),
        (INITIALIZERS, "xavier_uniform", "'glorot_uniform'"),
        (INITIALIZERS, "kaiming", "'he_uniform' or 'he_normal'"),
        (ACTIVATIONS, "rely", "'relu'"),  # no other name: what looks like it
    ],
)
def test_what_means_the_same_is_offered(registry, name, meant):
    with pytest.raises(UnknownNameError) as caught:
        registry[name]
    assert f"; did you mean {meant}?" in str(caught.value)


def test_what_is_offered_is_there_and_nothing_that_is_known_has_another_name_there():
    known = {name for names in KNOWN for name in names}
    for other, meant in OTHER_NAMES.items():
        assert other == "".join(filter(str.isalnum, other.lower()))
        assert known & set(meant), other
