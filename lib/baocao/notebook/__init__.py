"""What a notebook talks to: `open_report` gives one report's data, checks, figures, sentences, tables and charts."""

from baocao.notebook.opening import open_report
from baocao.notebook.session import Report

__all__ = ["Report", "open_report"]
