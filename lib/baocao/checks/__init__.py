"""Checks: expectations as data, judged by Great Expectations, reported as findings a person can act on."""
