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


class HtmlExporter(_BlockExporter):
    """`baocao-html`."""

    export_from_notebook = "Baocao HTML"
    output_mimetype = FORMATS["html"].media_type
    format_name = "html"


class PdfExporter(_BlockExporter):
    """`baocao-pdf`."""

    export_from_notebook = "Baocao PDF"
    output_mimetype = FORMATS["pdf"].media_type
    format_name = "pdf"


class DocxExporter(_BlockExporter):
    """`baocao-docx`."""

    export_from_notebook = "Baocao Word"
    output_mimetype = FORMATS["docx"].media_type
    format_name = "docx"


class XlsxExporter(_BlockExporter):
    """`baocao-xlsx`."""

    export_from_notebook = "Baocao Excel"
    output_mimetype = FORMATS["xlsx"].media_type
    format_name = "xlsx"
