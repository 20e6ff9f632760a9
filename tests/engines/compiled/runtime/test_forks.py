"""Forked children predict and train, whatever other threads of their parent were at."""

import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

FORKS = """
    import os, signal, threading, time
    import numpy as np
    import forpass as fp
    from forpass.engines.compiled.runtime import compiler
    from forpass.maths.activations import ACTIVATIONS

    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 6))
    data = fp.Data(X, targets=rng.integers(0, 3, 300))
    names = [a.name for a in ACTIVATIONS.values() if a.trainable]
    kept = []

    def trained(name, engine="auto", dtype="float32"):
        spec = fp.multilayer(6, [16], 3, "softmax_cross_entropy", activation=name)
        return fp.train(spec, fp.TrainingSpec(epochs=2, dtype=dtype), data, engine=engine)

    def at_work(number):
        while True:  # predict, train with each engine, compile: all kernels anew in every round
            for name in names:
                trained(name, "numpy" if number == 1 else "auto", "float64" if number == 2 else "float32")
                shared.predict(X)
            kept.append(dict(compiler._loaded))  # others are at work with them
            compiler._loaded.clear()

    shared = trained("relu")
    right = shared.fingerprint(), shared.predict(X).tolist()
    for number in range(3):
        threading.Thread(target=at_work, args=(number,), daemon=True).start()
    statuses = []
    for count in range(CHILDREN):
        time.sleep(0.02 * rng.random())
        child = os.fork()
        if not child:
            signal.alarm(60)
            trained(names[count % len(names)], "numpy", "float64")
            found = trained("relu")
            same = right == (found.fingerprint(), shared.predict(X).tolist())
            os._exit(0 if same else 1)
        statuses.append(os.waitpid(child, 0)[1])
    print(statuses, flush=True)
    os._exit(0)
"""


@pytest.mark.slow
def test_children_of_a_parent_at_work(tmp_path):
    children = 12
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FORKS).replace("CHILDREN", str(children))],
        capture_output=True,
        text=True,
        env=os.environ | {"FORPASS_CACHE": str(tmp_path)},
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str([0] * children)


AT_FIRST = """
    import os, signal, threading, time
    import forpass as fp

    def work():
        fp.train_table({"a": [0.0, 1.0] * 20, "y": ["p", "q"] * 20}, "y", epochs=1)

    threading.Thread(target=work, daemon=True).start()
    time.sleep(AFTER)
    child = os.fork()
    if not child:
        signal.alarm(60)
        work()
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
    os._exit(0)
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.005, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6])
def test_a_child_of_a_parent_whose_thread_begins(after):
    code = textwrap.dedent(AT_FIRST).replace("AFTER", str(after))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.stdout, done.stderr) == ("0\n", "")
