"""`baocao schema`: the JSON Schemas of the project's YAML files, for editors and for other programs."""

import json
from pathlib import Path

import click


@click.command("schema", short_help="Write the JSON Schemas of the YAML files under params/ and expectations/.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write them to.")
def command(out: Path) -> None:
    """Write the JSON Schemas of the YAML files, one file each."""
    out.mkdir(parents=True, exist_ok=True)
    for name, content in schemas().items():
        (out / name).write_text(content, encoding="utf-8", newline="\n")
        click.echo(f"wrote {out / name}")


def schemas() -> dict[str, str]:
    """The schemas by file name, as text."""
    from baocao.checks.dossier_suite import DossierSuite
    from baocao.checks.relation_suite import RelationSuite
    from baocao.checks.suite import Suite
    from baocao.document.outlines import Outline
    from baocao.forms.form import Form
    from baocao.indicators.brief import BriefDefinition
    from baocao.indicators.catalogue import IndicatorFile
    from baocao.indicators.score import Index
    from baocao.indicators.target_plan import TargetPlan
    from baocao.intake.register import RegisterDefinition
    from baocao.project import StrictModel
    from baocao.provenance.manifest import Manifest
    from baocao.reports import DocumentFacts, ReportDefinition

    models: dict[str, type[StrictModel]] = {
        "brief": BriefDefinition,
        "documents": DocumentFacts,
        "dossier-expectations": DossierSuite,
        "form": Form,
        "indicators": IndicatorFile,
        "manifest": Manifest,
        "one-stop-expectations": Suite,
        "outline": Outline,
        "register": RegisterDefinition,
        "relations": RelationSuite,
        "report": ReportDefinition,
        "score": Index,
        "target-plan": TargetPlan,
    }
    return {
        f"{name}.json": json.dumps(model.model_json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        for name, model in models.items()
    }
