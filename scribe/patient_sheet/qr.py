"""An address as a picture that a telephone reads."""

import segno


def qr_svg(address: str) -> str:
    """The address as an SVG element for a page: it scales with its box, and a quarter of it may be covered."""
    return segno.make(address, error="q", micro=False).svg_inline(
        omitsize=True, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None
    )
