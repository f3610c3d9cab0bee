"""Read `.env`, as a person writes it. Standard library only: script/server reads it before any package is there."""

import re
from pathlib import Path

LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
SINGLE_QUOTED = re.compile(r"'([^']*)'\s*(?:#.*)?")
DOUBLE_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?')
ESCAPE = re.compile(r"\\(.)")
ESCAPED = {"n": "\n", "t": "\t"}
# In a value without quotes, a comment begins at a # with a space before it: a # inside a password stays.
COMMENT = re.compile(r"(?:^|\s+)#.*")


def read_env_file(path: Path) -> dict[str, str]:
    """Return the variables of an env file, or nothing when there is no file.

    Understood: `KEY=value`, spaces around the `=`, `export `, 'single' and "double" quotes, empty lines and comments.
    Raises ValueError with a sentence that names the line, and never its text, which may be a secret.
    """
    try:
        text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read ({type(error).__name__}).") from error
    values = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        value = unquote(match[2]) if match else None
        if match is None or value is None:
            raise ValueError(f"Line {number} of {path} is not KEY=value.")
        values[match[1]] = value
    return values


def unquote(raw: str) -> str | None:
    """Return the value a person meant, or None when a quote is not closed."""
    if raw.startswith("'"):
        match = SINGLE_QUOTED.fullmatch(raw)
        return match[1] if match else None
    if raw.startswith('"'):
        match = DOUBLE_QUOTED.fullmatch(raw)
        return ESCAPE.sub(lambda found: ESCAPED.get(found[1], found[1]), match[1]) if match else None
    return COMMENT.sub("", raw).strip()
