"""A training that sends its own process a signal: at the same place however fast or busy the machine is."""

import signal

from waiting import wait_until

from forpass.training.run import Run

__all__ = ["signalled"]


def signalled(number, *, epochs, networks=0, times=1):
    """Return a `Run.advance` that sends a signal after so many epochs, and goes on once that is heard.

    The epochs are those of the network that begins after so many others, of those that train one after
    another; the signal is sent so many times.
    """
    advance, begun = Run.advance, []

    def advanced(run):
        if run not in begun:
            begun.append(run)
            run.every_epoch = True  # is when it goes on
        if (len(begun) - 1, run.progress.epoch) == (networks, epochs):
            for _ in range(times):
                signal.raise_signal(number)
            wait_until(run.asked)  # the main thread must hear of it
        advance(run)

    return advanced
