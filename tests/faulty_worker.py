"""A worker in which reading goes wrong, in every way that must be seen: see `test_mutants`."""

import os
import resource
import sys
import time

from forpass.bench.mutants import bounds, worker
from forpass.bench.mutants.judging import Judge

bounds.CPU_SECONDS = 3
bounds.BASE_BYTES, bounds.TIMES_SIZE = 64 << 20, 0


def crash(judge):
    os.abort()


def hang(judge):
    while True:
        pass


def take(judge):
    return len(bytearray(200 << 20))


def ask_for_much(judge):
    return len(bytearray(1 << 45))


def run_code(judge):
    __import__("forpass_canary")


def write(judge):
    with open(os.path.join(sys.argv[1], "..", "forpass-mutants-canary"), "w"):
        pass


def raise_another(judge):
    raise KeyError("no such thing")


def panic(judge):
    raise type("PanicException", (BaseException,), {})("a panic of Rust")


FAULTS = {
    1: ("crash", crash),
    3: ("hang", hang),
    5: ("memory", take),
    7: ("memory", ask_for_much),
    8: ("code", run_code),
    10: ("code", write),
    11: ("exception", raise_another),
    12: ("exception", panic),
}
"""What happens at which number, and what must be found."""

judge_well = Judge._outcome


def judge_badly(self, case, in_full):
    self.seen = getattr(self, "seen", int(sys.argv[3]) - 1) + 1
    if self.seen in FAULTS:
        FAULTS[self.seen][1](self)
    return judge_well(self, case, in_full)


begin = worker._Limits.begin


def begin_in_full(self):
    """Begin, and see that a mutant has its whole time, whatever part of a second those before it took."""
    begun = time.process_time()
    begin(self)
    assert resource.getrlimit(resource.RLIMIT_CPU)[0] - begun >= bounds.CPU_SECONDS


if __name__ == "__main__":
    Judge._outcome, worker._Limits.begin = judge_badly, begin_in_full
    worker.main(sys.argv[1], *map(int, sys.argv[2:]))
