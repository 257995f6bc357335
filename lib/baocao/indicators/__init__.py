"""Indicators: what a number means, how it is computed, and the value with everything needed to trace it."""
