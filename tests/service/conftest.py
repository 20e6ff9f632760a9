"""Models that are served, trained once."""

import pytest
from served import trained

from forpass.service.answering import Answering
from forpass.service.notes import notes_heard


@pytest.fixture(scope="session")
def classes():
    return Answering(trained("fit", preset="plain", epochs=10, test=0))


@pytest.fixture(scope="session")
def values():
    return Answering(trained("score", preset="plain", epochs=10, test=0))


@pytest.fixture(scope="session")
def several():
    return Answering(trained(["score", "twice"], preset="plain", epochs=10, test=0))


@pytest.fixture(scope="session")
def sets():
    return Answering(trained("fit", preset="fast"))


@pytest.fixture(scope="session")
def intervals():
    return Answering(trained("score", preset="fast"))


@pytest.fixture
def heard():
    """What forpass warns of goes to the answers, as it does where a model is served."""
    with notes_heard():
        yield
