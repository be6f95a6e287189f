"""Signing a record, showing the signed one, amending it and taking it back."""
