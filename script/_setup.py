"""What script/server and script/test share: the right Python, `.env`, the virtual environment. Standard library only."""

import os
import shutil
import sys

if sys.version_info < (3, 11):  # macOS still ships 3.9; a newer one often stands beside it
    for name in ("python3.13", "python3.12", "python3.11"):
        if shutil.which(name):
            os.execvp(name, [name] + sys.argv)  # noqa: S606
    sys.exit("Python 3.11 or newer is needed; this is Python %d.%d." % sys.version_info[:2])

import contextlib
import fcntl
import hashlib
import importlib.util
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Refusal(Exception):
    """Something stops the start; its text is a sentence for the person in front of the terminal."""


def say(sentence: str) -> None:
    """Tell the person what is going on, at once."""
    print(sentence, flush=True)


def read_environment() -> dict[str, str]:
    """Return the environment, with what `.env` says for whatever the environment does not."""
    # By its path: importing the package `config` would import Celery, which may not be installed yet.
    spec = importlib.util.spec_from_file_location("envfile", ROOT / "config" / "envfile.py")
    envfile = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(envfile)
    try:
        from_file = envfile.read_env_file(Path(os.environ.get("ENV_FILE") or ROOT / ".env"))
    except ValueError as error:
        raise Refusal(str(error)) from error
    return from_file | dict(os.environ)


def make_folder(path: Path, mode: int = 0o700) -> Path:
    """Make a folder where there is none; raise Refusal where that cannot be."""
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal(f"The folder {path} cannot be made: {error.strerror}.") from error
    return path


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Lock the folder for the block, so that two starts at the same moment do not set up the same thing twice."""
    handle = os.open(make_folder(folder), os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def make_virtualenv(env: dict[str, str], requirements: str) -> Path:
    """Return the Python of a virtual environment that holds the requirements; install only when they changed.

    VENV_DIR says where it is (`.venv`). A second call with the same requirements starts no process at all.
    """
    folder = ROOT / (env.get("VENV_DIR") or ".venv")
    python = folder / "bin" / "python"
    if is_up_to_date(requirements, python):
        return python
    with one_at_a_time(folder):
        if is_up_to_date(requirements, python):
            return python  # another start has done it while this one waited
        if not has_pip(python):
            make_empty_virtualenv(folder)
        say(f"Installing {requirements} into {folder} …")
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", ROOT / requirements]
        if subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode:
            raise Refusal(f"pip could not install {requirements}; its own words are above.")
        for name in {requirements, "requirements.txt"}:
            stamp_of(name, python).write_text(fingerprint(name, python))
    return python


def stamp_of(requirements: str, python: Path) -> Path:
    """Return the file that says what was installed."""
    return python.parent.parent / f"{requirements}.stamp"


def is_up_to_date(requirements: str, python: Path) -> bool:
    """Tell whether just these requirements were installed, for just this Python."""
    stamp = stamp_of(requirements, python)
    return python.exists() and stamp.exists() and stamp.read_text() == fingerprint(requirements, python)


def fingerprint(requirements: str, python: Path) -> str:
    """Return what the installed packages depend on: the requirements' text and which Python the environment leads to."""
    texts = [(ROOT / name).read_bytes() for name in sorted({requirements, "requirements.txt"})]
    return f"{hashlib.sha256(b''.join(texts)).hexdigest()} {python.resolve()}"


def has_pip(python: Path) -> bool:
    """Tell whether the virtual environment is whole: an interrupted one has a Python without pip."""
    return python.exists() and subprocess.run([python, "-c", "import pip"], capture_output=True).returncode == 0


def make_empty_virtualenv(folder: Path) -> None:
    """Make the virtual environment anew, or say what is missing."""
    say(f"Making a virtual environment in {folder} …")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", folder], capture_output=True, text=True)
    if made.returncode:
        hint = "On Debian and Ubuntu, this helps: sudo apt install python3-venv"
        raise Refusal(f"Python could not make a virtual environment in {folder}.\n{made.stdout}{made.stderr}{hint}")
