"""Whole numbers that a page of ours sent: in an address, in a hidden field."""


def number_in(data, name):
    """None for anything else."""
    return _number(data.get(name, ""))


def numbers_in(data, name):
    return {_number(value) for value in data.getlist(name)} - {None}


def _number(value):
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None
