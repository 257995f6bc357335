"""An office's own project: made by an installed package, run, left alone by a newer one that says what it changed."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import baocao
from baocao.office_project.templates import sample_files, starter_files, template_files
from tests.conftest import ROOT
from tests.integration.conftest import call

FORM = """\
id: tom-tat
label: Biểu tóm tắt
title: Kết quả giải quyết hồ sơ của phường
dataset: one-stop-summary
legal_source: Mẫu của UBND phường Mới
rows: {each: unit}
columns:
  - {label: Đơn vị, value: name}
  - {label: Tổng số hồ sơ, value: received_total}
  - {label: Đã giải quyết, value: resolved_total}
"""
SOURCE = """\
source: mot-cua
name: Hệ thống một cửa
origin: Biểu 2 do bộ phận một cửa xuất
unit: phuong-moi
period: 2026-Q1
files: [{file: bieu.csv, dataset: one-stop-summary, table: Biểu 2}]
"""
TABLE = """\
đơn vị,received_online,received_direct,carried_over,resolved_on_time,resolved_late,pending_in_time,pending_overdue
UBND phường Mới,7,3,2,9,1,2,0
"""
RUN = ("run", "portal-dispatch", "--unit", "phuong-moi", "--period", "2026-Q1", "--formats", "html")
OUTPUT = Path("outputs") / "portal-dispatch" / "2026-Q1" / "phuong-moi"
Edit = Callable[[Path, str, str], None]


@dataclass(frozen=True)
class Package:
    """A wheel built from a copy of the repository, and the folder it is installed in."""

    wheel: Path
    folder: Path

    def call(self, project: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """`baocao …` of this package."""
        return call(project, *arguments, env={"PYTHONPATH": str(self.folder)})


def copy_sources(target: Path) -> Path:
    skip = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("lib", "params", "expectations", "notebooks", "data/samples"):
        shutil.copytree(ROOT / name, target / name, ignore=skip)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, target / name)
    return target


def build(sources: Path, target: Path) -> Package:
    """The wheel of these sources, installed in a folder of its own; nothing is fetched."""
    builder = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target / "dist")]
    subprocess.run(builder, cwd=sources, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": ""})
    (wheel,) = (target / "dist").glob("*.whl")
    options = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check", "--no-compile"]
    installer = [sys.executable, "-m", "pip", "install", *options, "--target", str(target / "site"), str(wheel)]
    subprocess.run(installer, check=True, capture_output=True)
    return Package(wheel, target / "site")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_sources(tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def package(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Package:
    return build(sources, tmp_path_factory.mktemp("package"))


def build_newer(sources: Path, root: Path, edit: Edit) -> Package:
    """A later version, with a form and a notebook that changed and a form under another name."""
    newer = root / "newer"
    shutil.copytree(sources, newer)
    edit(newer / "pyproject.toml", f'version = "{baocao.__version__}"', 'version = "99.0"')
    edit(newer / "lib" / "baocao" / "__init__.py", f'"{baocao.__version__}"', '"99.0"')
    edit(newer / "params" / "forms" / "one-stop-by-unit.yaml", "id: one-stop-by-unit", "# Sửa\nid: one-stop-by-unit")
    edit(newer / "notebooks" / "portal_dispatch.ipynb", "## Phụ lục", "## Các phụ lục")
    (newer / "params" / "forms" / "uong-bi-plans.yaml").rename(newer / "params" / "forms" / "uong-bi-ke-hoach.yaml")
    return build(newer, root / "upgraded")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def states(done: "subprocess.CompletedProcess[str]") -> dict[str, str]:
    assert done.returncode == 0, done.stderr
    return {change["file"]: change["state"] for change in json.loads(done.stdout)["changes"]}


def test_the_wheel_holds_what_init_copies_as_it_is_in_the_repository(package: Package) -> None:
    wanted = {**template_files(ROOT), **sample_files(ROOT)}
    assert {"notebooks/start.ipynb", "params/forms/one-stop-by-unit.yaml", "params/units/dien-bien.csv"} <= set(wanted)
    with zipfile.ZipFile(package.wheel) as wheel:
        held = {name: wheel.read(name) for name in wheel.namelist()}
    brought = {
        name.partition("/")[2]: content for name, content in held.items() if name.startswith("baocao_templates/")
    }
    assert brought == {name: path.read_bytes() for name, path in wanted.items()}
    assert {f"baocao/office_project/starter/{name.removeprefix('.')}" for name in starter_files()} <= set(held)
    assert not [name for name in held if "__pycache__" in name or name.startswith(("tests/", "docs/"))]


def test_an_office_of_its_own_and_a_newer_package(package: Package, sources: Path, tmp_path: Path, edit: Edit) -> None:
    office = tmp_path / "bao-cao"
    office.mkdir()
    done = package.call(office, "init", ".", "--json")
    assert done.returncode == 0, done.stderr
    assert {*json.loads(done.stdout)["files"], "baocao.lock.json"} == set(contents(office))
    assert package.call(office, "list", "units").stdout.split()[0] == "don-vi-mau"
    assert f"baocao=={baocao.__version__}\n" in (office / "requirements.txt").read_text(encoding="utf-8")

    with (office / "params" / "units" / "don-vi.csv").open("a", encoding="utf-8") as units:
        units.write("phuong-moi,UBND phường Mới,Mới,commune,phuong,,,,,\n")
    (office / "params" / "forms" / "tom-tat.yaml").write_text(FORM, encoding="utf-8")
    notebook = office / "notebooks" / "portal_dispatch.ipynb"
    edit(notebook, r"report.annex(\"one-stop-by-field\")", r"report.annex(\"tom-tat\")")
    edit(notebook, r"annexes = [\"one-stop-by-field\"", r"annexes = [\"tom-tat\"")
    delivery = office / "data" / "phuong-moi" / "2026-Q1"
    delivery.mkdir(parents=True)
    (delivery / "source.yaml").write_text(SOURCE, encoding="utf-8")
    (delivery / "bieu.csv").write_text(TABLE, encoding="utf-8")
    done = package.call(office, "ingest", "one-stop-summary", str(delivery))
    assert done.returncode == 0, done.stderr
    done = package.call(office, *RUN)
    assert done.returncode == 0, done.stderr
    page = (office / OUTPUT / "report.html").read_text(encoding="utf-8")
    assert "Biểu tóm tắt" in page and "UBND phường Mới" in page

    newer = build_newer(sources, tmp_path, edit)
    before = contents(office)
    done = newer.call(office, "upgrade", "--json")
    assert contents(office) == before
    assert states(done) == {
        "notebooks/portal_dispatch.ipynb": "both",
        "params/forms/one-stop-by-unit.yaml": "changed",
        "params/forms/uong-bi-ke-hoach.yaml": "new",
        "params/forms/uong-bi-plans.yaml": "withdrawn",
    }
    told = json.loads(done.stdout)
    assert (told["made_with"], told["installed"]) == (baocao.__version__, "99.0")
    assert list(told["diffs"]) == ["notebooks/portal_dispatch.ipynb"]
    lines = told["diffs"]["notebooks/portal_dispatch.ipynb"].splitlines()
    assert "-## Phụ lục" in lines and "+## Các phụ lục" in lines and '-report.annex("tom-tat")' in lines
    shown = newer.call(office, "upgrade", "--diff").stdout
    assert "+# Sửa" in shown and "never overwritten" in shown

    done = newer.call(office, "upgrade", "--take", "params/forms/*", "--take", "notebooks/portal_dispatch.ipynb")
    assert done.returncode == 2 and "never overwritten" in done.stderr
    assert contents(office) == before
    done = newer.call(office, "upgrade", "--take", "params/forms/one-stop-by-unit.yaml", "--json")
    assert states(done).keys() & {"params/forms/one-stop-by-unit.yaml"} == set()
    changed = {name for name, content in contents(office).items() if before.get(name) != content}
    assert changed == {"params/forms/one-stop-by-unit.yaml", "baocao.lock.json"}
    done = newer.call(office, "upgrade", "--merged", "notebooks/portal_dispatch.ipynb", "--json")
    assert states(done)["notebooks/portal_dispatch.ipynb"] == "own"
    done = newer.call(office, *RUN)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((office / OUTPUT / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["code"]["version"] == "99.0"


@pytest.mark.full
@pytest.mark.skipif(shutil.which("make") is None or os.name == "nt", reason="make is not installed")
def test_its_makefile_sets_it_up_and_a_newer_wheel_over_it(
    package: Package, sources: Path, tmp_path: Path, edit: Edit
) -> None:
    """As its README says, with wheels of ours; what the package depends on is lent by this environment."""
    office = tmp_path / "bao-cao"
    assert package.call(tmp_path, "init", "bao-cao").returncode == 0
    lent = sysconfig.get_path("purelib")

    def make(target: str) -> str:
        command = ["make", target, f"PYTHON={sys.executable}"]
        # pip is not to see what is lent: the package under test is installed there, too.
        own = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PYTHONPATH": "" if target == "setup" else lent}
        done = subprocess.run(
            command,
            cwd=office,
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "make setup" in make("help")
    (office / "packages").mkdir()
    shutil.copy(package.wheel, office / "packages")
    make("setup")
    assert list((office / ".venv").glob("lib/*/site-packages/baocao/cli/main.py"))
    assert "nothing differs" in make("upgrade")
    assert "0 findings" in make("check")

    shutil.copy(build_newer(sources, tmp_path, edit).wheel, office / "packages")
    edit(office / "requirements.txt", f"baocao=={baocao.__version__}", "baocao==99.0")
    make("setup")
    told = make("upgrade")
    assert "installed is 99.0" in told and "params/forms/one-stop-by-unit.yaml" in told


def test_running_a_notebook_or_another_systems_line_ends_are_no_change(package: Package, tmp_path: Path) -> None:
    office = tmp_path / "office"
    assert package.call(tmp_path, "init", "office").returncode == 0
    path = office / "notebooks" / "start.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][1] |= {
        "execution_count": 3,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}],
    }
    path.write_text(json.dumps(notebook), encoding="utf-8")
    form = office / "params" / "forms" / "ii-06a.yaml"
    form.write_bytes(form.read_bytes().replace(b"\n", b"\r\n"))
    assert "nothing differs" in package.call(office, "upgrade").stdout
    form.unlink()
    done = package.call(office, "upgrade", "--take", "params/forms/ii-06a.yaml", "--json")
    assert states(done) == {}
    assert form.read_bytes() == (ROOT / "params" / "forms" / "ii-06a.yaml").read_bytes()


def test_with_samples_the_sample_offices_are_there(package: Package, tmp_path: Path) -> None:
    assert package.call(tmp_path, "init", "mau", "--with-samples").returncode == 0
    office = contents(tmp_path / "mau")
    samples = {name: path.read_bytes() for name, path in sample_files(ROOT).items()}
    assert samples.items() <= office.items()
    assert "params/units/don-vi.csv" in office
    units = package.call(tmp_path / "mau", "list", "units").stdout
    assert "don-vi-mau" in units and "tuan-giao" in units


def test_init_wants_an_empty_folder_it_can_write_to(tmp_path: Path) -> None:
    held = tmp_path / "held"
    held.mkdir()
    (held / "ghi-chu.txt").write_text("x", encoding="utf-8")
    done = call(tmp_path, "init", "held")
    assert done.returncode == 2 and "is not empty (ghi-chu.txt)" in done.stderr
    assert list(contents(held)) == ["ghi-chu.txt"]
    done = call(tmp_path, "init", "held/ghi-chu.txt")
    assert done.returncode == 2 and "is a file" in done.stderr
    done = call(tmp_path, "init", "held/ghi-chu.txt/office")
    assert done.returncode == 1 and "ghi-chu.txt" in done.stderr
    if Path("/proc").is_dir():
        done = call(tmp_path, "init", "/proc/office")
        assert done.returncode == 1 and "/proc/office" in done.stderr
    assert list(contents(tmp_path)) == ["held/ghi-chu.txt"]


def test_upgrade_wants_a_project_of_init(tmp_path: Path) -> None:
    assert call(tmp_path, "init", "office").returncode == 0
    office = tmp_path / "office"
    record = office / "baocao.lock.json"
    good = record.read_text(encoding="utf-8")
    record.write_text("{", encoding="utf-8")
    done = call(office, "upgrade")
    assert done.returncode == 2 and "cannot be read" in done.stderr
    record.write_text(good, encoding="utf-8")
    done = call(office, "upgrade", "--take", "params/forms/ii-6a.yaml")
    assert done.returncode == 2 and "unknown file to take" in done.stderr
    done = call(office, "upgrade", "--merged", "params/forms/ii-06a.yaml")
    assert done.returncode == 2 and "unknown file changed by both" in done.stderr
    record.unlink()
    done = call(office, "upgrade")
    assert done.returncode == 2 and "baocao init" in done.stderr
