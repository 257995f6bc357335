"""Official forms as data: which columns over which rows, under which headings, printed how."""
