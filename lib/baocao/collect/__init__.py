"""Collecting: workbooks go out to the units, come back filled in, are checked, stored or returned with marked cells."""
