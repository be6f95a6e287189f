"""The page at the physician's desk, on loopback only."""
