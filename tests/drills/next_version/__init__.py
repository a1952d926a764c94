"""A version of the product after this one: what an upgrade is tried with (drill_rolling.py)."""
