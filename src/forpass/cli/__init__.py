"""The command ``forpass``. Nothing numerical is imported until a command runs.

A map:

- What can be said: `app` (all commands), `train_commands`, `bench_commands`; `options` and `declared`, what
  commands declare alike; `usage` (wrong usage is one sentence), `signals`.
- What is given and said: `tables`, `rows`, `output`, `figures`, `findings`.
- To train: `request`, `train`; a folder of checkpoints is `checkpoints`, `resume` goes on with one.
- To predict: `predict`, with `kept` columns, in `parts`; `serve`.
- To see: `use` (evaluate, inspect, data), `folds`, `explain`, `trace`, `report`, `check`, `lesson`; `export`.
- To measure: `bench`.
"""

import signal
import sys

from forpass.cli.signals import on_sigterm

__all__ = ["main"]


def main() -> None:
    """Run the command line, and end the process.

    Its exit code is 0, 1 (a fault of ours), 2 (the input or the usage is wrong), 130 (interrupted) or 143
    (told to end, and to be resumed). To be told to end (SIGTERM) is the same as Ctrl-C: what was begun is
    tidied up, what was learnt is kept.
    """
    with on_sigterm(_interrupt):
        _run()


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


def _interrupt() -> None:
    """Interrupt; where interrupts are ignored, as in a shell's background jobs, end at once."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)
