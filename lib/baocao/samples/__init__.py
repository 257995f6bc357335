"""Dossier lists nobody's data are in: a printed table told dossier by dossier, or a whole country of any size."""
