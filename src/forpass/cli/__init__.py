"""The command ``forpass``. Nothing numerical is imported until a command runs."""

import signal
import sys
from types import FrameType

__all__ = ["main"]


def main() -> None:
    """Run the command line; ends the process with 0, 1 (a fault of ours) or 2 (input or usage wrong).

    To be told to end (SIGTERM) is the same as Ctrl-C: what was begun is tidied up, what was learnt is kept.
    """
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        _run()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


def _run() -> None:
    try:
        from forpass.cli.usage import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "click":
            raise
        print(
            'the command line needs a few more packages; install them with: pip install "forpass[cli]"',
            file=sys.stderr,
        )
        raise SystemExit(2) from None
    except KeyboardInterrupt:  # before anything is there that could say more
        print("interrupted", file=sys.stderr)
        raise SystemExit(130) from None
    run()


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Interrupt; where interrupts are ignored, as in a shell's background jobs, end at once."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)
