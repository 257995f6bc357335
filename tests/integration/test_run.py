"""Whole runs through Papermill: same bytes, nothing half, nothing overwritten, hostile names, refusals."""

import csv
import json
import shutil
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient

from baocao.document.blocks import BLOCK_MIME, RECORD_MIME
from baocao.project import Project
from tests.conftest import SAMPLE
from tests.integration.conftest import Baocao, call

RUN = ("run", "portal-dispatch", "--unit", "tuan-giao", "--period", "2020-Q1")
OUTPUT = Path("outputs") / "portal-dispatch" / "2020-Q1" / "tuan-giao"
FILES = ["findings.json", "indicators.json", "manifest.json", "report.html", "report.ipynb", "report.pdf"]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_same_bytes_whatever_the_clock_zone_language_hash_seed_and_folder(ingested: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "another place"
    shutil.copytree(ingested.root, elsewhere)
    here = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1", "USER": "an"}
    there = {"TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C", "PYTHONHASHSEED": "2", "USER": "binh", "COLUMNS": "50"}
    there["BAOCAO_STORE"] = "data/store"  # of the folder the command is called in, wherever its cells run
    settings = [(ingested.root, here), (elsewhere, there)]
    made = []
    for root, env in settings:
        done = call(root, *RUN, "--json", env=env)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["files"] == FILES
        made.append(contents(root / OUTPUT))
    assert list(made[0]) == FILES
    for name in FILES:
        assert made[0][name] == made[1][name], f"{name} differs"
    assert not [path.name for path in (ingested.root / OUTPUT).parent.iterdir() if path.name.startswith(".")]
    for name, content in made[0].items():
        assert str(ingested.root).encode() not in content, f"{name} names a folder of this machine"


def test_other_parameters_go_beside(ingested: Project, baocao: Baocao) -> None:
    done = baocao(*RUN, "-p", "top_units=3", "--formats", "html", "--json")
    assert done.returncode == 0, done.stderr
    folder = Path(json.loads(done.stdout)["folder"])
    assert folder.parent.name.startswith("2020-Q1~") and len(folder.parent.name) == len("2020-Q1~") + 8
    assert sorted(contents(ingested.root / folder)) == [
        "findings.json",
        "indicators.json",
        "manifest.json",
        "report.html",
    ]
    text = (ingested.root / folder / "report.html").read_text(encoding="utf-8")
    assert "Mường Thín" in text and "66</data> hồ sơ).</p>" in text  # the third is the last named
    manifest = json.loads((ingested.root / folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["injected"]["top_units"] == 3
    assert not (ingested.root / OUTPUT).exists()


def test_period_without_data_says_so_and_invents_no_zero(ingested: Project, baocao: Baocao) -> None:
    done = baocao("run", "portal-dispatch", "--unit", "tuan-giao", "--period", "2020-Q2")
    assert done.returncode == 3
    assert "chưa có số liệu" in done.stderr
    period = ingested.outputs / "portal-dispatch" / "2020-Q2"
    assert [path.name for path in period.iterdir()] == ["tuan-giao~blocked"]
    page = BeautifulSoup((period / "tuan-giao~blocked" / "report.html").read_bytes(), "html.parser")
    assert "Kỳ báo cáo chưa có số liệu" in page.get_text()
    assert page.find("data") is None
    figures = [cell.get_text() for cell in page.find_all("td", class_="figure")]
    assert figures and set(figures) == {""}  # row counts are nobody's figures
    assert (period / "tuan-giao~blocked" / "report.pdf").read_bytes().startswith(b"%PDF")


def test_strict_profile_blocks_and_keeps_the_last_good_output(ingested: Project, baocao: Baocao) -> None:
    assert baocao(*RUN, "--formats", "html").returncode == 0
    good = contents(ingested.root / OUTPUT)
    settings = ingested.params / "project.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("profile: as-printed", "profile: strict"), encoding="utf-8"
    )
    done = baocao(*RUN, "--formats", "html")
    assert done.returncode == 3
    assert "UBND Xã Chiềng Đông" in done.stderr and "chênh lệch 2" in done.stderr
    assert contents(ingested.root / OUTPUT) == good
    blocked = contents((ingested.root / OUTPUT).with_name("tuan-giao~blocked"))
    assert list(blocked) == ["findings.json", "report.html"]
    draft = baocao(*RUN, "--formats", "html", "--draft", "--json")
    assert draft.returncode == 0, draft.stderr
    page = (ingested.root / json.loads(draft.stdout)["folder"] / "report.html").read_text(encoding="utf-8")
    assert "DỰ THẢO" in page


def test_failing_cell_is_named_and_the_last_good_output_stays(ingested: Project, baocao: Baocao) -> None:
    assert baocao(*RUN, "--formats", "html").returncode == 0
    good = contents(ingested.root / OUTPUT)
    notebook = ingested.notebooks / "portal_dispatch.ipynb"
    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(text.replace("{{ silent | names }}", "{{ silnt | names }}"), encoding="utf-8")
    done = baocao(*RUN, "--formats", "html")
    assert done.returncode == 1
    assert "portal_dispatch.ipynb, cell" in done.stderr and "silnt" in done.stderr
    assert contents(ingested.root / OUTPUT) == good
    assert (ingested.root / OUTPUT).with_name("tuan-giao~failed").joinpath("report.ipynb").is_file()


def test_a_dying_cell_is_a_failed_run(ingested: Project, baocao: Baocao) -> None:
    path = ingested.notebooks / "portal_dispatch.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].source = "import os\nos._exit(1)"
    nbformat.write(notebook, path)
    done = baocao(*RUN, "--formats", "html")
    assert done.returncode == 1
    assert "exited with code 1" in done.stderr and "Traceback" not in done.stderr
    assert not (ingested.root / OUTPUT).exists()


def test_a_folder_with_other_files_is_not_replaced(ingested: Project, baocao: Baocao, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "luận văn.docx").write_text("x", encoding="utf-8")
    done = baocao(*RUN, "--formats", "html", "--out", str(tmp_path / "mine"))
    assert done.returncode == 2
    assert "luận văn.docx" in done.stderr
    assert (tmp_path / "mine" / "luận văn.docx").exists()


def test_typed_figure_stops_the_run(ingested: Project, baocao: Baocao) -> None:
    notebook = ingested.notebooks / "portal_dispatch.ipynb"
    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(text.replace("{{ received | count }} hồ sơ (kỳ", "874 hồ sơ (kỳ"), encoding="utf-8")
    done = baocao(*RUN, "--formats", "html")
    assert done.returncode == 1
    assert "figures are never typed: “874”" in done.stderr


def test_past_data_can_be_asked_for(ingested: Project, baocao: Baocao) -> None:
    """A correction changes the report; `--as-of` the version before gives the old page, byte for byte."""
    assert baocao(*RUN, "--formats", "html").returncode == 0
    before = (ingested.root / OUTPUT / "report.html").read_bytes()
    path = ingested.root / SAMPLE / "bieu_2_by_unit.csv"
    text = path.read_text(encoding="utf-8").replace("73,,,73,73,16,57", "73,,,73,73,17,56")
    path.write_text(text.replace("873,,5,868,775,690,85", "873,,5,868,775,691,84"), encoding="utf-8")
    assert baocao("ingest", "one-stop-summary", str(SAMPLE)).returncode == 0
    assert baocao(*RUN, "--formats", "html").returncode == 0
    after = (ingested.root / OUTPUT / "report.html").read_bytes()
    assert "9,62%" in after.decode() and "9,74%" not in after.decode()
    past = baocao(*RUN, "--formats", "html", "--as-of", "0", "--json")
    assert past.returncode == 0, past.stderr
    assert (ingested.root / json.loads(past.stdout)["folder"] / "report.html").read_bytes() == before


def test_names_are_text_in_every_format(ingested: Project, baocao: Baocao) -> None:
    """Markup, template code and a spreadsheet formula in names are printed as they are and run nowhere."""
    hostile = "<script>alert(1)</script> {{ 7*7 }} =cmd() $x$ #emph[a] \\u{41}"
    registry = ingested.params / "units" / "dien-bien.csv"
    with registry.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["code"] in ("tuan-giao.quai-to", "tuan-giao.thi-tran"):
            row["aliases"] = row["name"]
            row["name"] = row["short_name"] = f"{row['short_name']} {hostile}"
    with registry.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    done = baocao(*RUN)
    assert done.returncode == 0, done.stderr
    page = BeautifulSoup((ingested.root / OUTPUT / "report.html").read_bytes(), "html.parser")
    assert [script.get_text().count("alert(1)") for script in page.find_all("script")] == [0]
    assert page.get_text().count(hostile) >= 6
    from pypdf import PdfReader

    text = "".join(sheet.extract_text() for sheet in PdfReader(ingested.root / OUTPUT / "report.pdf").pages)
    assert "<script>alert(1)</script> {{ 7*7 }}" in text.replace("\n", " ")


def test_notebook_runs_cell_by_cell_and_shows_the_document(ingested: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """As JupyterLab runs it: from its folder, with its default parameters, without Papermill."""
    monkeypatch.setenv("PYTHONPATH", "")
    notebook = nbformat.read(ingested.notebooks / "portal_dispatch.ipynb", as_version=4)
    resources = {"metadata": {"path": str(ingested.notebooks)}}
    NotebookClient(notebook, kernel_name="python3", resources=resources, timeout=120).execute()
    shown = [output["data"] for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    blocks = [data for data in shown if BLOCK_MIME in data]
    assert len(blocks) > 30
    assert all("text/html" in data for data in blocks)
    assert sum(RECORD_MIME in data for data in shown) == 2
    assert not [
        output for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "stream"
    ]
