"""A QR code as what a template draws: the side in squares, and one path of all dark ones."""

from dataclasses import dataclass

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

QUIET_SQUARES = 4  # of white around it, as the standard wants


@dataclass(frozen=True)
class Squares:
    side: int
    path: str


def squares(content: str) -> Squares:
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_SQUARES)
    code.add_data(content)
    code.make(fit=True)
    rows = code.get_matrix()
    dark = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark]
    return Squares(len(rows), "".join(dark))
