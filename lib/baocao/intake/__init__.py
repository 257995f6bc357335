"""Sources → canonical tables: read, map headings, refuse what is wrong with its place and remedy."""
