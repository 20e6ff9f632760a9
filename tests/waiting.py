"""To wait for what must come, however long a pause the machine makes."""

import time

__all__ = ["SECONDS", "wait_until"]

SECONDS = 60.0
"""So long is waited at most: only a fault takes so much time."""


def wait_until(holds):
    """Wait until something holds."""
    ends = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.001)
