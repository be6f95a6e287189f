"""Reads a consultation and drafts its record: every fact with the words it rests on."""
