"""What we use of Django and allauth beyond their documentation stands in one module each, checked against the pinned version."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import allauth
import django
import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "dependencies.md").read_text()
FOLDERS = ["config", "hosts", "meetups", "bench", "script"]
# No leading underscore says so, but no page of the documentation names them either.
UNDOCUMENTED = (
    *("allauth.account.internal", "allauth.account.stages", "allauth.mfa.internal"),
    *("django.db.models.sql", "django.db.models.query", "django.db.migrations.executor", "django.core.mail.utils"),
    *("django.utils.translation.trans_real", "django.core.files.locks"),
)
UNDOCUMENTED_METHODS = {"sql_with_params", "get_compiler"}
# Documented, in spite of the underscore.
DOCUMENTED = {"_meta", "_default_manager", "_base_manager", "_state", "_db", "_replace"}
# Methods of ours that override private ones.
OVERRIDING = {"_cull"}
USED = {
    "hosts/cache.py": {"_cull", "_createdir", "_dir", "_cache", "django.core.files.locks"},
    "hosts/language.py": {"django.utils.translation.trans_real.parse_accept_lang_header"},
    "hosts/signin/code_process.py": {
        "allauth.account.internal.flows.login_by_code.LoginCodeVerificationProcess",
        "allauth.account.stages.LoginByCodeStage",
        "allauth.account.stages.LoginStageController",
    },
    "meetups/caching/prepared_query.py": {
        "django.db.models.query.get_related_populators",
        "django.db.models.sql.compiler.SQLCompiler",
        "get_compiler",
    },
    "meetups/operations/pending_migrations.py": {"django.db.migrations.executor.MigrationExecutor"},
    "meetups/outbox/fan_out.py": {"sql_with_params"},
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            is_python = path.suffix == ".py" or (folder == "script" and path.is_file() and not path.suffix)
            if is_python and "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def names_of_our_own(tree: ast.Module) -> set[str]:
    """Return the names with an underscore that a module defines: its functions and methods, and what it sets on itself."""
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    stored = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    declared = {
        node.target.id for node in ast.walk(tree) if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    return defined | stored | declared


def private_uses(tree: ast.Module, ours: set[str]) -> set[str]:
    """Return the private names that a module reaches for: imports, and attributes that no module of ours defines."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("django", "allauth")):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name for name in names if name.startswith(UNDOCUMENTED) or re.search(r"\._(?!_)|\binternal\b", name)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith(UNDOCUMENTED)}
        elif isinstance(node, ast.Attribute) and node.attr in UNDOCUMENTED_METHODS:
            found.add(node.attr)
        elif isinstance(node, ast.Attribute) and re.match("_(?!_)", node.attr) and node.attr not in ours | DOCUMENTED:
            found.add(node.attr)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"getattr", "hasattr"} and len(node.args) > 1:
            name = getattr(node.args[1], "value", "")
            found |= {name} if re.match("_(?!_)", str(name)) and name not in ours | DOCUMENTED else set()
    return found


def test_private_apis_stand_in_one_module_each():
    trees = list(sources())
    ours = set().union(*(names_of_our_own(tree) for _path, tree in trees)) - OVERRIDING

    found = {path: uses for path, tree in trees if (uses := private_uses(tree, ours))}

    assert found == USED
    everything = [name for names in found.values() for name in names]
    assert len(everything) == len(set(everything))


@pytest.mark.parametrize("path", USED)
def test_private_api_is_explained(path):
    [line] = [line for line in DOCUMENT.splitlines() if f"| `{path}` |" in line]

    words = {name.removeprefix("allauth.account.").split(".")[0 if "allauth" in name else -1] for name in USED[path]}
    assert [word for word in words - {"get_compiler"} if word not in line] == []
    [test] = re.findall(r"`(tests/[a-z_/]+\.py)`", line)
    assert (ROOT / test).exists()


def test_private_apis_were_checked_with_django_5_2_19():
    assert django.__version__ == "5.2.19"
    assert "Checked against Django 5.2.19 and" in DOCUMENT


def test_private_apis_were_checked_with_allauth_65_21_1():
    assert allauth.__version__ == "65.21.1"
    assert "and django-allauth 65.21.1." in DOCUMENT
