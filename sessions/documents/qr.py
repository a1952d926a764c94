"""A QR code as the outline of its dark modules, for a template to draw: nothing to fetch."""

from dataclasses import dataclass

import segno


@dataclass(frozen=True)
class Qr:
    size: int
    outline: str


def qr_of(text):
    code = segno.make_qr(text, error="m")
    width, height = code.symbol_size(border=4)
    rows = enumerate(code.matrix_iter(border=4))
    dark = [(x, y) for y, row in rows for x, module in enumerate(row) if module]
    return Qr(size=max(width, height), outline="".join(f"M{x} {y}h1v1h-1z" for x, y in dark))
