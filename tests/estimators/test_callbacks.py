"""scikit-learn's callbacks hear of a fit and of its epochs, where its version has them."""

import contextlib
import io
import pickle
import warnings

import numpy as np
import pytest
from later import later

import forpass as fp

callback = later("sklearn.callback")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
Y = X[:, 0] - X[:, 1]
CLASSES = np.where(Y > 0, "yes", "no")


@pytest.fixture(autouse=True)
def _there_are_callbacks():
    pytest.importorskip("sklearn.callback", reason="this scikit-learn has no callbacks; 1.9 has")


class Hearing:
    """A callback that writes down what it hears, and ends training after some epochs."""

    def __init__(self, last=None, fails=False):
        self.heard, self.predicted, self.last, self.fails = [], [], last, fails

    def setup(self, estimator, context):
        self.heard.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.heard.append(("begin", context.task_name, context.task_id))
        if self.fails:
            raise RuntimeError("of its own")

    def on_fit_task_end(self, estimator, context, *, X, y, fitted_estimator):
        self.heard.append(("end", context.task_name, context.task_id))
        if context.task_name == "epoch":
            self.predicted.append(fitted_estimator.predict(X))
        return context.task_name == "epoch" and context.task_id == self.last

    def teardown(self, estimator, context):
        self.heard.append("teardown")


def fitted(kind, y, *callbacks, **parameters):
    network = kind(hidden_layer_sizes=(4,), random_state=0, **{"max_iter": 3, **parameters})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so few epochs are not enough
        return (network.set_callbacks(*callbacks) if callbacks else network).fit(X, y)


def test_each_epoch_is_a_task_and_nothing_else_changes():
    hearing = Hearing()
    network = fitted(fp.MLPRegressor, Y, hearing)
    epochs = [(word, "epoch", i) for i in range(3) for word in ("begin", "end")]
    assert hearing.heard == ["setup", ("begin", "fit", 0), *epochs, ("end", "fit", 0), "teardown"]
    alone = fitted(fp.MLPRegressor, Y)
    assert all(np.array_equal(a, b) for a, b in zip(network.coefs_, alone.coefs_, strict=True))
    assert np.array_equal(hearing.predicted[-1], network.predict(X))
    assert not np.array_equal(hearing.predicted[0], hearing.predicted[-1])
    assert "_callback_fit_ctx" not in vars(network)


def test_a_callback_ends_training():
    hearing = Hearing(last=1)
    network = fitted(fp.MLPClassifier, CLASSES, hearing, max_iter=50)
    assert network.n_iter_ == 2 and hearing.heard[-2:] == [("end", "fit", 0), "teardown"]
    assert set(hearing.predicted[0]) <= {"yes", "no"}


def test_each_task_that_was_begun_is_ended():
    hearing = Hearing()
    network = fitted(fp.MLPRegressor, Y, hearing, max_iter=200, tol=10.0, n_iter_no_change=2)
    assert network.n_iter_ < 200
    begun, ended = (sum(word[0] == kind for word in hearing.heard) for kind in ("begin", "end"))
    assert begun == ended


def test_what_fails_is_torn_down_and_leaves_the_estimator_as_it_was():
    hearing = Hearing(fails=True)
    network = fp.MLPRegressor(max_iter=3).set_callbacks(hearing)
    before = dict(vars(network))
    with pytest.raises(RuntimeError, match="of its own"):
        network.fit(X, Y)
    assert hearing.heard[-1] == "teardown" and vars(network) == before


def test_callbacks_are_taken_away_again():
    hearing = Hearing()
    network = fitted(fp.MLPRegressor, Y, hearing)
    count = len(hearing.heard)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network.set_callbacks().fit(X, Y)
    assert len(hearing.heard) == count and pickle.loads(pickle.dumps(network)).n_iter_ == 3
    with pytest.raises(TypeError, match="FitCallback"):
        network.set_callbacks(print)


@pytest.mark.slow
def test_scikit_learns_own_callbacks_follow():
    monitor = callback.ScoringMonitor(scoring="r2")
    network = fitted(fp.MLPRegressor, Y, monitor)
    assert "MLPRegressor" in str(monitor.get_logs()) and network.n_iter_ == 3
    pytest.importorskip("rich", reason="rich is not installed, with which ProgressBar draws")
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        fitted(fp.MLPRegressor, Y, callback.ProgressBar())
    assert "MLPRegressor" in shown.getvalue()
