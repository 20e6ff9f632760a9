import pytest

from forpass.engines.compiled.program import workplace


@pytest.fixture(autouse=True)
def nothing_was_left(monkeypatch):
    """Each test writes its instructions down: those of another may be of an engine it changed."""
    monkeypatch.setattr(workplace, "_left", {})
