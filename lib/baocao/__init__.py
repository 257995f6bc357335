"""Reproducible administrative-reform reports: from an export file to the document on a leader's desk.

Read it in the order of the flow: `locale`, `project`, `units`, `fields`, `periods`, `reports`, `intake`, `store`,
`checks`, `indicators`, `forms`, `document`, `export`, `notebook`, `provenance`, `run`, `cli`.
"""

__version__ = "0.1.0"
