"""What a notebook talks to: `open_report` gives the data, checks, figures, sentences, tables and charts of one report."""

from baocao.notebook.session import Report, open_report

__all__ = ["Report", "open_report"]
