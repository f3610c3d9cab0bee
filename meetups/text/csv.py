"""Cells that spreadsheets do not execute as formulas (OWASP, CSV injection; R93)."""

RISKY = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
BOM = "\ufeff"


def safe_cell(value: object) -> str:
    """Return the value as a cell that is not a formula. Numbers stay as they are."""
    if isinstance(value, int):
        return str(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text
