"""Where a project is, its YAML with messages that name file, line and key, and what `source.yaml` says of files."""

from datetime import date
from pathlib import Path

import pytest

from baocao.errors import BaocaoError, ConfigurationError, InputError, one_of
from baocao.intake.source import Stated, find_sources
from baocao.project import Project, StrictModel, find_project, read_model, read_yaml

DATASET = "one-stop-summary"


class Office(StrictModel):
    name: str
    staff: int = 0
    founded: date | None = None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "office.yaml"


def test_the_settings_of_the_samples(shared_project: Project) -> None:
    assert shared_project.settings.profile == "as-printed"
    assert shared_project.settings.calendar == "nd-09-2019"


def test_a_model_is_read_with_its_types(path: Path) -> None:
    path.write_text("name: Trường Thi\nstaff: 12\nfounded: 1994-08-16\n", encoding="utf-8")
    assert read_model(path, Office) == Office(name="Trường Thi", staff=12, founded=date(1994, 8, 16))


def test_a_byte_order_mark_does_not_matter(path: Path) -> None:
    path.write_text("name: Uông Bí\n", encoding="utf-8-sig")
    assert read_yaml(path) == {"name": "Uông Bí"}


@pytest.mark.parametrize("text", ["name: a\nstaff: 1\nname: b\n", "staff: 1\n\nname: {x: 1, y: 2, x: 3}\n"])
def test_a_key_twice_is_refused_with_its_line(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"office\.yaml, line 3: key “(name|x)” stands twice; remove one"):
        read_yaml(path)


def test_the_same_key_in_two_mappings_is_no_repetition(path: Path) -> None:
    path.write_text("a: {x: 1}\nb: {x: 2}\n", encoding="utf-8")
    assert read_yaml(path) == {"a": {"x": 1}, "b": {"x": 2}}


def test_an_unknown_key_is_refused_and_shown(path: Path) -> None:
    path.write_text("name: a\nstaf: 3\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"office\.yaml: staf: Extra inputs are not permitted, found 3"):
        read_model(path, Office)


def test_every_wrong_key_is_named_at_once(path: Path) -> None:
    path.write_text("staff: many\nfounded: soon\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as info:
        read_model(path, Office)
    lines = str(info.value).splitlines()
    assert [line.split(": ")[1] for line in lines] == ["name", "staff", "founded"]
    assert "found 'many'" in lines[1]


def test_an_empty_file_is_refused(path: Path) -> None:
    path.write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"office\.yaml: \(top level\): "):
        read_model(path, Office)


def test_a_missing_file_is_named(path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"office\.yaml: the file is missing"):
        read_yaml(path)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1258"])
def test_a_file_that_is_not_utf_8_is_refused(path: Path, encoding: str) -> None:
    path.write_bytes("name: Â\n".encode(encoding))
    with pytest.raises(ConfigurationError, match=r"office\.yaml: not UTF-8 .*; save it as UTF-8"):
        read_yaml(path)


@pytest.mark.parametrize(
    "text",
    [
        "name: [a\n",
        "a: b: c\n",
        "x: !!python/name:os.system\n",
        "a: 1\n---\nb: 2\n",
        "name: \x07\n",
        "founded: 2020-02-30\n",
        "? [a, b]\n: c\n",
    ],
    ids=[
        "open bracket",
        "two colons",
        "python tag",
        "two documents",
        "control character",
        "no such day",
        "list as key",
    ],
)
def test_what_is_not_plain_yaml_is_refused_by_file(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"office\.yaml"):
        read_yaml(path)


def test_wrong_settings_name_the_file(project: Project) -> None:
    (project.params / "project.yaml").write_text("name: x\ncalendar: civil\nprofile: lax\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"project\.yaml: profile: .*'strict' or 'as-printed', found 'lax'"):
        _ = Project(project.root).settings


def test_a_project_is_found_from_any_folder_below_it(project: Project, sample: Path) -> None:
    assert find_project(sample).root == project.root.resolve()
    assert find_project(project.root).root == project.root.resolve()


def test_a_project_is_found_from_the_working_folder(
    project: Project, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sample)
    assert find_project().root == project.root.resolve()


def test_the_environment_names_the_project_a_command_runs_in(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BAOCAO_PROJECT", str(project.root))
    assert find_project().root == project.root.resolve()


def test_outside_a_project_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no baocao project at .*params/project\.yaml.*set BAOCAO_PROJECT"):
        find_project(tmp_path)


def test_store_and_outputs_lie_in_the_project(project: Project) -> None:
    assert (project.store, project.outputs) == (project.root / "data" / "store", project.root / "outputs")


def test_the_environment_moves_store_and_outputs(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAOCAO_STORE", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("BAOCAO_OUTPUTS", str(tmp_path / "reports"))
    assert (project.store, project.outputs) == (tmp_path / "elsewhere", tmp_path / "reports")


def test_a_relative_store_counts_from_the_working_folder(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BAOCAO_STORE", "elsewhere")
    assert project.store == tmp_path / "elsewhere"


def test_paths_are_shown_from_the_project_on(project: Project, tmp_path: Path) -> None:
    assert project.relative(project.params / "units" / "a.csv") == "params/units/a.csv"
    assert project.relative(tmp_path / "a.csv") == str(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("distict", "unknown level “distict”; did you mean “district”?"),
        ("xyz", "unknown level “xyz”; known: commune, district, province"),
    ],
)
def test_an_unknown_name_gets_the_nearest_or_all(name: str, message: str) -> None:
    assert one_of("level", name, ["province", "district", "commune"]) == message


def test_a_long_list_of_known_names_is_cut() -> None:
    assert one_of("unit", "xyz", (f"u{number:02d}" for number in range(20))).endswith("u10, u11 …")


def test_wrong_configuration_and_wrong_data_end_differently() -> None:
    """Exit codes of the command line."""
    assert (ConfigurationError("").exit_code, InputError("").exit_code) == (2, 1)
    assert issubclass(ConfigurationError, BaocaoError)


def test_a_folder_is_read_as_its_sidecar_describes_it(project: Project, sample: Path) -> None:
    sources = find_sources(project, DATASET, [sample])
    assert [(source.path.name, source.table) for source in sources] == [
        ("bieu_1_by_field.csv", "Biểu 1"),
        ("bieu_2_by_unit.csv", "Biểu 2"),
        ("bieu_3_by_procedure.csv", "Biểu 3"),
    ]
    first = sources[0]
    assert (first.reporter, first.from_date, first.to_date) == ("tuan-giao", date(2020, 1, 1), date(2020, 4, 1))
    assert (first.source, first.authority, first.blank_means) == ("dien-bien-portal", "own", "zero")


def test_a_file_named_alone_keeps_what_the_sidecar_says_of_it(project: Project, sample: Path) -> None:
    assert (
        find_sources(project, DATASET, [sample / "bieu_2_by_unit.csv"]) == find_sources(project, DATASET, [sample])[1:2]
    )


def test_options_win_over_the_sidecar(project: Project, sample: Path) -> None:
    options = {"unit": "dien-bien", "from_date": date(2020, 1, 5), "map": "other"}
    (source, *_) = find_sources(project, DATASET, [sample], Stated(**options))
    assert (source.reporter, source.from_date, source.to_date) == ("dien-bien", date(2020, 1, 5), date(2020, 4, 1))
    assert (source.map, source.table) == ("other", "Biểu 1")


def test_another_period_does_not_keep_the_dates_of_the_sidecar(project: Project, sample: Path) -> None:
    (source, *_) = find_sources(project, DATASET, [sample], Stated(period="2020-Q2"))
    assert (source.from_date, source.to_date) == (date(2020, 3, 15), date(2020, 6, 14))


def test_a_file_without_sidecar_is_described_by_options(project: Project) -> None:
    path = project.root / "quý 2.csv"
    (source,) = find_sources(project, DATASET, [path], Stated(unit="tuan-giao", period="2020-Q2"))
    assert (source.reporter, source.table, source.source) == ("tuan-giao", "quý 2", "office")
    assert (source.from_date, source.to_date, source.blank_means) == (date(2020, 3, 15), date(2020, 6, 14), "unknown")


@pytest.mark.parametrize("options", [{}, {"unit": "tuan-giao"}, {"period": "2020-Q1"}])
def test_a_file_without_sidecar_needs_unit_and_period(project: Project, options: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=r"t\.csv: not described by a source\.yaml; .*--unit CODE --period ID"):
        find_sources(project, DATASET, [project.root / "t.csv"], Stated(**options))


def test_a_file_its_sidecar_does_not_list_needs_unit_and_period(project: Project, sample: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"bieu_4_late_rates\.csv: not described"):
        find_sources(project, DATASET, [sample / "bieu_4_late_rates.csv"])


def test_a_folder_without_sidecar_is_refused(project: Project) -> None:
    with pytest.raises(ConfigurationError, match=r"params: the folder has no source\.yaml; name the files themselves"):
        find_sources(project, DATASET, [project.params], Stated(unit="tuan-giao", period="2020-Q1"))


def test_a_dataset_the_sidecar_does_not_list_is_refused(project: Project, sample: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"2020q1/source\.yaml: lists no file of dataset “dossiers”"):
        find_sources(project, "dossiers", [sample])


def test_a_misspelt_dataset_names_the_nearest(project: Project, sample: Path) -> None:
    sidecar = sample / "source.yaml"
    text = sidecar.read_text(encoding="utf-8")
    sidecar.write_text(text.replace("dataset: one-stop-summary", "dataset: one-stop-sumary", 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="unknown dataset “one-stop-sumary”; did you mean “one-stop-summary”"):
        find_sources(project, DATASET, [sample])
