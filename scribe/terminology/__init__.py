"""``scribe terminology``: a hospital's masters imported, searched and checked; ours checked."""
