"""The day's consultations: the list, its search, and the form that one is typed into."""
