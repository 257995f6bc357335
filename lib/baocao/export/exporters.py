"""The formats as nbconvert exporters: `jupyter nbconvert --to baocao-pdf`, “Save and Export Notebook As” in JupyterLab.

Every Jupyter server loads this module, so it imports little and never raises.
"""

from typing import Any, ClassVar

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from traitlets import default

from baocao.export.formats import FORMATS


class _BlockExporter(Exporter):
    """Makes one format of the blocks an executed notebook carries."""

    format_name: ClassVar[str]

    def __init_subclass__(cls, *, format_name: str, label: str, **kw: Any) -> None:
        super().__init_subclass__(**kw)
        cls.format_name = format_name
        cls.export_from_notebook = f"Baocao {label}"  # as JupyterLab's menu calls it
        cls.output_mimetype = FORMATS[format_name].media_type

    @default("file_extension")
    def _file_extension(self) -> str:
        return f".{self.format_name}"

    def from_notebook_node(
        self, nb: NotebookNode, resources: Any | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """The file of an executed notebook.

        Raises
        ------
        ExportError
            If the notebook shows no document, or the format cannot be made of it.
        """
        from baocao.export.executed import read_document, read_record

        _, resources = super().from_notebook_node(nb, resources, **kw)
        content = FORMATS[self.format_name].make(read_document(nb), read_record(nb))
        return (content.decode() if self.format_name == "html" else content), resources


class HtmlExporter(_BlockExporter, format_name="html", label="HTML"):
    """`baocao-html`."""


class PdfExporter(_BlockExporter, format_name="pdf", label="PDF"):
    """`baocao-pdf`."""


class DocxExporter(_BlockExporter, format_name="docx", label="Word"):
    """`baocao-docx`."""


class XlsxExporter(_BlockExporter, format_name="xlsx", label="Excel"):
    """`baocao-xlsx`."""
