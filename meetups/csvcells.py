"""Cells of a spreadsheet that stay text (OWASP, CSV injection; R93)."""

RISKY = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
BOM = "\ufeff"


def safe_cell(value: object) -> str:
    """Return the value as a cell that no spreadsheet takes for a formula. Numbers stay as they are."""
    if isinstance(value, int):
        return str(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text
