"""The whole way on a province that never was: made-up dossiers, stored, checked, reported, and a site to open.

`make demo-province`, or `python -m demo_province` where there is no make. Store and outputs are its own, under
`data/generated/`; what an office has stored and made stays untouched. Done again, only what changed is made again.
"""

import os
import subprocess
import sys
from pathlib import Path

import click

ROOT = Path(__file__).parent
FOLDER = ROOT / "data" / "generated" / "dien-bien-demo"
LISTS, STORE, OUTPUTS = FOLDER / "lists", FOLDER / "store", FOLDER / "outputs"
BATCHES = ("dien-bien", "dien-bien-xa", "dien-bien-diem")


def baocao(*arguments: str | Path) -> bool:
    """A command of the toolkit, as a person would type it; whether all went well."""
    shown = (str(part.relative_to(ROOT)) if isinstance(part, Path) else part for part in arguments)
    click.echo(f"$ baocao {' '.join(shown)}")
    environment = {**os.environ, "BAOCAO_STORE": str(STORE), "BAOCAO_OUTPUTS": str(OUTPUTS)}
    called = [sys.executable, "-m", "baocao", *map(str, arguments)]
    return subprocess.run(called, cwd=ROOT, env=environment, check=False).returncode == 0


def main() -> None:
    """From dossiers to a site."""
    done = baocao("sample", "--province", "--out", LISTS)
    done = done and baocao("ingest", "dossiers", *sorted(path.parent for path in LISTS.glob("*/source.yaml")))
    for batch in BATCHES if done else ():
        # A commune that told nothing has no report, only a page that says so, and leaves the batch with an error.
        baocao("batch", batch, "--formats", "ipynb,html,pdf,docx,xlsx")
    if not done or list(OUTPUTS.glob("*/*/*~failed")) or not baocao("site", "build"):
        sys.exit(1)
    click.echo(f"\nopen {(OUTPUTS / 'site' / 'index.html').relative_to(ROOT)} in a browser")


if __name__ == "__main__":
    main()
