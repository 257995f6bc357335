"""What leadership opens: a static site made of the outputs, for everybody or for one office, and its bundle."""
