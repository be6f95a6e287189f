"""What every test takes for granted."""

from hypothesis import settings

# a deadline measures how busy the machine is, not the code: the first example of a test may wait for a whole table
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
