"""A folder of workbooks that came back: each is stored or returned, and none is lost."""

import csv
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from baocao.collect.asked import AskedSheet
from baocao.collect.deliver import collected_folder, csv_name, write_delivery
from baocao.collect.filled import CellProblem, FilledSheet, read_filled
from baocao.collect.key import KEY_SHEET, Key
from baocao.collect.ledger import Receipt, keep_receipts, read_receipts
from baocao.collect.plan import Collection
from baocao.collect.received import Received, UnreadableError, file_hash, open_received
from baocao.collect.returned import mark_copy, note_beside
from baocao.collect.rules import check_rules
from baocao.collect.write import HEADER_ROW, LEFT, TITLE_ROW
from baocao.errors import ConfigurationError, InputError
from baocao.intake import one_stop
from baocao.intake.register import load_register
from baocao.intake.source import TableSource, find_sources
from baocao.periods import parse_period
from baocao.project import Project
from baocao.store.ingest import ingest
from baocao.store.registers import ingest_register
from baocao.store.tables import VIETNAM, Store
from baocao.units import load_registry

#: What becomes of a file; `known`: the same file was stored before.
Outcome = Literal["stored", "known", "returned"]
#: Columns of a delivered table that say what its row is about.
_NAMES = ("unit", "field", "procedure", "indicator")
_LOCK = "~$"
_COPY = re.compile(r"[\s(_-].*")


@dataclass
class Handled:
    """One file and what became of it.

    Attributes
    ----------
    path
        As it lay in the folder.
    key, unit, period
        Empty where the file does not say, `unit` also where there is none of that code.
    changes
        In what it differs from the unit's workbook stored before, a line each; None where there was none.
    notes
        What was let pass and is worth a look.
    returned
        The copy for the sender; one that could not be `opened` has a note beside it instead of marks.
    """

    path: Path
    source_hash: str
    received: date
    outcome: Outcome = "returned"
    key: Key | None = None
    unit: str = ""
    period: str = ""
    problems: list[CellProblem] = field(default_factory=list)
    changes: list[str] | None = None
    notes: list[str] = field(default_factory=list)
    returned: Path | None = None
    opened: bool = False
    sheets: list[FilledSheet] = field(default_factory=list)

    def whole(self, text: str) -> None:
        """Note a problem of the file as a whole."""
        self.problems.append(CellProblem(KEY_SHEET, None, None, text))


def file_name(period: str, unit: str) -> str:
    """What `collect new` calls a workbook; it may come back under any name but that of another unit."""
    return f"{period}_{unit}.xlsx"


def files_in(folder: Path, out: Path) -> list[Path]:
    """Files of a folder and those below it, without what programs leave behind and what was returned before."""
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: no such folder; name the one with the workbooks that came back")
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and out not in path.parents)
    return [path for path in found if not path.name.startswith((".", _LOCK)) and path.name != "desktop.ini"]


def receive(
    project: Project,
    folder: Path,
    out: Path,
    *,
    period: str | None = None,
    received: date | None = None,
    progress: Callable[[Path], object] = lambda _: None,
) -> list[Handled]:
    """Read all workbooks of a folder: right ones into the store, wrong ones as marked copies into `out`.

    Parameters
    ----------
    period
        The only period that is collected now; by default every workbook says its own.
    received
        Day on which they came; by default each file's own day of change.
    """
    reading = _Reading(project, None if period is None else str(parse_period(period)))
    handled = []
    for path in sorted(files_in(folder, out), key=lambda path: (received or _day(path), path.name)):
        progress(path)
        done = reading.read(path, received or _day(path))
        if done.outcome == "returned":
            _return(project, done, folder, out)
        handled.append(done)
    for done, text in reading.store(handled):
        done.outcome = "returned"
        done.whole(text)
        shutil.rmtree(collected_folder(project, done.period, done.unit, done.source_hash), ignore_errors=True)
        _return(project, done, folder, out)
    reading.note(handled)
    return handled


def _day(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, VIETNAM).date()


class _Reading:
    def __init__(self, project: Project, period: str | None) -> None:
        self._project, self._period = project, period
        self._registry = load_registry(project)
        self._collections: dict[tuple[str, ...], Collection] = {}
        self._receipts = read_receipts(Store(project.store))
        self._stored = {(entry.reporter, entry.source_hash) for entry in self._receipts if entry.state == "stored"}

    # -- one file -----------------------------------------------------------------------------------------------------

    def read(self, path: Path, received: date) -> Handled:
        """What one file says, and whether it can be stored."""
        done = Handled(path, file_hash(path), received)
        try:
            workbook = open_received(path)
        except UnreadableError as error:
            done.whole(str(error))
            if error.key is not None:
                self._sender(done, error.key)
            return done
        key, done.opened = workbook.key, True
        self._sender(done, key)
        if (key.unit, done.source_hash) in self._stored:
            done.outcome = "known"
            return done
        asked = self._asked(done, workbook)
        if asked is None:
            return done
        done.sheets = [read_filled(workbook, sheet) for sheet in asked]
        done.problems += self._strangers(workbook)
        done.problems += [problem for sheet in done.sheets for problem in sheet.problems]
        if not done.problems:
            self._check(done, key)
        if not done.problems:
            done.outcome = "stored"
            done.notes += ["tệp có ảnh hoặc biểu đồ, không được đọc"] if workbook.pictures else []
        return done

    def _strangers(self, workbook: Received) -> Iterator[CellProblem]:
        """Sheets of another workbook, and another unit's name where a sheet of this one says whose it is."""
        for title, unit in workbook.strangers.items():
            name = self._registry[unit].name if unit in self._registry.codes else unit
            text = f"Trang này là của phiếu khác ({name}); xóa đi và điền trang của phiếu này"
            yield CellProblem(title, None, None, text)
        own = workbook.key.unit
        for sheet in workbook.sheets.values():
            for row in range(TITLE_ROW + 1, HEADER_ROW + 1):
                name = sheet.text(row, LEFT + 1).partition(" – ")[0]
                named = self._registry.named(name, None) if name else ()
                if named and own not in {unit.code for unit in named}:
                    text = f"Phiếu của {self._registry[own].name} mà ghi tên {name}; mỗi đơn vị điền phiếu của mình"
                    yield CellProblem(sheet.title, row, LEFT + 1, text)

    def _sender(self, done: Handled, key: Key) -> None:
        done.key = key
        if key.unit in self._registry.codes:
            done.unit = key.unit
        done.period = key.period

    def _asked(self, done: Handled, workbook: Received) -> list[AskedSheet] | None:
        """The sheets a workbook was made with; None where they do not fit what is collected, with the reason noted."""
        key = workbook.key
        try:
            label = parse_period(key.period).label
        except ConfigurationError:
            done.whole(f"Kỳ “{key.period}” trong phiếu không rõ; dùng phiếu đã được gửi")
            return None
        if self._period is not None and key.period != self._period:
            wanted = parse_period(self._period).label
            done.whole(f"Phiếu của kỳ {label}, đang thu thập kỳ {wanted}; điền phiếu của đúng kỳ")
            return None
        if not done.unit:
            done.whole(f"Không có đơn vị mã “{key.unit}” trong danh mục; dùng phiếu đã được gửi cho đơn vị")
            return None
        other = self._named_in(done.path, key)
        if other:
            done.whole(
                f"Tên tệp là của {other}, phiếu bên trong là của {self._registry[key.unit].name}: có thể hai đơn vị "
                "nhầm tệp của nhau; kiểm tra rồi gửi lại dưới đúng tên"
            )
            return None
        unit = self._registry[key.unit]
        try:
            collection = self._collection(tuple(name for name, _ in key.forms), key.period)
            period = collection.period_of(unit)
            sheets = [collection.sheet(name, unit, period) for name, _ in key.forms]
        except ConfigurationError as error:
            done.whole("Biểu trong phiếu không còn dùng cho kỳ này; dùng phiếu mới")
            done.notes.append(str(error))
            return None
        if (period.from_date, period.to_date) != (key.from_date, key.to_date):
            done.whole("Ngày đầu, ngày cuối của kỳ đã thay đổi từ khi phát phiếu; dùng phiếu mới")
            return None
        if not unit.existed(period.from_date, period.to_date):
            done.whole(f"{unit.name} không hoạt động trong kỳ này; dùng phiếu của đơn vị kế thừa")
            return None
        changed = [
            sheet.title for sheet, (_, version) in zip(sheets, key.forms, strict=True) if sheet.version != version
        ]
        if changed:
            done.whole(f"Biểu “{'”, “'.join(changed)}” đã có phiên bản mới từ khi phát phiếu; dùng phiếu mới")
            return None
        return sheets

    def _named_in(self, path: Path, key: Key) -> str | None:
        """Name of the unit a file is called after, where that is another one than its key says."""
        start = f"{key.period}_".casefold()
        if not path.stem.casefold().startswith(start):
            return None
        rest = path.stem.casefold()[len(start) :]
        if rest == key.unit or _COPY.fullmatch(rest.removeprefix(key.unit)):
            return None
        code = re.split(r"[ (]", rest, maxsplit=1)[0]
        return self._registry[code].name if code in self._registry.codes else None

    def _collection(self, forms: tuple[str, ...], period: str) -> Collection:
        if (asked := (*forms, period)) not in self._collections:
            self._collections[asked] = Collection(self._project, forms, period)
        return self._collections[asked]

    def _check(self, done: Handled, key: Key) -> None:
        """The form's own rules; a workbook they hold for is kept as a delivery."""
        unit = self._registry[key.unit]
        check_rules(self._project, done.sheets, unit, self._registry)
        done.problems += [problem for sheet in done.sheets for problem in sheet.problems]
        if not done.problems:
            folder = collected_folder(self._project, key.period, key.unit, done.source_hash)
            write_delivery(folder, key, unit.name, done.source_hash[:12], done.sheets)
            shutil.copyfile(done.path, folder / f"workbook{done.path.suffix.lower()}")

    # -- all of them --------------------------------------------------------------------------------------------------

    def store(self, handled: Sequence[Handled]) -> Iterator[tuple[Handled, str]]:
        """Take what is right into the store, the later of two workbooks of a unit; yields what it refused."""
        last: dict[tuple[str, str, str], Handled] = {}
        for done in handled:
            if done.outcome == "stored":
                done.changes = self._changes(done, last)
                last |= {(done.unit, done.period, sheet.asked.id): done for sheet in done.sheets}
        by_dataset: dict[str, list[tuple[Handled, TableSource]]] = {}
        for (unit, period, form), done in last.items():
            folder = collected_folder(self._project, period, unit, done.source_hash)
            (sheet,) = (sheet for sheet in done.sheets if sheet.asked.id == form)
            (source,) = find_sources(self._project, sheet.asked.dataset, [folder / csv_name(sheet.asked)])
            by_dataset.setdefault(sheet.asked.dataset, []).append((done, source))
        for dataset, entries in sorted(by_dataset.items()):
            try:
                self._ingest(dataset, [source for _, source in entries])
            except InputError:
                yield from self._one_by_one(dataset, entries)

    def _one_by_one(
        self, dataset: str, entries: Iterable[tuple[Handled, TableSource]]
    ) -> Iterator[tuple[Handled, str]]:
        """A file the store refuses must not keep the others out."""
        for done, source in entries:
            try:
                self._ingest(dataset, [source])
            except InputError as error:
                done.notes.append(str(error))
                yield done, "Kho dữ liệu không nhận biểu này, có thể vì đã có từ nguồn khác; liên hệ người tổng hợp"

    def _ingest(self, dataset: str, sources: Sequence[TableSource]) -> None:
        if dataset == one_stop.DATASET:
            ingest(self._project, sources)
        else:
            ingest_register(self._project, load_register(self._project, dataset), sources)

    def _changes(self, done: Handled, last: Mapping[tuple[str, str, str], Handled]) -> list[str] | None:
        """In what a workbook differs from what the unit sent before for the same forms."""
        found: list[str] | None = None
        for sheet in done.sheets:
            form = sheet.asked.id
            before = last.get((done.unit, done.period, form))
            digest = before.source_hash if before else self._stored_before(done, form)
            if digest is not None:
                names = {column.stored: column.label for column in sheet.asked.columns}
                old, new = (
                    collected_folder(self._project, done.period, done.unit, one) / csv_name(sheet.asked)
                    for one in (digest, done.source_hash)
                )
                found = (found or []) + list(differences(old, new, names))
        return found

    def _stored_before(self, done: Handled, form: str) -> str | None:
        hashes = [
            entry.source_hash
            for entry in self._receipts
            if (entry.reporter, entry.period, entry.state) == (done.unit, done.period, "stored")
            and form in entry.form_ids
        ]
        return hashes[-1] if hashes else None

    def note(self, handled: Sequence[Handled]) -> None:
        """Keep in the ledger what became of every workbook whose sender is known."""
        known = {(entry.reporter, entry.source_hash): entry.state for entry in self._receipts}
        sent = Counter((entry.reporter, entry.period) for entry in self._receipts)
        receipts = []
        for done in handled:
            if done.key is None or not done.unit or done.outcome == "known":
                continue
            if known.get((done.unit, done.source_hash)) == done.outcome:
                continue
            known[done.unit, done.source_hash] = done.outcome
            sent[done.unit, done.period] += 1
            receipt = Receipt(
                reporter=done.unit,
                from_date=done.key.from_date,
                to_date=done.key.to_date,
                period=done.period,
                number=sent[done.unit, done.period],
                received=done.received,
                state=done.outcome,
                forms=",".join(f"{form}@{version}" for form, version in done.key.forms),
                problems=len(done.problems),
                first_problem=done.problems[0].text if done.problems else "",
                changes=len(done.changes or ()),
                source_hash=done.source_hash,
            )
            receipts.append(receipt)
        if receipts:
            keep_receipts(Store(self._project.store), receipts)


def differences(old: Path, new: Path, labels: Mapping[str, str]) -> Iterator[str]:
    """What two deliveries of a table say differently, a line for each cell."""
    before, after = (_table(path) if path.is_file() else {} for path in (old, new))
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in after:
            yield f"{name}: bỏ dòng"
        elif name not in before:
            yield f"{name}: thêm dòng"
        else:
            for column, value in after[name].items():
                was = before[name].get(column, "")
                if was != value and column != "position":
                    yield f"{name} · {labels.get(column, column)}: {was or 'trống'} → {value or 'trống'}"


def _table(path: Path) -> dict[str, dict[str, str]]:
    """Rows of a delivered table by what they are about, else by their place."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        " · ".join(row[name] for name in _NAMES if row.get(name)) or f"dòng {number}": row
        for number, row in enumerate(rows, start=1)
    }


def _return(project: Project, done: Handled, folder: Path, out: Path) -> None:
    """A copy for the sender, and the file itself kept in quarantine."""
    kept = project.quarantine / "collect" / f"{done.source_hash[:12]}{done.path.suffix.lower()}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    if not kept.is_file():
        shutil.copyfile(done.path, kept)
    done.returned = out / done.path.relative_to(folder)
    if done.opened and done.path.suffix.lower() != ".xlsx":
        done.returned = done.returned.with_name(f"{done.path.name}.xlsx")
    with suppress(UnreadableError):
        if done.opened:
            mark_copy(done.path, done.problems, done.returned)
            return
    done.returned = out / done.path.relative_to(folder)
    note_beside(done.path, "; ".join(problem.text for problem in done.problems), done.returned)
