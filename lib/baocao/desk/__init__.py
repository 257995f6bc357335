"""What `notebooks/start.ipynb` shows: choose a report, see at once what is wrong, preview, make, compare."""

from baocao.desk.panel import open_desk

__all__ = ["open_desk"]
