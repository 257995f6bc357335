"""Reproducible administrative-reform reports: from an export file to the document on a leader's desk.

Read the folders in the order of the flow: `project`, `units`, `periods`, `locale`, `intake`, `store`, `checks`,
`indicators`, `forms`, `document`, `export`, `notebook`, `run`, `provenance`, `cli`.
"""

__version__ = "0.1.0"
