"""Documents as files: HTML and PDF from the same blocks."""
