"""`baocao site` on real reports: a district and one of its communes, two quarters, one document issued."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from baocao.cli.main import main
from baocao.project import Project
from baocao.provenance.manifest import Issue
from baocao.run.finalizing import finalize
from baocao.units import load_registry
from tests.integration.conftest import call
from tests.real_district import COMMUNE, DISTRICT, PERIODS, real_district

OWN = COMMUNE
ALL = ("ipynb", "html", "pdf", "docx", "xlsx")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    before, now = PERIODS
    wanted = {(OWN, before): ("html",), (OWN, now): ALL, (DISTRICT, now): ("html",)}
    project = real_district(tmp_path_factory.mktemp("site") / "project", wanted)
    issue = Issue(number="9/UBND-VP", date=date(2020, 1, 6))
    finalize(project, project.outputs / "portal-dispatch" / before / OWN, issue)
    return project


@pytest.fixture(scope="module")
def bundle(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle")
    done = call(
        project.root, "site", "bundle", "--for", OWN, "--period", ",".join(PERIODS), "--out", str(out), "--json"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    path = Path(told["path"])
    assert told["documents"] == 2 and told["left_out"] == []
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    return path


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def texts(files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """Everything that can be read in some files: their bytes, what is packed in them, the text of PDF pages."""
    for name, content in files.items():
        if name.endswith((".docx", ".xlsx", ".zip")):
            yield from ((f"{name}!{inner}", text) for inner, text in texts(members(content)))
        elif name.endswith(".pdf"):
            yield name, "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        elif not name.endswith((".png", ".otf", ".ttf")):
            text = content.decode("utf-8")
            yield name, text
            if name.endswith((".json", ".ipynb")):
                yield name, json.dumps(json.loads(text), ensure_ascii=False)


def test_a_communes_bundle_holds_no_other_unit(project: Project, bundle: Path) -> None:
    registry = load_registry(project)
    above = {unit.code for unit in registry.above(OWN)}
    foreign = [unit for unit in registry.within(DISTRICT) if unit.code not in {OWN, *above}]
    assert len(foreign) > 15
    secrets = {text for unit in foreign for text in (unit.code, unit.name)}
    # A figure that another unit alone has: its identity, and values that are found nowhere in the commune's own.
    own = (project.outputs / "portal-dispatch" / PERIODS[1] / OWN / "indicators.json").read_text(encoding="utf-8")
    files = members(bundle.read_bytes())
    read = list(texts(files))
    assert {Path(name).suffix for name in files} >= {".html", ".js", ".json", ".pdf", ".docx", ".xlsx", ".ipynb"}
    for name, text in read:
        assert [secret for secret in secrets if secret in text] == [], name
    district = json.loads(
        (project.outputs / "portal-dispatch" / PERIODS[1] / DISTRICT / "indicators.json").read_bytes()
    )
    counts = {record["value"] for record in district.values() if isinstance(record["value"], int)}
    big = {str(count) for count in counts if count > 400 and str(count) not in own}
    assert big
    data = [text for name, text in read if name.endswith((".js", "indicators.json")) or "/don-vi/" in name]
    assert [count for count in big for text in data if f":{count}," in text or f",{count}," in text] == []


def test_a_bundle_is_the_same_every_time_and_lists_its_hashes(project: Project, bundle: Path, tmp_path: Path) -> None:
    done = call(
        project.root, "site", "bundle", "--for", OWN, "--period", ",".join(PERIODS), "--out", str(tmp_path / "again")
    )
    assert done.returncode == 0, done.stderr
    assert next((tmp_path / "again").iterdir()).read_bytes() == bundle.read_bytes()
    assert [path.name for path in (tmp_path / "again").iterdir()] == [bundle.name]
    files = {name.partition("/")[2]: content for name, content in members(bundle.read_bytes()).items()}
    lines = [line.split("  ") for line in files.pop("SHA256SUMS").decode().splitlines()]
    listed = {name: told for told, name in lines}
    assert listed == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    with zipfile.ZipFile(bundle) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_site_of_all_outputs(project: Project) -> None:
    done = call(project.root, "site", "build", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["documents"] == 3 and told["left_out"] == []
    site = Path(told["folder"])
    assert site == project.outputs / "site"
    outputs = project.outputs / "portal-dispatch" / PERIODS[1] / DISTRICT
    for path in outputs.iterdir():
        assert (
            site / "van-ban" / "portal-dispatch" / PERIODS[1] / DISTRICT / path.name
        ).read_bytes() == path.read_bytes()
    page = BeautifulSoup((site / "don-vi" / f"{OWN}.html").read_text(encoding="utf-8"), "html.parser")
    row = page.select_one("#trong-van-ban-khac ~ ul a")
    assert row is not None
    target, _, anchor = str(row["href"]).partition("#")
    document = BeautifulSoup((site / "don-vi" / target).resolve().read_text(encoding="utf-8"), "html.parser")
    cell = document.find(id=anchor)
    assert cell is not None
    assert cell["data-indicator"] == f"received_total@{OWN}"
    assert "UBND Xã Quài Tở" in cell.find_parent("tr").get_text()  # type: ignore[union-attr]
    issued = (site / "ban-hanh.html").read_text(encoding="utf-8")
    assert "9/UBND-VP" in issued and "06/01/2020" in issued
    again = call(project.root, "site", "build")
    assert f"0 of {told['files']} files written" in again.stdout


def test_the_command_says_what_it_leaves_out_and_refuses_what_it_cannot(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project.root)
    (project.outputs / "la.txt").write_text("x", encoding="utf-8")
    try:
        done = call(project.root, "site", "build")
        assert done.returncode == 0 and "left out: la.txt: is nothing a run makes" in done.stderr
    finally:
        (project.outputs / "la.txt").unlink()
    for arguments, word in (
        (("build", "--for", "tuan-giao.quai"), "unknown unit"),
        (("build", "--out", str(project.params)), "something else than a site"),
        (("bundle", "--for", OWN, "--period", "1999-Q1", "--out", str(tmp_path)), "no document"),
        (("bundle", "--for", OWN, "--period", "quý hai", "--out", str(tmp_path)), "unknown period"),
        (("serve", "--dir", str(tmp_path)), "baocao site build"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(["site", *arguments])
        assert ended.value.code == 2 and word in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_no_outputs_at_all(project: Project, tmp_path: Path) -> None:
    done = call(project.root, "site", "build", env={"BAOCAO_OUTPUTS": str(tmp_path / "none")})
    assert done.returncode == 0 and (tmp_path / "none" / "site" / "index.html").is_file()


def test_a_site_is_built_without_engines() -> None:
    """They take longer to import than one more report takes to be put in."""
    heavy = {"duckdb", "deltalake", "pandas", "great_expectations", "nbconvert", "matplotlib", "typst"}
    code = f"import sys, baocao.site.build; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
