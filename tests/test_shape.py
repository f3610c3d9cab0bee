"""The house keeps its shape: short functions, files that are read in one go, folders that are seen at a glance."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES_OF_A_FILE = 450
MOST_LINES_OF_A_FUNCTION = 60
MOST_FILES_OF_A_FOLDER = 15
# What makemigrations writes has the length it has.
FILES = [path for app in ("config", "hosts", "meetups") for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def over(sizes: dict[str, int], most: int) -> list[str]:
    """Return what is larger than it may be, the largest first, each with its size."""
    return [f"{size} {name}" for name, size in sorted(sizes.items(), key=lambda one: -one[1]) if size > most]


def functions_in(path: Path) -> dict[str, int]:
    """Return the length of each function of a module, from its `def` to its last line."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {f"{path.relative_to(ROOT)} {node.name}": node.end_lineno - node.lineno + 1 for node in nodes}


def test_no_file_is_too_long():
    sizes = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in FILES}

    assert over(sizes, MOST_LINES_OF_A_FILE) == []


def test_no_function_is_too_long():
    sizes = {name: size for path in FILES for name, size in functions_in(path).items()}

    assert over(sizes, MOST_LINES_OF_A_FUNCTION) == []


def test_no_folder_has_too_many_files():
    folders = [path.parent for path in FILES if path.name != "__init__.py"]
    sizes = {str(folder.relative_to(ROOT)): folders.count(folder) for folder in folders}

    assert over(sizes, MOST_FILES_OF_A_FOLDER) == []


def test_no_insert_passes_over_more_than_a_duplicate():
    # On SQLite Django's own way swallows failed CHECK and NOT NULL constraints too; hosts/database/insert_new.py says more.
    calls = [ast.walk(ast.parse(path.read_text())) for path in FILES]
    names = {node.arg for nodes in calls for node in nodes if isinstance(node, ast.keyword)}

    assert "ignore_conflicts" not in names
    assert "unique" in names
