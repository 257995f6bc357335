"""`baocao export` and nbconvert: formats of a notebook that ran, without running it again."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from baocao.document.blocks import BLOCK_MIME
from baocao.export.formats import FORMATS
from baocao.project import Project
from tests.backtests.conftest import deliver, make
from tests.conftest import SAMPLE, copy_project
from tests.integration.conftest import Baocao, fresh

NOBODY = 65534


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dispatch in all formats, as its run made them."""
    project = copy_project(tmp_path_factory.mktemp("export") / "project")
    deliver(project, project.root / SAMPLE)
    return make(project).folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """The same report as if only the notebook and HTML had been asked for."""
    folder = Path(shutil.copytree(made, tmp_path / "report"))
    later = [FORMATS[name].file for name in ("pdf", "docx", "xlsx")]
    for name in later:
        (folder / name).unlink()
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["outputs"] = {name: digest for name, digest in manifest["outputs"].items() if name not in later}
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def edited(path: Path, change: Callable[[list[Any]], None]) -> Path:
    """The notebook with its blocks changed by hand."""
    notebook = json.loads(path.read_bytes())
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    change([output["data"][BLOCK_MIME] for output in outputs if BLOCK_MIME in output.get("data", {})])
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


# -- a report's folder -------------------------------------------------------------------------------------------------


def test_the_same_bytes_as_the_run_makes(made: Path, folder: Path, baocao: Baocao) -> None:
    """Formats made later are the run's own, and so is the manifest, to the byte."""
    done = baocao("export", str(folder), "--formats", "pdf,docx,xlsx")
    assert done.returncode == 0, done.stderr
    assert contents(folder) == contents(made)


def test_nothing_else_changes(folder: Path, baocao: Baocao) -> None:
    before = contents(folder)
    done = baocao("export", str(folder), "--formats", "docx,xlsx", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"files": [str(folder / "report.docx"), str(folder / "tables.xlsx")]}
    after = contents(folder)
    assert set(after) - set(before) == {"report.docx", "tables.xlsx"}
    assert {name for name in before if before[name] != after[name]} == {"manifest.json"}
    outputs = json.loads(after["manifest.json"])["outputs"]
    assert outputs == {
        name: hashlib.sha256(content).hexdigest() for name, content in after.items() if name != "manifest.json"
    }
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_needs_no_project_and_no_store(folder: Path, tmp_path: Path) -> None:
    """Everything is in the notebook: it may have come by mail."""
    elsewhere = tmp_path / "mail" / "báo cáo.ipynb"
    elsewhere.parent.mkdir()
    shutil.copy(folder / "report.ipynb", elsewhere)
    done = fresh(elsewhere.parent, "export", elsewhere.name, "--formats", "html,pdf")
    assert done.returncode == 0, done.stderr
    assert sorted(contents(elsewhere.parent)) == sorted([elsewhere.name, "report.html", "report.pdf"])
    assert (elsewhere.parent / "report.html").read_bytes() == (folder / "report.html").read_bytes()


# -- errors ------------------------------------------------------------------------------------------------------------


def refused(done: "subprocess.CompletedProcess[str]", *said: str, code: int = 2) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for words in said:
        assert words in done.stderr


def test_no_notebook(folder: Path, baocao: Baocao) -> None:
    (folder / "report.ipynb").unlink()
    before = contents(folder)
    refused(baocao("export", str(folder)), "report.ipynb", "run the report with --formats ipynb")
    assert contents(folder) == before


@pytest.mark.parametrize("content", ["", "không phải sổ tay", "[]", '{"cells": 3}'])
def test_not_a_notebook(folder: Path, baocao: Baocao, content: str) -> None:
    (folder / "report.ipynb").write_text(content, encoding="utf-8")
    refused(baocao("export", str(folder)), "report.ipynb", "is not a notebook")


def test_a_notebook_that_was_not_run(project: Project, baocao: Baocao) -> None:
    notebook = project.notebooks / "portal_dispatch.ipynb"
    refused(baocao("export", str(notebook)), "shows no letterhead", code=1)


def test_an_unknown_format(folder: Path, baocao: Baocao) -> None:
    refused(baocao("export", str(folder), "--formats", "docx,exel"), "exel", "xlsx")


def test_a_figure_without_words_names_its_cell(folder: Path, baocao: Baocao) -> None:
    def silence(blocks: list[Any]) -> None:
        next(block for block in blocks if block["kind"] == "figure")["alt"] = ""

    notebook = edited(folder / "report.ipynb", silence)
    before = contents(folder)
    done = baocao("export", str(folder))
    cells = json.loads(notebook.read_bytes())["cells"]
    number, cell = next(
        (number, cell)
        for number, cell in enumerate(cells, start=1)
        if any(output.get("data", {}).get(BLOCK_MIME, {}).get("kind") == "figure" for output in cell.get("outputs", ()))
    )
    refused(done, f"cell {number} (id {cell['id']})", "figure", "alt", code=1)
    assert contents(folder) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can call it as somebody else")
@pytest.mark.parametrize("place", ["", "report.ipynb"])
def test_a_read_only_folder(made: Path, place: str, open_folder: Path) -> None:
    """Called by somebody who may read the report and not write beside it."""
    folder = Path(shutil.copytree(made, open_folder / "report"))
    before = contents(folder)
    done = subprocess.run(
        [sys.executable, "-m", "baocao", "export", str(folder / place), "--formats", "xlsx"],
        cwd=open_folder,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    refused(done, "Permission denied", code=1)
    assert contents(folder) == before


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder everybody may enter; those of pytest are its user's alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


# -- nbconvert ---------------------------------------------------------------------------------------------------------


def test_nbconvert_makes_the_same_file(made: Path, tmp_path: Path) -> None:
    """`jupyter nbconvert --to baocao-pdf report.ipynb`, by the entry point JupyterLab's export menu uses, too."""
    shutil.copy(made / "report.ipynb", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "baocao-pdf", "report.ipynb"],
        cwd=tmp_path,
        env={**os.environ, "JUPYTER_PLATFORM_DIRS": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.pdf").read_bytes() == (made / FORMATS["pdf"].file).read_bytes()


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_exporter_makes_the_same_file(made: Path, name: str) -> None:
    """As nbconvert calls them; a process of its own for each would say no more."""
    from nbconvert.exporters import get_exporter

    content, resources = get_exporter(f"baocao-{name}")().from_filename(str(made / "report.ipynb"))
    content = content.encode() if isinstance(content, str) else content
    assert (content, resources["output_extension"]) == ((made / FORMATS[name].file).read_bytes(), f".{name}")


def test_jupyterlab_offers_every_format() -> None:
    """Its menu lists the exporters whose classes say what they are called, and saves what they say they make."""
    from nbconvert.exporters import get_export_names, get_exporter

    names = [f"baocao-{name}" for name in FORMATS]
    assert set(names) <= set(get_export_names())
    exporters = [get_exporter(name) for name in names]
    labels = [exporter.export_from_notebook for exporter in exporters]
    assert labels == ["Baocao HTML", "Baocao PDF", "Baocao Word", "Baocao Excel"]
    assert [exporter.output_mimetype for exporter in exporters] == [kind.media_type for kind in FORMATS.values()]


def test_the_exporters_are_light() -> None:
    """Every Jupyter server imports them, whether or not anybody exports."""
    heavy = {"matplotlib", "typst", "docx", "xlsxwriter", "great_expectations", "duckdb", "pandas", "fontTools"}
    code = f"import sys, baocao.export.exporters; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
