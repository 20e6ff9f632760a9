"""The compiled engine passes the suite that any engine must pass."""

import pytest

from forpass.engines import compiled
from forpass.engines.conformance import engine_checks

CHECKS = dict(engine_checks(compiled))


@pytest.mark.parametrize("name", CHECKS)
def test_compiled(name):
    CHECKS[name]()
