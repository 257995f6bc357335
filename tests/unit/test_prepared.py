"""What a worker prepares before it forks is what its reports ask for."""

import json

from baocao.document import narrative
from baocao.document.outlines import load_outlines
from baocao.project import Project
from baocao.reports import load_report, report_ids
from baocao.run.cells import fresh_shell
from baocao.run.tasks import _compile_sentences


def test_sentences_of_every_notebook_and_outline_are_compiled_ahead(shared_project: Project) -> None:
    narrative._compiled.cache_clear()
    _compile_sentences(shared_project)
    known = narrative._compiled.cache_info()
    assert 0 < known.currsize == known.misses < (known.maxsize or 0)
    asked: list[str] = []
    with fresh_shell() as shell:
        shell.register_magic_function(lambda line, cell: asked.append(cell), "cell", "narrative")  # type: ignore[arg-type]
        for report in report_ids(shared_project):
            notebook = shared_project.notebooks / load_report(shared_project, report).notebook
            for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
                source = "".join(cell["source"])
                if source.startswith("%%narrative"):
                    shell.run_cell(source)  # type: ignore[no-untyped-call]
    outlines = load_outlines(shared_project).values()
    asked += [section.text for outline in outlines for part in outline.sections for section in part.below()]
    asked += [outline.abstract for outline in outlines]
    for template in asked:
        narrative.compiled(template)
    after = narrative._compiled.cache_info()
    assert after.misses == known.misses
    assert after.hits == known.hits + len(asked) > 100
