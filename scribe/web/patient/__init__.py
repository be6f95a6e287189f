"""The patient's summary: its approval, its addresses, and how they open."""
