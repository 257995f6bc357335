"""The same work done by us and by the stock tools, in one run; `make bench`."""
