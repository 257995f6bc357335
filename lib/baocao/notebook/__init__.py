"""What a notebook talks to: `open_report` gives one report's data, checks, figures, sentences, tables and charts."""

from baocao.notebook.session import Report, open_report

__all__ = ["Report", "open_report"]
