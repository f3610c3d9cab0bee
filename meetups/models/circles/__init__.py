"""Evenings with the same people: rows of evenings, and dates that are put to the guests."""
