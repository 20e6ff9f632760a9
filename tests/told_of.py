"""What is known of a model, without what a clock has said: two runs are compared by it."""

import forpass as fp

TIMES = "seconds", "created"


def without_times(plain):
    """Return plain JSON values without what a clock has said."""
    if isinstance(plain, dict):
        return {name: without_times(value) for name, value in plain.items() if name not in TIMES}
    return [without_times(one) for one in plain] if isinstance(plain, list) else plain


def told(model):
    """Return all that is known of a model, but for times."""
    members = model.members if isinstance(model, fp.Ensemble) else (model,)
    histories = [[record.to_json() for record in member.history] for member in members]
    facts = [model.provenance.to_json(), *(member.provenance.to_json() for member in members)]
    return model.fingerprint(), without_times(histories), without_times(facts)
