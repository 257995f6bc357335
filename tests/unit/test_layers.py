"""A module imports only from those above it in the flow; data never imports presentation."""

import ast
from pathlib import Path

import baocao

ROOT = Path(baocao.__file__).parent
#: The way a number takes, top to bottom.
FLOW = (
    {"errors", "light_imports"},
    {"locale"},
    {"project"},
    {"units", "fields", "periods"},
    {"reports", "texts"},
    {"intake"},
    {"samples"},
    {"store"},
    {"indicators"},
    {"checks"},
    {"forms"},
    {"document"},
    {"export"},
    {"collect"},
    {"notebook"},
    {"provenance"},
    {"run"},
    {"desk", "office_project", "site"},
    {"cli"},
)
RANK = {name: place for place, names in enumerate(FLOW) for name in names}


def test_imports_follow_the_flow() -> None:
    wrong = []
    for path in ROOT.rglob("*.py"):
        here = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if here.startswith("__"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("baocao."):
                there = str(node.module).split(".")[1]
                if RANK[there] > RANK[here]:
                    wrong.append(f"{path.relative_to(ROOT)} imports {node.module}")
    assert wrong == []


def test_no_module_is_two_ideas() -> None:
    long = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in ROOT.rglob("*.py")}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}
