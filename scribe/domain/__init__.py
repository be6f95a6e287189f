"""Values and rules that every package shares; no framework and no input or output."""
