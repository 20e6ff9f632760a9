"""WHAT is to be computed, never how: descriptions that are plain data."""
