"""Color profiles written by hand (ICC.1:2001), each with an effect that nobody can overlook."""

import struct

# The primaries of sRGB, adapted to D50.
RED, GREEN, BLUE = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7142)
WHITE = (0.9642, 1.0, 0.8249)


def _fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*values)


def _gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256)) + b"\0\0"


def profile(space: str, tags: dict[str, bytes], *, pcs: str = "XYZ ", device: str = "mntr") -> bytes:
    """Return the bytes of a profile with these tags."""
    text = b"text\0\0\0\0ours\0\0\0\0"
    tags = {"cprt": text, "desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"ours\0" + b"\0" * 79, "wtpt": _xyz(WHITE)} | tags
    table, body, place = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += name.encode() + struct.pack(">II", place + len(body), len(data))
        body += data
    head = struct.pack(">I4sI", place + len(body), b"lcms", 0x02100000) + f"{device}{space}{pcs}".encode()
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + _fixed(*WHITE)
    return head.ljust(128, b"\0") + table + body


def rgb_with_red_and_green_swapped(**options: str) -> bytes:
    curve = _gamma(2.2)
    places = {"rXYZ": _xyz(GREEN), "gXYZ": _xyz(RED), "bXYZ": _xyz(BLUE)}
    return profile("RGB ", places | {"rTRC": curve, "gTRC": curve, "bTRC": curve}, **options)


def linear_grey() -> bytes:
    """Return the profile of a grey in which 128 is half of the light: 188 in sRGB."""
    return profile("GRAY", {"kTRC": _gamma(1.0)})


def cmyk_whose_cyan_is_red() -> bytes:
    """Return the profile of a printer with red ink where cyan should be; its other inks are grey, and black."""
    white, red, grey, black = (255, 128, 128), (138, 209, 198), (127, 128, 128), (0, 128, 128)
    nodes = [
        black if k else red if c else grey if m or y else white for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)
    ]
    straight = bytes(range(256))
    matrix = _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + straight * 4 + bytes(value for node in nodes for value in node)
    return profile("CMYK", {"A2B0": table + straight * 3}, pcs="Lab ", device="prtr")
