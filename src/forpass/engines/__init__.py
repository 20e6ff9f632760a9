"""HOW the numbers are computed. Every engine is a module with the same seven functions; see `protocol`."""
