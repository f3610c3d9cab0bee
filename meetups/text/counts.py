"""Counts that leave a campaign."""

FEWEST = 5
FEW = f"<{FEWEST}"


def at_least_five(number: int) -> int | str:
    """Return the number of people, or "<5" below five: of so few somebody who knows the evening could tell who they are."""
    return number if number >= FEWEST else FEW
