"""An office's own project: made by `baocao init`, kept up with the package by `baocao upgrade`."""
