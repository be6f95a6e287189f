"""The transcript on the review page: shown, corrected, looked back over."""
