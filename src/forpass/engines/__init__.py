"""HOW the numbers are computed. Every engine is a module with the same six functions; see `protocol`."""
