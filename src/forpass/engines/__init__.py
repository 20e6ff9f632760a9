"""HOW the numbers are computed. Every engine is a module with the same eight functions; see `protocol`."""
