"""What `params/reports/*.yaml` may say of a document."""

from collections.abc import Callable
from pathlib import Path

import pytest

from baocao.errors import ConfigurationError
from baocao.project import Project
from baocao.reports import DOCUMENT_KINDS, load_report, report_ids


def test_every_report_is_read_and_only_dispatches_have_a_subject(shared_project: Project) -> None:
    documents = [load_report(shared_project, name).document for name in report_ids(shared_project)]
    assert {document.kind for document in documents if document.subject} == {"cong-van"}


@pytest.mark.parametrize("kind", sorted(DOCUMENT_KINDS.keys() - {"cong-van"}))
def test_a_subject_is_refused_where_the_document_has_a_title(
    project: Project, edit: Callable[[Path, str, str], None], kind: str
) -> None:
    edit(project.params / "reports" / "portal-dispatch.yaml", "kind: cong-van", f"kind: {kind}")
    with pytest.raises(ConfigurationError, match=rf"portal-dispatch\.yaml: .*a {kind} says below its title") as caught:
        load_report(project, "portal-dispatch")
    assert "leave `subject` out" in str(caught.value)
