"""Which colors a photo has on our pages: those that it had where it was made, whatever its mode and its profile."""

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms

from meetups.pictures.upload import read_photo
from tests.pictures.color_profiles import (
    cmyk_whose_cyan_is_red,
    linear_grey,
    profile,
    rgb_with_red_and_green_swapped,
)

SWAPPED, LINEAR, INKS = rgb_with_red_and_green_swapped(), linear_grey(), cmyk_whose_cyan_is_red()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
# A JPEG of one color keeps it to about this.
CLOSE = 4


@pytest.fixture(autouse=True)
def own_var(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def file_of(image: Image.Image, file_format: str = "PNG", **options) -> bytes:
    written = io.BytesIO()
    image.save(written, file_format, **options)
    return written.getvalue()


def plain(mode: str, color, size=(40, 30)) -> Image.Image:
    return Image.new(mode, size, color)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def deep_png(kind: int, pixel: tuple[int, ...], see_through: tuple[int, ...] = ()) -> bytes:
    """Return a PNG of 16 bits for each channel, 40 × 30, of one color; `kind` is that of its header."""
    row = b"\0" + struct.pack(f">{len(pixel)}H", *pixel) * 40
    header = struct.pack(">IIBBBBB", 40, 30, 16, kind, 0, 0, 0)
    trns = chunk(b"tRNS", struct.pack(f">{len(see_through)}H", *see_through)) if see_through else b""
    parts = chunk(b"IHDR", header) + trns + chunk(b"IDAT", zlib.compress(row * 30)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def color_of(sent: bytes) -> tuple[int, ...]:
    """Return the color that a photo has in the middle once it was taken in."""
    read = Image.open(io.BytesIO(read_photo(SimpleUploadedFile("photo.jpg", sent))))
    assert (read.mode, "icc_profile" in read.info) == ("RGB", False)
    found = read.getpixel((read.width // 2, read.height // 2))
    assert isinstance(found, tuple)
    return found


def is_close(found: tuple[int, ...], wanted: tuple[int, ...], by: int = CLOSE) -> bool:
    return all(abs(one - other) <= by for one, other in zip(found, wanted, strict=True))


def in_palette(color: tuple[int, ...]) -> Image.Image:
    return plain("RGBA" if len(color) == 4 else "RGB", color).quantize(8)


RED = (255, 0, 0)
PHOTOS = {
    # Without a profile.
    "1": (file_of(plain("1", 1)), (255, 255, 255)),
    "1 black": (file_of(plain("1", 0)), (0, 0, 0)),
    "L": (file_of(plain("L", 90)), (90, 90, 90)),
    "LA": (file_of(plain("LA", (90, 255))), (90, 90, 90)),
    "LA half": (file_of(plain("LA", (90, 128))), (172, 172, 172)),
    "P": (file_of(in_palette((200, 40, 60))), (200, 40, 60)),
    "P half": (file_of(in_palette((200, 40, 60, 128))), (227, 147, 157)),
    "RGBA half": (file_of(plain("RGBA", (200, 40, 60, 128))), (227, 147, 157)),
    "CMYK": (file_of(plain("CMYK", (255, 0, 0, 0)), "JPEG"), (0, 255, 255)),
    # Of 16 bits.
    "grey 16": (deep_png(0, (0x8080,)), (128, 128, 128)),
    "grey 16 dark": (deep_png(0, (0x1234,)), (18, 18, 18)),
    "grey 16 white": (deep_png(0, (0xFFFF,)), (255, 255, 255)),
    "grey 16 seen through": (deep_png(0, (0x8080,), (0x8080,)), (255, 255, 255)),
    "grey and alpha 16": (deep_png(4, (0x8080, 0x8080)), (191, 191, 191)),
    "RGB 16": (deep_png(2, (0x8080, 0x1010, 0xF0F0)), (128, 16, 240)),
    "RGB 16 seen through": (deep_png(2, (0x8080, 0x1010, 0xF0F0), (0x8080, 0x1010, 0xF0F0)), (255, 255, 255)),
    "RGBA 16": (deep_png(6, (0x8080, 0x1010, 0xF0F0, 0xFFFF)), (128, 16, 240)),
    # With a profile of its own colors.
    "RGB by profile": (file_of(plain("RGB", RED), "JPEG", icc_profile=SWAPPED), (0, 255, 0)),
    "RGB by profile, WebP": (file_of(plain("RGB", RED), "WEBP", lossless=True, icc_profile=SWAPPED), (0, 255, 0)),
    "RGBA by profile": (file_of(plain("RGBA", (*RED, 255)), icc_profile=SWAPPED), (0, 255, 0)),
    "RGBA half by profile": (file_of(plain("RGBA", (*RED, 128)), icc_profile=SWAPPED), (127, 255, 127)),
    "P by profile": (file_of(in_palette(RED), icc_profile=SWAPPED), (0, 255, 0)),
    "P half by profile": (file_of(in_palette((*RED, 128)), icc_profile=SWAPPED), (127, 255, 127)),
    "RGB 16 by profile": (
        deep_png(2, (0xFFFF, 0, 0))[:33] + chunk(b"iCCP", b"x\0\0" + zlib.compress(SWAPPED)) + deep_png(2, (0xFFFF, 0, 0))[33:],
        (0, 255, 0),
    ),
    "L by profile": (file_of(plain("L", 128), icc_profile=LINEAR), (188, 188, 188)),
    "L by profile, JPEG": (file_of(plain("L", 128), "JPEG", icc_profile=LINEAR), (188, 188, 188)),
    "LA by profile": (file_of(plain("LA", (128, 255)), icc_profile=LINEAR), (188, 188, 188)),
    "1 by profile": (file_of(plain("1", 1), icc_profile=LINEAR), (255, 255, 255)),
    "grey 16 by profile": (
        deep_png(0, (0x8080,))[:33] + chunk(b"iCCP", b"x\0\0" + zlib.compress(LINEAR)) + deep_png(0, (0x8080,))[33:],
        (188, 188, 188),
    ),
    "CMYK by profile": (file_of(plain("CMYK", (255, 0, 0, 0)), "JPEG", icc_profile=INKS), (255, 0, 0)),
    "CMYK white by profile": (file_of(plain("CMYK", (0, 0, 0, 0)), "JPEG", icc_profile=INKS), (255, 255, 255)),
    # With a profile that says nothing about it.
    "broken": (file_of(plain("RGB", RED), icc_profile=b"no profile at all"), RED),
    "cut": (file_of(plain("RGB", RED), icc_profile=SWAPPED[:200]), RED),
    "cut table": (file_of(plain("RGB", RED), icc_profile=SWAPPED[:-40]), RED),
    "no curves": (file_of(plain("RGB", RED), icc_profile=profile("RGB ", {})), RED),
    "RGBA broken": (file_of(plain("RGBA", (*RED, 255)), icc_profile=b"\0" * 300), RED),
    "P broken": (file_of(in_palette(RED), icc_profile=b"\xff" * 300), RED),
    "RGB of grey": (file_of(plain("RGB", RED), icc_profile=LINEAR), RED),
    "L of RGB": (file_of(plain("L", 128), icc_profile=SWAPPED), (128, 128, 128)),
    "RGB of CMYK": (file_of(plain("RGB", RED), icc_profile=INKS), RED),
    "CMYK of RGB": (file_of(plain("CMYK", (255, 0, 0, 0)), "JPEG", icc_profile=SWAPPED), (0, 255, 255)),
    "RGB of Lab": (file_of(plain("RGB", RED), icc_profile=LAB), RED),
    "RGB of a link": (file_of(plain("RGB", RED), icc_profile=rgb_with_red_and_green_swapped(device="link")), RED),
}


@pytest.mark.parametrize("name", PHOTOS)
def test_photo_has_the_colors_that_it_had_where_it_was_made(name):
    sent, wanted = PHOTOS[name]

    assert is_close(found := color_of(sent), wanted, 12 if name == "CMYK by profile" else CLOSE), found


def test_shrunk_palette_is_smooth_and_not_torn():
    """Of black and white stripes one pixel wide, half as large, grey is left."""
    stripes = Image.new("1", (3200, 40))
    stripes.putdata([column % 2 * 255 for _row in range(40) for column in range(3200)])

    for image in (stripes, stripes.convert("L").quantize(2)):
        assert is_close(color_of(file_of(image)), (128, 128, 128), 6)


def test_photo_held_sideways_is_turned_in_every_mode():
    exif = Image.Exif()
    exif[0x0112] = 6
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        read = read_photo(SimpleUploadedFile("photo.png", file_of(Image.new(mode, (40, 30)), exif=exif.tobytes())))
        assert Image.open(io.BytesIO(read)).size == (30, 40), mode


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "P seen through", "RGB seen through"])
def test_photo_of_almost_forty_megapixels_is_read_in_every_mode(mode):
    """The decoder's memory is limited; converting before shrinking must not take more of it than there is."""
    options = {"transparency": 0 if mode[0] == "P" else (0, 0, 0)} if "seen" in mode else {}
    sent = file_of(Image.new(mode.split()[0], (7300, 5450)), compress_level=1, **options)

    assert Image.open(io.BytesIO(read_photo(SimpleUploadedFile("photo.png", sent)))).size == (1600, 1195)
