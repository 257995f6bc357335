"""A worker has imported all that its reports need before it forks: what a child imports, every other child does too."""

import subprocess
import sys

import pytest

from baocao.project import Project
from baocao.run.children import CAN_FORK
from baocao.run.freezing import freeze

#: Prepares as a worker does, makes a report in a child and says what that imported.
WORKER = """
import os, sys
from pathlib import Path
from baocao.project import Project
from baocao.run.request import resolve_request
from baocao.run.tasks import Made, prepare_for_reports, report_task

project, frozen = Project(Path(sys.argv[1])), Path(sys.argv[2])
os.environ["BAOCAO_PROJECT"] = str(project.root)
prepare_for_reports(project)
request = resolve_request(project, "portal-dispatch", "tuan-giao", "2020-Q1", parameters={})
child = os.fork()
if child == 0:
    before, told = set(sys.modules), []
    report_task(project, frozen, request, request.folder(project.outputs), ("html", "pdf"), "baocao")(told.append)
    print(type(told[-1]).__name__, *sorted(set(sys.modules) - before), flush=True)
    os._exit(0)
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not CAN_FORK, reason="workers do not fork on this system")
def test_a_report_in_a_child_imports_nothing(ingested: Project) -> None:
    command = [sys.executable, "-c", WORKER, str(ingested.root), str(freeze(ingested))]
    done = subprocess.run(command, cwd=ingested.root, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stdout.split()) == (0, ["Made"]), done.stderr
