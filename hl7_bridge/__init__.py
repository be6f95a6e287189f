"""Signed note out: KR Core mapping, validation and delivery."""
