"""The scribe service: drafting, review, signing and record keeping."""
