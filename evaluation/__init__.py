"""Measures every stage on the same files that the commands read and write."""
