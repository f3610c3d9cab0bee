"""The dashboard: every number of a campaign counted at once, kept for less than a minute where that takes long."""
