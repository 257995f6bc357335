"""Samples: the printed tables come out of the dossiers again, and a country of any size is what it claims to be."""

import csv
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from baocao.cli.sample import command
from baocao.errors import BaocaoError, ConfigurationError, InputError
from baocao.intake import dossiers
from baocao.intake.source import Delivery, find_sources
from baocao.intake.vocabulary import load_vocabulary
from baocao.project import Project, read_model
from baocao.samples.country import COMMUNES, PROVINCES, FileFormat, sample_country, synthetic_country
from baocao.samples.delivery import prepare
from baocao.samples.dossier import DossierMaker
from baocao.samples.like import sample_like
from baocao.samples.printed import PENDING, RECEIVED, RESOLVED, Plan, plan_lines
from baocao.samples.procedures import ALL
from baocao.samples.stream import DossierStream
from baocao.units import Unit, UnitRegistry, load_registry
from tests.unit.one_stop_rows import row

NAME = "tuan-giao-2020q1"
FIRST, LAST = date(2020, 1, 1), date(2020, 4, 1)
DISTRICT = "UBND huyện Tuần Giáo"
FIGURES = (
    "received_online",
    "received_carried_over",
    "received_direct",
    "resolved_on_time",
    "resolved_late",
    "pending_in_time",
    "pending_overdue",
    "withdrawn",
    "returned",
)
REGISTRY = UnitRegistry(
    (Unit("d", "Huyện D", "D", "district", "huyen"), Unit("d.a", "Xã A", "A", "commune", "xa", parent="d"))
)


# -- counting again, knowing nothing of how the dossiers were made -----------------------------------------------------


class Listed(NamedTuple):
    """What the rules of counting look at."""

    received: date
    due: date | None
    finished: date | None
    channel: str
    status: str


def recount(listed: Iterable[Listed], first: date, last: date, inside: Collection[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for dossier in listed:
        if dossier.received < first:
            if dossier.finished is None or dossier.finished >= first:
                counts["carried_over"] += 1
        elif dossier.received <= last:
            channels = {"Trực tuyến": "online", "Trực tiếp": "direct", "Qua BCCI": "postal"}
            counts["received_" + channels[dossier.channel]] += 1
            counts["received_saturday"] += dossier.received.weekday() == 5
        closed = {"Rút hồ sơ": "withdrawn", "Trả lại hồ sơ": "returned"}.get(dossier.status)
        if dossier.finished is None:
            if dossier.status == "Yêu cầu bổ sung":
                counts["awaiting_supplement"] += 1
            else:
                overdue = dossier.due is not None and dossier.due < last
                counts["pending_overdue" if overdue else "pending_in_time"] += 1
        elif first <= dossier.finished <= last:
            if closed:
                counts[closed] += 1
            if closed is None or closed in inside:
                due = dossier.due or dossier.finished
                early, late = dossier.finished < due, dossier.finished > due
                counts["resolved_early" if early else "resolved_late" if late else "resolved_on_time"] += 1
    return +counts


def day(text: str) -> date | None:
    return datetime.strptime(text, "%d/%m/%Y").date() if text else None  # noqa: DTZ007 -- a day has no zone


def read_list(folder: Path) -> list[dict[str, str]]:
    with (folder / "dossiers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def listed(rows: Iterable[dict[str, str]]) -> list[Listed]:
    return [
        Listed(
            received,
            day(entry["Ngày hẹn trả"]),
            day(entry["Ngày kết thúc xử lý"]),
            entry["Hình thức tiếp nhận"],
            entry["Trạng thái"],
        )
        for entry in rows
        if (received := day(entry["Ngày tiếp nhận"]))
    ]


def printed(path: Path) -> Iterable[tuple[dict[str, str], Counter[str]]]:
    """Detail rows of a printed table, each with what it counts."""
    with path.open(encoding="utf-8", newline="") as file:
        for entry in csv.DictReader(file):
            if entry["row_type"] != "total":
                yield entry, +Counter({name: int(entry[name] or 0) for name in FIGURES})


def as_printed(counts: Counter[str]) -> Counter[str]:
    """Counts in the columns of the dispatch, which prints early and on time together."""
    told = counts.copy()
    told["resolved_on_time"] += told.pop("resolved_early", 0)
    told["received_carried_over"] = told.pop("carried_over", 0)
    told.pop("received_saturday", None)
    return +told


# -- the dispatch of Tuần Giáo -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def retold(shared_project: Project) -> Path:
    return sample_like(shared_project, NAME).folder


@pytest.mark.parametrize(
    ("table", "subject", "heading", "dossiers"),
    [
        ("bieu_2_by_unit.csv", "unit_name", "Đơn vị tiếp nhận", 873),
        ("bieu_1_by_field.csv", "field", "Lĩnh vực", 466),
        ("bieu_3_by_procedure.csv", "procedure", "Tên thủ tục hành chính", 466),
    ],
)
def test_the_printed_tables_come_out_again(
    retold: Path, sample: Path, table: str, subject: str, heading: str, dossiers: int
) -> None:
    expected = {entry[subject]: counts for entry, counts in printed(sample / table)}
    if subject == "unit_name":  # prints 11 received and 9 outcomes
        expected["UBND Xã Chiềng Đông"]["pending_in_time"] += 2
    groups: dict[str, list[dict[str, str]]] = {name: [] for name in expected}
    for entry in read_list(retold):
        if subject == "unit_name" or entry["Đơn vị tiếp nhận"] == DISTRICT:
            groups[entry[heading]].append(entry)
    assert sum(map(len, groups.values())) == dossiers
    assert {
        name: as_printed(recount(listed(group), FIRST, LAST, ("withdrawn", "returned")))
        for name, group in groups.items()
    } == expected


def test_early_and_on_time_both_occur_where_the_table_does_not_tell_them_apart(retold: Path) -> None:
    counts = recount(listed(read_list(retold)), FIRST, LAST, ("returned",))
    assert counts["resolved_early"] + counts["resolved_on_time"] == 690
    assert min(counts["resolved_early"], counts["resolved_on_time"]) > 200


def test_the_list_is_one_a_desk_could_have_kept(retold: Path) -> None:
    rows = read_list(retold)
    assert len({entry["Mã hồ sơ"] for entry in rows}) == len(rows)
    assert not [dossier for dossier in listed(rows) if dossier.received.weekday() > 4]
    for dossier in listed(rows):
        assert dossier.received <= (dossier.due or dossier.received)
        assert dossier.received <= (dossier.finished or LAST) <= LAST
    handed_over = [(day(entry["Ngày trả"]), day(entry["Ngày kết thúc xử lý"])) for entry in rows if entry["Ngày trả"]]
    assert all(finished and delivered and finished <= delivered <= LAST for delivered, finished in handed_over)
    assert len(handed_over) == sum(entry["Trạng thái"] == "Đã trả kết quả" for entry in rows)
    by_weekday = Counter(dossier.received.weekday() for dossier in listed(rows))
    assert by_weekday.most_common(1)[0][0] == 0


def test_the_list_is_described_as_the_tables_were(shared_project: Project, retold: Path, sample: Path) -> None:
    made, original = read_model(retold / "source.yaml", Delivery), read_model(sample / "source.yaml", Delivery)
    for name in ("source", "name", "unit", "period", "from_date", "to_date", "authority"):
        assert getattr(made, name) == getattr(original, name)
    assert "baocao sample --like tuan-giao-2020q1 --seed 1" in made.origin
    assert made.covers and made.covers.units == "code=tuan-giao or parent=tuan-giao"
    (source,) = find_sources(shared_project, dossiers.DATASET, [retold])
    assert (source.path.name, source.map, source.from_date, source.to_date) == (
        "dossiers.csv",
        "one-stop-list",
        FIRST,
        LAST,
    )


def test_words_of_the_list_are_words_of_the_project(shared_project: Project, retold: Path) -> None:
    texts = load_vocabulary(shared_project).texts
    registry = load_registry(shared_project)
    for entry in read_list(retold):
        assert entry["Hình thức tiếp nhận"].casefold() in texts["channel"]
        assert entry["Trạng thái"].casefold() in texts["status"]
        assert len(registry.named(entry["Đơn vị tiếp nhận"], "tuan-giao")) == 1


def test_the_same_seed_gives_the_same_bytes_and_another_the_same_counts(
    shared_project: Project, retold: Path, tmp_path: Path
) -> None:
    again = sample_like(shared_project, NAME, tmp_path / "again").folder
    other = sample_like(shared_project, NAME, tmp_path / "other", seed=2).folder
    for name in ("dossiers.csv", "source.yaml"):
        assert (again / name).read_bytes() == (retold / name).read_bytes()
        assert (other / name).read_bytes() != (retold / name).read_bytes()
    assert b"\r" not in (retold / "dossiers.csv").read_bytes()
    first, second = (
        as_printed(recount(listed(read_list(folder)), FIRST, LAST, ("returned",))) for folder in (retold, other)
    )
    assert first == second


# -- tables made up for one question each ------------------------------------------------------------------------------


def deliver(project: Project, units: str, source: str = "office") -> None:
    """A sample “made-up” of Tuần Giáo with one table by unit, its header being the first line of `units`."""
    folder = project.root / "data" / "samples" / "made-up"
    folder.mkdir()
    (folder / "units.csv").write_text(units, encoding="utf-8")
    (folder / "source.yaml").write_text(
        f"{{source: {source}, name: Một cửa, origin: Biểu thử, unit: tuan-giao, period: 2020-Q1, "
        "files: [{file: units.csv, dataset: one-stop-summary, table: Biểu}]}\n",
        encoding="utf-8",
    )


HEADER = (
    "unit_name,carried_over,received_online,received_direct,received_postal,resolved_early,resolved_on_time,"
    "resolved_late,pending_in_time,pending_overdue,awaiting_supplement,withdrawn,returned\n"
)


def test_every_column_and_channel_is_reproduced(project: Project) -> None:
    deliver(project, HEADER + "Ta Ma,3,10,20,5,9,8,7,6,3,1,2,2\nThị trấn,,,,,,,,,,,,\n")
    sample = sample_like(project, "made-up")
    assert sample.notes == []
    assert recount(listed(read_list(sample.folder)), FIRST, LAST, ()) == dict(
        zip(HEADER.strip().split(",")[1:], (3, 10, 20, 5, 9, 8, 7, 6, 3, 1, 2, 2), strict=True)
    )
    covers = read_model(sample.folder / "source.yaml", Delivery).covers
    assert covers and covers.units == "tuan-giao.ta-ma, tuan-giao.thi-tran"  # the others have no row


def test_outcomes_beyond_what_was_received_are_carried_over_and_said(project: Project) -> None:
    deliver(project, HEADER + "Ta Ma,1,,4,,,8,,,2,,,\n")
    sample = sample_like(project, "made-up")
    assert sample.notes == [
        "UBND Xã Ta Ma: prints 5 received and 10 outcomes (8 resolved, 2 pending); assumed that 5 were carried over"
    ]
    counts = recount(listed(read_list(sample.folder)), FIRST, LAST, ())
    assert counts == {"carried_over": 6, "received_direct": 4, "resolved_on_time": 8, "pending_overdue": 2}


def test_tables_without_a_dossier_or_over_a_few_days_are_refused(project: Project) -> None:
    deliver(project, HEADER + "Ta Ma,,,,,,,,,,,,\n")
    with pytest.raises(InputError, match="its tables count no dossier"):
        sample_like(project, "made-up")
    sidecar = project.root / "data" / "samples" / "made-up" / "source.yaml"
    text = sidecar.read_text(encoding="utf-8").replace("files:", "from: 2020-01-01, to: 2020-01-07, files:")
    sidecar.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="shorter than 14 days"):
        sample_like(project, "made-up")


OUTCOMES = (*RESOLVED, *PENDING, "awaiting_supplement", "withdrawn", "returned")
COUNTED = ("carried_over", *RECEIVED, *OUTCOMES)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries({name: st.integers(0, 4) for name in (*COUNTED, "received_saturday")}),
    st.sampled_from([(), ("returned",), ("returned", "withdrawn")]),
    st.booleans(),
    st.integers(14, 100),
    st.integers(0, 10**6),
)
def test_any_row_is_reproduced_but_for_what_is_said(
    figures: dict[str, Any], inside: tuple[str, ...], tells_early: bool, days: int, seed: int
) -> None:
    if not tells_early:
        figures["resolved_early"] = 0
    columns = ",".join(name for name in figures if tells_early or name != "resolved_early")
    plan = plan_lines([row("d.a", columns=columns, **figures)], REGISTRY, inside)
    last = FIRST + timedelta(days=days - 1)
    maker = DossierMaker(np.random.default_rng(seed), FIRST, last, inside, RECEIVED)
    made = [dossier for line in plan.lines for dossier in maker.make(line)]

    expected = Counter(figures)
    gap = sum(figures[name] for name in ("carried_over", *RECEIVED))
    gap -= sum(figures[name] for name in OUTCOMES if name not in inside)
    expected["pending_in_time" if gap > 0 else "carried_over"] += abs(gap)
    expected["received_saturday"] = min(figures["received_saturday"], sum(figures[name] for name in RECEIVED))
    room = sum(figures[name] for name in RESOLVED)
    for name in inside:
        expected[name] = min(figures[name], room)
        room -= expected[name]
    counts = recount((Listed(*entry.life, entry.channel, entry.status) for entry in made), FIRST, last, inside)
    if not tells_early:
        counts["resolved_on_time"] += counts.pop("resolved_early", 0)
    assert counts == +expected
    assert bool(plan.notes) == (expected != Counter(figures))
    for entry in made:
        received, due, finished = entry.life
        assert received.weekday() != 6
        assert received <= (due or received) and received <= (finished or received) <= last


def plan_of(*rows: dict[str, Any]) -> Plan:
    return plan_lines(rows, REGISTRY, ())


def test_a_field_gives_what_its_procedures_leave() -> None:
    figures = {"received_direct": 7, "resolved_on_time": 5, "pending_in_time": 2}
    part = {"received_direct": 4, "resolved_on_time": 3, "pending_in_time": 1}
    plan = plan_of(
        row("d", "unit", **figures),
        row("d", "field", field="Đất đai", **figures),
        row("d", "procedure", field="Đất đai", procedure="Tách thửa", **part),
    )
    assert plan.notes == []
    assert [(line.procedure.name, +line.counts) for line in plan.lines if line.procedure] == [
        ("Tách thửa", part),
        ("Thủ tục khác của lĩnh vực Đất đai", {name: figures[name] - part[name] for name in figures}),
    ]


def test_rows_that_contradict_each_other_are_said_and_the_finer_ones_made() -> None:
    plan = plan_of(
        row("d", "unit", received_direct=9, resolved_on_time=9, stated_received_total=10),
        row("d", "field", field="Đất đai", received_direct=3, resolved_on_time=3),
        row("d", "procedure", field="Đất đai", procedure="Tách thửa", received_direct=4, resolved_on_time=4),
    )
    assert sum(line.counts["received_direct"] for line in plan.lines) == 4
    assert plan.notes == [
        "Huyện D: Biểu 2 prints stated_received_total 10, its parts make 9; made 9",
        "Huyện D: Đất đai: Biểu 1 prints received_direct 3, its finer rows make 4; made 4",
        "Huyện D: Đất đai: Biểu 1 prints resolved_on_time 3, its finer rows make 4; made 4",
        "Huyện D: Biểu 2 prints received_direct 9, its finer rows make 4; made 4",
        "Huyện D: Biểu 2 prints resolved_on_time 9, its finer rows make 4; made 4",
    ]


def test_total_rows_are_never_made_and_other_figures_are_said_to_be_left_out() -> None:
    plan = plan_of(
        row("d.a", received_direct=2, resolved_on_time=2, results_postal=1),
        row("d", row_type="total", received_direct=2, resolved_on_time=2),
    )
    assert [line.unit for line in plan.lines] == ["d.a"]
    assert plan.notes == ["not reproduced, the list has no column for it: results_postal"]


def test_dossiers_that_would_be_made_twice_are_refused() -> None:
    with pytest.raises(InputError, match="Biểu 2 and Biểu 4 both have a row “Xã A”"):
        plan_of(row("d.a", received_direct=1), row("d.a", received_direct=1, table="Biểu 4"))
    with pytest.raises(InputError, match="the row of Huyện D contains the units below it"):
        plan_of(row("d", scope="area", received_direct=1), row("d.a", scope="area", received_direct=1))


# -- a country ---------------------------------------------------------------------------------------------------------


DOSSIERS = 20_000


@pytest.fixture(scope="module")
def country(shared_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_country(shared_project, DOSSIERS, out=tmp_path_factory.mktemp("country")).folder


@pytest.fixture(scope="module")
def national(country: Path) -> list[dict[str, Any]]:
    """The dossiers of the country."""
    rows = pa.parquet.read_table(country / "dossiers-000.parquet").to_pylist()
    return [dict(entry) for entry in rows]


def test_a_country_has_the_dossiers_asked_for_in_canonical_columns(country: Path) -> None:
    table = pa.parquet.read_table(country / "dossiers-000.parquet")
    assert table.num_rows == DOSSIERS
    assert all(dossiers.SCHEMA.field(name).type == table.schema.field(name).type for name in table.column_names)
    assert len(set(table.column("dossier").to_pylist())) == DOSSIERS


def test_the_days_of_a_country_follow_each_other(national: list[dict[str, Any]]) -> None:
    for entry in national:
        received, finished, delivered = (entry[name] for name in ("received_date", "finished_date", "result_date"))
        assert date(2024, 1, 1) <= received <= (finished or received) <= (delivered or date(2024, 12, 31))
        assert (delivered or received) <= date(2024, 12, 31)
        assert received <= (entry["due_date"] or received) and received.weekday() != 6
    weekdays = Counter(entry["received_date"].weekday() for entry in national)
    assert weekdays.most_common(1)[0][0] == 0 and 0 < weekdays[5] < weekdays[4] / 5


def test_the_shares_of_a_country_are_plausible(shared_project: Project, national: list[dict[str, Any]]) -> None:
    finished = [entry for entry in national if entry["finished_date"]]
    in_time = sum(entry["due_date"] is None or entry["finished_date"] <= entry["due_date"] for entry in finished)
    assert 0.93 < in_time / len(finished) < 0.95
    assert 0.58 < sum(entry["channel"] == "online" for entry in national) / len(national) < 0.62
    assert not [entry for entry in national if entry["paid_online"] and entry["channel"] != "online"]
    states = Counter(entry["status"] for entry in national)
    assert states.keys() <= load_vocabulary(shared_project).statuses.keys()
    assert 0.02 < (states["processing"] + states["received"]) / len(national) < 0.04
    for name in ("supplement", "withdrawn", "stopped"):
        assert 0.007 < states[name] / len(national) < 0.013
    assert {entry["channel"] for entry in national} == set(dossiers.CHANNELS)
    assert [entry for entry in national if entry["due_date"] is None]
    assert Counter(entry["procedure"] for entry in national).most_common(1)[0][1] > len(national) / 10


def test_its_units_can_be_taken_into_a_project(project: Project, country: Path) -> None:
    units = (country / "units.csv").read_bytes()
    for path in (project.params / "units").iterdir():
        path.unlink()
    (project.params / "units" / "country.csv").write_bytes(units)
    registry = load_registry(project)
    delivery = read_model(country / "source.yaml", Delivery)
    assert list(registry) == list(synthetic_country())
    assert Counter(unit.level for unit in registry) == {"province": PROVINCES, "commune": COMMUNES}
    assert delivery.covers and delivery.covers.units
    covered = {unit.code for unit in registry.select(delivery.covers.units)}
    table = pa.parquet.read_table(country / "dossiers-000.parquet", columns=["unit"])
    assert set(table.column("unit").to_pylist()) <= covered
    assert (delivery.unit, delivery.period) == (None, 2024)  # no one office stands above all


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_a_country_is_the_same_bytes_again(shared_project: Project, tmp_path: Path, file_format: FileFormat) -> None:
    first, again, other = (
        sample_country(shared_project, 2000, file_format=file_format, out=tmp_path / name, seed=seed).folder
        for name, seed in (("first", 1), ("again", 1), ("other", 2))
    )
    name = f"dossiers-000.{file_format}"
    assert (first / name).read_bytes() == (again / name).read_bytes() != (other / name).read_bytes()


def test_long_streams_come_in_tables_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baocao.samples.stream.ROWS_PER_TABLE", 100)
    tables = list(DossierStream(["a", "b"], 250, date(2024, 1, 1), date(2024, 3, 31), seed=1).tables())
    assert [table.num_rows for table in tables] == [100, 100, 50]
    joined = pa.concat_tables(table.cast(tables[0].schema) for table in tables)
    assert len(set(joined.column("dossier").to_pylist())) == 250
    received = joined.column("received_date").to_pylist()
    assert received == sorted(received)
    assert tables[0].column("procedure").to_pylist() != tables[1].column("procedure").to_pylist()


def test_units_of_the_project_can_receive_them(shared_project: Project, tmp_path: Path) -> None:
    first, last = date(2023, 5, 8), date(2023, 5, 20)
    sample = sample_country(
        shared_project, 500, units="parent=tuan-giao", first=first, last=last, file_format="csv", out=tmp_path
    )
    delivery = read_model(tmp_path / "source.yaml", Delivery)
    assert delivery.covers and delivery.covers.units == "parent=tuan-giao"
    assert (delivery.unit, delivery.period, delivery.from_date) == ("tuan-giao", 2023, first)
    assert sample.units_file is None and not (tmp_path / "units.csv").exists()
    with (tmp_path / "dossiers-000.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = {unit.code for unit in load_registry(shared_project).children("tuan-giao")}
    assert len(rows) == 500 and {entry["unit"] for entry in rows} <= known
    assert {date.fromisoformat(entry["received_date"]) for entry in rows} <= {
        first + timedelta(days=number) for number in range((last - first).days + 1)
    }


def test_codes_tell_all_procedures_apart() -> None:
    assert len({procedure.code for procedure in ALL}) == len(set(ALL)) == len(ALL)


# -- where samples are written, and the command ------------------------------------------------------------------------


def test_an_earlier_sample_is_replaced_and_nothing_else(shared_project: Project, tmp_path: Path) -> None:
    sample_country(shared_project, 100, file_format="csv", out=tmp_path)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    sample_country(shared_project, 100, out=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "dossiers-000.parquet",
        "notes.txt",
        "source.yaml",
        "units.csv",
    ]


def test_a_delivery_of_somebody_else_is_not_written_over(sample: Path) -> None:
    before = (sample / "source.yaml").read_bytes()
    with pytest.raises(ConfigurationError, match="choose another folder with --out"):
        prepare(sample)
    assert (sample / "source.yaml").read_bytes() == before


def test_the_command_says_what_was_written_assumed_and_comes_next(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    done = CliRunner().invoke(command, ["--like", NAME])
    assert done.output.splitlines() == [
        "note: UBND Xã Chiềng Đông: prints 11 received and 9 outcomes (0 resolved, 9 pending); "
        "assumed that 2 are still open within their term",
        f"written: data/generated/{NAME}/dossiers.csv",
        f"written: data/generated/{NAME}/source.yaml",
        "873 dossiers, none of them real",
        f"next: baocao ingest dossiers data/generated/{NAME}",
    ]
    done = CliRunner().invoke(command, ["--dossiers", "10", "--to", "30/6/2023"])
    assert "first copy data/generated/country/units.csv to params/units/sample-country.csv" in done.output
    assert "next: baocao ingest dossiers data/generated/country" in done.output
    assert read_model(project.root / "data/generated/country/source.yaml", Delivery).from_date == date(2023, 1, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "either --like NAME or --dossiers N"),
        (("--like", NAME, "--dossiers", "5"), "either --like NAME or --dossiers N"),
        (("--like", NAME, "--format", "csv"), "go with --dossiers"),
        (("--like", "tuan-gao-2020q1"), "did you mean “tuan-giao-2020q1”"),
        (("--dossiers", "5", "--units", "code=tuan-gao"), "did you mean “tuan-giao”"),
        (("--dossiers", "5", "--units", "parent=tuan-giao.ta-ma"), "names no unit"),
        (("--dossiers", "5", "--from", "2024-06-02", "--to", "2024-06-02"), "no desk is open"),
        (("--dossiers", "5", "--from", "2024-06-03", "--to", "2024-06-01"), "no desk is open"),
    ],
)
def test_wrong_usage_names_the_remedy(
    shared_project: Project, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(shared_project.root)
    done = CliRunner().invoke(command, arguments)
    assert isinstance(done.exception, BaocaoError) and done.exception.exit_code == 2
    assert said in str(done.exception)
