"""What the repository promises about itself: same packages everywhere, clean notebooks, no addresses, whole fonts."""

import ast
import json
import re
import string
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from fontTools.ttLib import TTFont

from baocao.document import fonts
from baocao.document.narrative import digit_literals
from baocao.document.outlines import load_outlines
from baocao.project import Project
from tests.conftest import ROOT

#: Notebooks of reports; `start.ipynb` only opens the desk.
START = ROOT / "notebooks" / "start.ipynb"
NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").glob("*.ipynb") if path != START)
#: conda-forge's names where they differ from the package index's.
CONDA_NAMES = {"duckdb": "python-duckdb", "typst": "typst-py"}


def tracked_files() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_environment_yml_equals_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.match(r"[a-z0-9-]+", text)[0]: text for text in project["dependencies"]}  # type: ignore[index]
    expected = {f"python {project['requires-python']}", "pip"} | {
        f"{CONDA_NAMES.get(name, name)} {text.removeprefix(name)}" for name, text in wanted.items()
    }
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    assert {entry for entry in listed if isinstance(entry, str)} == expected


def test_lock_has_one_version_and_hashes_for_every_package() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text.strip())
    names = [re.match(r"[a-z0-9._-]+", entry)[0] for entry in entries]  # type: ignore[index]
    assert len(names) > 100
    assert len(names) == len(set(names))  # no second version for another Python or system
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text and "--index" not in text and "--find-links" not in text


def test_lock_covers_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    assert {re.match(r"[a-z0-9-]+", text)[0] for text in wanted} <= locked  # type: ignore[index]


def test_every_make_target_has_its_help_line() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", text, re.M)
    assert set(phony.split()) == set(re.findall(r"^([a-z-]+):.*## ", text, re.M))
    assert {"help", "setup", "demo", "test", "lab", "check", "lint", "bench", "clean"} <= set(phony.split())


def test_ci_calls_the_test_command_of_the_readme() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_no_text_file_names_a_package_registry() -> None:
    hosts = re.compile(r"pypi\.org|pythonhosted|npmjs|anaconda\.(org|com)", re.I)
    here = Path(__file__)
    for path in tracked_files():
        if path.suffix not in (".ttf", ".xlsx", ".png") and path != here:
            assert not hosts.search(path.read_text(encoding="utf-8")), path


def code_cells(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            yield cell["id"], "".join(cell["source"]), cell["metadata"].get("tags", [])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path: Path) -> None:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        assert not cell.get("outputs") and cell.get("execution_count") is None
    assert sum("parameters" in tags for _, _, tags in code_cells(path)) == 1


def test_the_start_notebook_is_one_cell_without_outputs() -> None:
    ((_, source, _),) = code_cells(START)
    assert source.splitlines()[-1] == "open_desk()"
    assert '"outputs": []' in START.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_figure_is_typed_in_a_notebook(path: Path) -> None:
    """Sentences hold no digit outside citations; code holds none at all but in the parameters cell."""
    narratives = 0
    outlined = False  # its sentences stand in outlines then
    for name, source, tags in code_cells(path):
        outlined |= "report.outline()" in source
        if source.startswith("%%narrative"):
            narratives += 1
            assert digit_literals(source.split("\n", 1)[1]) == [], name
        elif "parameters" not in tags:
            constants = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
            assert not [value for value in constants if isinstance(value, int | float) and not isinstance(value, bool)]
            assert not [value for value in constants if isinstance(value, str) and re.search(r"\d", value)], name
    assert outlined or narratives >= 2


def test_no_figure_is_typed_in_an_outline(shared_project: Project) -> None:
    for outline in load_outlines(shared_project).values():
        templates = [outline.abstract, outline.opening, outline.closing]
        for section in outline.walk():
            templates += [section.heading, section.text]
        assert [digits for template in templates for digits in digit_literals(template)] == [], outline.id


def test_fonts_hold_every_character_of_vietnamese() -> None:
    letters = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
    vowels = "aăâeêioôơuưy"
    tones = "\u0300\u0309\u0303\u0301\u0323"
    import unicodedata

    toned = {unicodedata.normalize("NFC", vowel + tone) for vowel in vowels for tone in tones}
    needed = {*letters, *toned, *string.printable[:95], *"–—…“”‘’≥≤×−•°₫½§«»·"}
    needed |= {character.upper() for character in needed}
    needed |= {character for character in "".join(_reader_texts()) if character.isprintable()}
    assert len(fonts.font_files()) == 4
    for path in fonts.font_files():
        with TTFont(path) as font:
            assert sorted(character for character in needed if ord(character) not in font.getBestCmap()) == [], path
            assert str(font["name"].getDebugName(5)).startswith("Version 2.1")
    assert "SIL OPEN FONT LICENSE" in (fonts.FOLDER / "OFL.txt").read_text(encoding="utf-8")


def _reader_texts() -> Iterator[str]:
    """What the reports print: names, labels, sentences, sample tables."""
    for pattern in ("params/**/*.yaml", "params/**/*.csv", "expectations/*.yaml", "data/samples/*/*.csv"):
        for path in ROOT.glob(pattern):
            yield path.read_text(encoding="utf-8")
    for path in NOTEBOOKS:
        yield from (source for _, source, _ in code_cells(path))


def test_parameters_cell_shows_the_declared_defaults() -> None:
    """What a person sees in JupyterLab is what a run without -p does."""
    for path in sorted((ROOT / "params" / "reports").glob("*.yaml")):
        report = yaml.safe_load(path.read_text(encoding="utf-8"))
        cells = code_cells(ROOT / "notebooks" / report["notebook"])
        (source,) = (source for _, source, tags in cells if "parameters" in tags)
        shown: dict[str, object] = {}
        exec(source, shown)  # noqa: S102 -- our own notebook
        declared = {name: parameter["default"] for name, parameter in report["parameters"].items()}
        assert declared.items() <= shown.items()
        assert {"unit", "period", "from_date", "to_date", "as_of", "draft"} <= shown.keys()
