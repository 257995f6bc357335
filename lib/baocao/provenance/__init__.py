"""Where an output comes from: everything it was made of, by content."""
