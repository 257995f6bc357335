"""Draw the pictures of `van-ban.md` again: `python -m docs.pictures`, with poppler installed."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from baocao.intake.source import find_sources
from baocao.project import Project
from baocao.run.job import run_job
from baocao.run.request import resolve_request
from baocao.store.ingest import ingest

ROOT = Path(__file__).parents[1]
IMAGES = Path(__file__).parent / "images"
SAMPLE = Path("data") / "samples" / "tuan-giao-2020q1"
#: Page of the dispatch, counted from 1, and its dots per inch.
PAGES = {"cong-van-trang-1": (1, 72), "cong-van-phu-luc": (7, 80)}


def main() -> None:
    """The dispatch of the sample data, made in a folder that is thrown away."""
    program = shutil.which("pdftoppm")
    if program is None:
        sys.exit("install poppler-utils to draw the pages")
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        for name in ("params", "expectations", "notebooks", SAMPLE):
            shutil.copytree(ROOT / name, project.root / name)
        ingest(project, find_sources(project, "one-stop-summary", [project.root / SAMPLE]))
        made = run_job(project, resolve_request(project, "portal-dispatch", "tuan-giao", "2020-Q1"), ["pdf"])
        IMAGES.mkdir(exist_ok=True)
        for name, (page, density) in PAGES.items():
            options = ("-png", "-gray", "-singlefile", "-r", str(density), "-f", str(page), "-l", str(page))
            subprocess.run([program, *options, str(made.folder / "report.pdf"), str(IMAGES / name)], check=True)


if __name__ == "__main__":
    main()
