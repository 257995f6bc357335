"""Make the project's environment: `.venv` with the locked versions, from any Python 3.11+.

`make setup` runs this; on a machine without make, `python -m bootstrap` is the same command. It uses uv where
there is one (on the PATH, else the locked uv put into the venv) and falls back to plain pip. Every file installed
is checked against its hash in `requirements.lock`.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "baocao-lock.sha256"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")


def fingerprint() -> str:
    """Hash of what the environment is made from, so that an up-to-date one is left alone."""
    parts = [LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), sys.version.encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def find_uv() -> Path | None:
    """uv from the PATH, else the locked uv installed into the venv, else None (pip does the work)."""
    on_path = shutil.which("uv")
    if on_path:
        return Path(on_path)
    locked = re.search(r"^uv==(?:.*\\\n)*.*\n", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if locked is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        requirement = Path(folder) / "uv.txt"
        requirement.write_text(locked.group(0), encoding="utf-8")
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run([*pip, "--require-hashes", "-r", str(requirement)], check=False)
    uv = BIN / ("uv.exe" if os.name == "nt" else "uv")
    return uv if done.returncode == 0 and uv.exists() else None


def install() -> None:
    uv = find_uv()
    if uv is not None:
        command = [str(uv), "pip", "install", "--quiet", "--python", str(PYTHON)]
        locked, package = [*command, "--compile-bytecode"], command
    else:
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        locked, package = [*command, "--compile"], command
    subprocess.run([*locked, "--require-hashes", "-r", str(LOCK)], check=True)
    subprocess.run([*package, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], check=True)


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 -- run before anything is installed, by whatever Python is there
        sys.exit(f"baocao needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable}).")
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == fingerprint():
        return
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    try:
        install()
    except subprocess.CalledProcessError as error:
        sys.exit(f"setup failed: {' '.join(error.cmd)} ended with {error.returncode}; the reason stands above.")
    STAMP.write_text(fingerprint(), encoding="utf-8")


if __name__ == "__main__":
    main()
