"""What the desk shows as HTML; text from files and data is escaped here."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from baocao.desk.choices import Checked
from baocao.export.formats import FORMATS
from baocao.locale import format_count, format_date
from baocao.run.batch import BatchResult, Outcome
from baocao.run.batch_page import STATES
from baocao.run.failures import Failure
from baocao.run.request import RunRequest

#: So many reports of a batch are listed with links; its page has all of them.
LISTED = 50
#: Without a base of its own the document in a frame would follow its links (#…) to the page around it.
BASE = '<head><base href="about:srcdoc">'
FORMAT_NAMES = {"ipynb": "Sổ tay", "html": "HTML", "pdf": "PDF", "docx": "Word", "xlsx": "Excel"}
_FILES = {"ipynb": "report.ipynb", **{name: kind.file for name, kind in FORMATS.items()}, "changes": "changes.html"}
_STATES = {**STATES, "unchanged": "Không đổi"}


def status(checked: Checked) -> str:
    """What is wrong, or what will be made and the command that makes the same."""
    if checked.problems:
        lines = Markup().join(
            Markup("<li><b>{}:</b> {}{}</li>").format(each.field, each.text, _technical(each.technical))
            for each in checked.problems
        )
        return Markup('<div role="status"><p>Cần sửa:</p><ul>{}</ul></div>').format(lines)
    return Markup('<div role="status"><p>{}</p><p>Lệnh làm đúng như vậy:</p><pre tabindex="0">{}</pre></div>').format(
        _told(checked.requests), checked.command
    )


def _told(requests: Sequence[RunRequest]) -> str:
    if len(requests) == 1:
        request = requests[0]
        dates = f"từ ngày {format_date(request.period.from_date)} đến ngày {format_date(request.period.to_date)}"
        return f"Sẽ lập: {request.definition.name} – {request.unit.name} – {request.period.label}, {dates}."
    units = len({request.unit.code for request in requests})
    periods = len({request.period.id for request in requests})
    return f"Sẽ lập {format_count(len(requests))} báo cáo: {format_count(units)} đơn vị, {format_count(periods)} kỳ."


def framed(page: str, name: str) -> str:
    """A document inside the notebook, in a frame that can reach nothing around it."""
    return Markup(
        '<iframe title="{}" sandbox="allow-scripts" srcdoc="{}" '
        'style="width: 100%; height: 75vh; border: 1px solid #8888; background: #fff"></iframe>'
    ).format(name, page.replace("<head>", BASE, 1))


def finished(folder: Path, files: Sequence[str], warnings: int, supersedes: Path | None, shown: str) -> str:
    """A report that was made, with links to its files."""
    parts = [Markup("<p><b>Đã lập:</b> {}</p><p>{}</p>").format(shown, _links(folder, files))]
    if supersedes is not None:
        text = Markup("<p>Bản đã ban hành ({}) vẫn giữ nguyên; bản này ghi bên cạnh, kèm bảng giải trình.</p>")
        parts.append(text.format(supersedes.name))
    if warnings:
        text = Markup("<p>{} điểm số liệu không khớp, xem phụ lục “Kiểm tra số liệu” trong văn bản.</p>")
        parts.append(text.format(format_count(warnings)))
    return Markup().join(parts)


def _links(folder: Path, files: Iterable[str]) -> Markup:
    here = set(files)
    named = [(FORMAT_NAMES.get(name, "Giải trình"), file) for name, file in _FILES.items() if file in here]
    return Markup(" · ").join(_link(folder / file, label) for label, file in named)


def _link(path: Path, label: str) -> Markup:
    """A link relative to the notebook, which JupyterLab opens in a tab of its own."""
    return Markup('<a href="{}">{}</a>').format(quote(Path(os.path.relpath(path)).as_posix()), label)


def refused(failure: Failure) -> str:
    """Why a report could not be made."""
    if failure.blocked:
        return Markup(
            '<div role="alert"><p><b>Số liệu chưa đạt kiểm tra, văn bản chưa lập được.</b></p><pre>{}</pre></div>'
        ).format(failure.found)
    return Markup('<div role="alert"><p><b>Chưa lập được.</b> {}</p>{}</div>').format(
        failure.sentence, _technical(failure.text)
    )


def _technical(text: str) -> Markup:
    """An error's own words."""
    return (
        Markup('<p>Thông báo kỹ thuật:</p><pre lang="en" style="white-space: pre-wrap">{}</pre>').format(text)
        if text
        else Markup("")
    )


def message(text: str) -> str:
    """A sentence."""
    return Markup("<p>{}</p>").format(text)


def batch(outputs: Path, name: str, result: BatchResult) -> str:
    """How a batch went, report by report."""
    counts = ((label, result.count(state)) for state, label in _STATES.items())
    told = "; ".join(f"{label.lower()}: {format_count(count)}" for label, count in counts if count)
    ordered = sorted(result.outcomes, key=lambda outcome: outcome.state not in ("failed", "blocked"))
    rows = Markup().join(_row(outputs, outcome) for outcome in ordered[:LISTED])
    more = len(ordered) - LISTED
    rest = Markup("<p>Còn {} báo cáo khác.</p>").format(format_count(more)) if more > 0 else ""
    return Markup(
        "<p><b>Đã xong lô {}:</b> {}. {}</p><table><thead><tr><th>Báo cáo</th><th>Kết quả</th><th>Mở</th></tr></thead>"
        "<tbody>{}</tbody></table>{}"
    ).format(name, told, _link(outputs / "batches" / f"{name}.html", "Trang của lô"), rows, rest)


def _row(outputs: Path, outcome: Outcome) -> Markup:
    folder = outputs / outcome.name
    if outcome.state in ("failed", "blocked"):
        folder = folder.with_name(f"{folder.name}~{outcome.state}")
    files = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    what = Markup("{}").format(_STATES[outcome.state])
    failure = Failure.recorded(outcome.text)
    if outcome.state == "blocked":
        what = Markup("{}: {}").format(what, failure.found)
    elif outcome.text:
        what = Markup('{}: {}<br><small lang="en">{}</small>').format(what, failure.sentence, failure.text)
    return Markup("<tr><td>{}</td><td>{}</td><td>{}</td></tr>").format(outcome.name, what, _links(folder, files))
