"""Registers as data: what a definition may say, and how a wrong one is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from baocao.errors import ConfigurationError
from baocao.intake.register import load_register, load_registers, register_ids
from baocao.project import Project

Edit = Callable[[Path, str, str], None]
BOOKS = """\
id: books
name: Sổ sách
source: thử nghiệm
key: [title]
columns:
  - {name: title, headings: [Tên sách], required: true}
  - {name: kind, headings: [Loại], type: choice, choices: {old: [Cũ], new: [Mới]}}
  - {name: copies, headings: [Số bản], type: integer}
"""


@pytest.fixture
def books(project: Project) -> Path:
    path = project.params / "registers" / "books.yaml"
    path.write_text(BOOKS, encoding="utf-8")
    return path


def test_every_register_of_the_project_loads(project: Project) -> None:
    registers = load_registers(project)
    asked = "documents plans tasks inspections proposals procedures interlevel-procedures staff surveys propaganda"
    assert {*asked.split(), "statistics"} <= registers.keys()
    assert registers["interlevel-procedures"].table == "register_interlevel_procedures"
    assert all(definition.name and definition.source for definition in registers.values())
    assert [name for name, definition in registers.items() if definition.unique] == ["statistics"]


def test_registers_have_the_columns_reports_count_on(project: Project) -> None:
    wanted = {
        "documents": "type number issuer date summary role cited_in date_variants",
        "plans": "name document_number document_date tasks_planned tasks_done done_pct note",
        "tasks": "task assigned_by document_number deadline done_date state",
        "procedures": "code field subfield name level received received_online postal_return postal_results valid_from "
        "valid_to",
        "interlevel-procedures": "annex linkage group name lead_agency receiving_point coordinating_agencies",
        "staff": "body position assigned present",
        "statistics": "indicator value note",
    }
    for name, columns in wanted.items():
        assert {*columns.split()} <= {column.name for column in load_register(project, name).columns}, name
    levels = load_register(project, "procedures").column("level").choices
    assert list(levels) == ["2", "3", "4", "partial", "full"]
    assert list(load_register(project, "documents").column("role").choices) == ["issued", "continued", "cited"]


def test_a_new_register_is_its_file_alone(project: Project, books: Path) -> None:
    definition = load_register(project, "books")
    assert (definition.id in register_ids(project), definition.table) == (True, "register_books")
    assert definition.schema.field("copies").type == "int64"
    assert definition.column_map.columns["title"] == ["title", "Tên sách"]
    assert definition.column_map.file == "params/registers/books.yaml"


def test_an_unknown_register_names_the_nearest(project: Project) -> None:
    with pytest.raises(ConfigurationError, match="unknown register “documant”; did you mean “documents”"):
        load_register(project, "documant")


def test_an_unknown_column_names_the_nearest(project: Project, books: Path) -> None:
    with pytest.raises(ConfigurationError, match="books: unknown column “titel”; did you mean “title”"):
        load_register(project, "books").column("titel")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: Sổ sách", "nam: Sổ sách", "nam: Extra inputs are not permitted"),
        ("key: [title]", "key: [titel]", "key: Value error, unknown column “titel”; did you mean “title”"),
        ("type: integer", "type: intger", "unknown type “intger”; did you mean “integer”"),
        ("type: choice", "type: text", "choices are given for the type choice, and for no other"),
        (", choices: {old: [Cũ], new: [Mới]}", "", "choices are given for the type choice, and for no other"),
        ("new: [Mới]", "new: [cũ]", "the word “cũ” stands twice"),
        ("headings: [Số bản]", "headings: [LOẠI]", "the heading “LOẠI” stands twice"),
        ("name: copies", "name: kind", "the column “kind” stands twice"),
        ("name: copies", "name: soBan", "expected English snake_case"),
        ("name: copies", "name: reporter", "“reporter” is a column every register has"),
        ("id: books", "id: book", "id: found “book”, expected the file's name, books"),
        ("id: books", "id: dossiers", "not the name of another dataset"),
        ("key: [title]", "key: [kind]\nunique: true", "unique needs a key whose columns are all required"),
        ("key: [title]", "key: []\nunique: true", "unknown column “”"),
    ],
)
def test_a_wrong_definition_is_refused_where_it_is_wrong(
    project: Project, books: Path, edit: Edit, old: str, new: str, said: str
) -> None:
    edit(books, old, new)
    with pytest.raises(ConfigurationError) as info:
        load_register(project, "books")
    assert said in str(info.value)
    assert "books.yaml" in str(info.value) or "unknown column" in said
