"""The documents name rooms, files and functions that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BESIDE = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md"]
DOCUMENTS = sorted([*ROOT.glob("docs/*.md"), *(ROOT / name for name in BESIDE)])
# Documents name a file from one of these folders, or from their own.
FOLDERS = [ROOT, ROOT / "meetups", ROOT / "templates", ROOT / "tests", ROOT / "tests" / "faults"]
IN_CODE = re.compile(r"`([^`\n]+)`")
IS_FILE = re.compile(r"[\w.-]+(/[\w.-]+)*\.(py|md|html|txt|css|js|toml|svg|png|gz|yml|yaml)")
IS_FOLDER = re.compile(r"[\w.-]+(/[\w.-]+)*/")
IS_COMMAND = re.compile(r"(script|\.ci)/[\w.-]+")
FILE_AND_NAME = re.compile(r"`([\w./-]+\.py)` `(\w+)`")
# What is made by running the site, and addresses of it that look like files.
NO_FILES = {".venv/", "var/", "robots.txt"}


def find(name: str, document: Path) -> Path | None:
    """Return the file or folder that a document means by this name, or None."""
    return next((path for path in (folder / name for folder in [document.parent, *FOLDERS]) if path.exists()), None)


def names_in(document: Path) -> set[str]:
    """Return what stands in code marks and looks like a file, a folder or a command of ours."""
    words = {word for span in IN_CODE.findall(document.read_text()) for word in span.split()[:1]} - NO_FILES
    return {word for word in words if any(form.fullmatch(word) for form in (IS_FILE, IS_FOLDER, IS_COMMAND))}


def defined_in(path: Path) -> set[str]:
    """Return the functions, classes, methods and constants of a module."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    named = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return named | {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document_names_files_that_exist(document):
    assert sorted(name for name in names_in(document) if find(name, document) is None) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document_names_functions_beside_the_file_that_defines_them(document):
    pairs = FILE_AND_NAME.findall(document.read_text())

    assert [f"{file} {name}" for file, name in pairs if name not in defined_in(find(file, document))] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document_links_to_files_that_exist(document):
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", document.read_text()) if "://" not in link]

    assert [link for link in links if not (document.parent / link).exists()] == []


def rooms() -> set[str]:
    """Return the packages and modules of meetups."""
    entries = {path for path in (ROOT / "meetups").iterdir() if (path / "__init__.py").exists() or path.suffix == ".py"}
    return {f"meetups/{path.name}{'/' if path.is_dir() else ''}" for path in entries} - {"meetups/__init__.py"}


def test_every_room_is_in_the_document_of_the_architecture():
    assert rooms() - names_in(ROOT / "docs" / "architecture.md") == set()


def test_every_room_is_in_the_picture_of_the_architecture():
    picture = (ROOT / "docs" / "architecture.svg").read_text()
    drawn = {word for text in re.findall(r"<text x=[^>]*>([^<]*)</text>", picture) for word in re.findall(r"\w+", text)}

    # What belongs to Django, to another room or to all of them has no place of its own.
    not_drawn = {"admin", "apps", "exceptions", "migrations", "towns"}
    assert {Path(room).stem for room in rooms()} - drawn == not_drawn
