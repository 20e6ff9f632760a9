"""HOW the numbers are computed. Every engine is a module with a name and four functions; see `protocol`."""
