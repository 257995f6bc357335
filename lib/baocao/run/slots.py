"""A place where one report is made at a time: a host that is replaced before what its reports leave behind adds up."""

from functools import partial

from baocao.project import Project
from baocao.run.children import Ending, Host, Isolation, Task
from baocao.run.limits import Limits
from baocao.run.tasks import Heard, NotMade, prepare_for_reports

#: A process that makes reports itself is replaced after so many.
REPORTS_PER_WORKER = 50


class Slot:
    """A host with what is heard of its task."""

    def __init__(self, project: Project, isolation: Isolation, limits: Limits) -> None:
        self._prepare = partial(prepare_for_reports, project)
        self._isolation: Isolation = isolation
        self._limits = limits
        self.host = self._new()
        self.heard = Heard()
        self._made = 0

    def _new(self) -> Host:
        return Host(self._prepare, self._isolation, self._limits)

    def renew(self) -> None:
        """Another host in its place."""
        self.host.kill()
        self.host = self._new()
        self._made = 0

    def start(self, task: Task) -> None:
        """Give the host a task; one that died while it was idle, or has made enough, is replaced before."""
        self.heard = Heard()
        if not self.host.alive or self._made >= REPORTS_PER_WORKER:
            self.renew()
        try:
            self.host.start(task)
        except OSError:
            self.renew()
            self.host.start(task)

    def ended(self, ending: Ending) -> None:
        """The task has ended; a host that ran it itself makes no other one after a failure."""
        answer = self.heard.answer
        failed = ending.kind != "done" or (isinstance(answer, NotMade) and not answer.blocked)
        if self._isolation == "worker":
            self._made = REPORTS_PER_WORKER if failed else self._made + 1
