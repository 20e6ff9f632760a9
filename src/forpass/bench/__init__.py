"""HOW FAST it is, beside its peers: the same work, in one run, on the machine at hand."""
