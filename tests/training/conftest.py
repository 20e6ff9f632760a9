"""What the tests of training share: a small problem, and ways to end a run from outside."""

import numpy as np
import pytest

import forpass as fp
from forpass.engines.select import select_engine
from forpass.training import run


@pytest.fixture(scope="session")
def blobs():
    """Return 50 examples of three classes, and 30 more to validate on."""
    rng = np.random.default_rng(11)
    centres = rng.normal(0.0, 1.5, (3, 4))
    y = rng.integers(0, 3, 80)
    X = centres[y] + rng.normal(size=(80, 4))
    return fp.Data(X[:50], targets=y[:50]), fp.Data(X[50:], targets=y[50:])


@pytest.fixture
def spec():
    return fp.multilayer(4, [8], 3, "softmax_cross_entropy", activation="tanh")


class Recorder:
    """A listener that keeps every event and ends the run after a given epoch."""

    def __init__(self, last=None):
        self.events, self.last = [], last

    def __call__(self, event):
        self.events.append(event)
        return isinstance(event, fp.EpochEnded) and event.record.epoch == self.last


@pytest.fixture
def recorder():
    return Recorder


class Spied:
    """An engine in whose sessions somebody carries out the plans: ``watch(session, plan, advance)``."""

    def __init__(self, engine, watch):
        self._engine, self._watch = engine, watch

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def start(self, *given):
        session = self._engine.start(*given)
        advance = session.advance
        session.advance = lambda plan: self._watch(session, plan, advance)
        return session


@pytest.fixture
def spy(monkeypatch):
    """Return what sets somebody on every run that begins from now on."""

    def on(watch):
        monkeypatch.setattr(run, "select_engine", lambda name="auto": Spied(select_engine(name), watch))

    return on
