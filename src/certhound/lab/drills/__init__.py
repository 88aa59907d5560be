"""Drills: a technique done for real, and whether telemetry and rules saw it."""
