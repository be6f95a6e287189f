"""What is on its way to the hospital's systems, and what they changed."""
