"""Running reports: one job from parameters to a finished folder."""
