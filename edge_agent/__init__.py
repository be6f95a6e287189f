"""The agent on the clinic's own hardware: audio in, transcript out."""
