"""What users call: a spec and arrays, or a table and the name of its target."""
