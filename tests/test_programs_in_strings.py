"""Tests and benchmarks hand programs to other processes as text, where no linter looks: what these import exists."""

import ast
import importlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted([*(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")])
BEGINNINGS = ("from ", "import ")


def imports_in_strings(path: Path) -> list[ast.ImportFrom]:
    """Return the imports of the programs among the strings of a module."""
    strings = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
    found = []
    for text in strings:
        # What stands in braces is filled in later, so a program is not read as a whole.
        lines = text.splitlines() if isinstance(text, str) else []
        try:
            program = ast.parse("\n".join(line for line in lines if line.startswith(BEGINNINGS)))
        except SyntaxError:
            continue  # a sentence that begins like a program
        found += [node for node in program.body if isinstance(node, ast.ImportFrom)]
    return found


def is_there(module: str, name: str) -> bool:
    try:
        return hasattr(importlib.import_module(module), name) or bool(importlib.import_module(f"{module}.{name}"))
    except ImportError:
        return False


def test_programs_in_strings_import_what_exists():
    asked = {(path, node.module, alias.name) for path in FILES for node in imports_in_strings(path) for alias in node.names}

    assert len(asked) > 20
    assert [f"{path.name}: {module} {name}" for path, module, name in sorted(asked) if not is_there(module, name)] == []
