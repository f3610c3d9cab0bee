"""A program that decodes one uploaded photo in a process of its own: `python -I decoder.py < upload > clean.jpg`.

It has less memory, time and rights than the site, so that a file which exploits a decoder reaches nothing: no settings and no
database. The exit status says what was wrong with the file; see upload.py.
"""

import contextlib
import io
import resource
import sys

from PIL import Image, ImageCms, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1600
# Enough for 40 megapixels of a JPEG or a PNG; the decoder of WebP needs four times as much and reaches about 25.
MOST_MEMORY = 640 * 1024 * 1024
MOST_SECONDS = 10
# The modes that are shrunk and converted as they are, and what a profile of each has to describe.
PLAIN_MODES = {"L", "LA", "RGB", "RGBA", "CMYK"}
SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
# Profiles of scanners and cameras, screens, printers, and of a space of colors; others are links between two, or lists of names.
DEVICES = {"scnr", "mntr", "prtr", "spac"}
NOT_READABLE, TOO_MANY_PIXELS, TOO_HEAVY = 10, 11, 12
# What Pillow raises for files that are broken, truncated, mislabeled or too large; any other exception is a bug of ours.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, OverflowError)


def set_limits() -> None:
    """Limit memory, time and files to what reading a picture needs. macOS refuses some limits; Linux refuses none."""
    limits = {resource.RLIMIT_AS: MOST_MEMORY, resource.RLIMIT_CPU: MOST_SECONDS, resource.RLIMIT_FSIZE: 0}
    for name, most in (limits | {resource.RLIMIT_CORE: 0}).items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(name, (most, most))


def clean_jpeg(file: io.BytesIO, formats: tuple[str, ...]) -> bytes:
    """Return the photo as a new JPEG, upright, at most 1600 px on its longer side, in sRGB, without any metadata."""
    image: Image.Image = Image.open(file, formats=formats)
    if image.width * image.height > MOST_PIXELS:
        raise Image.DecompressionBombError
    image = in_plain_mode(image)
    # Shrinking first lets the JPEG decoder skip most of the work; the longer side is the same upright or not.
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = on_white(in_srgb(ImageOps.exif_transpose(image)))
    written = io.BytesIO()
    clean.save(written, "JPEG", quality=84, optimize=True, progressive=True)
    return written.getvalue()


def in_plain_mode(image: Image.Image) -> Image.Image:
    """Return the picture as L, LA, RGB, RGBA or CMYK with eight bits, transparent where one color was named so.

    One that is so already is returned undecoded. Of 16 bits the upper ones stay; converting a grey one as it is would clip it.
    """
    if image.mode.startswith("I"):
        image = _with_eight_bits(image)
    see_through = image.info.get("transparency")
    if see_through is not None:
        if isinstance(see_through, tuple) and max(see_through) > 255:
            image.info["transparency"] = tuple(value >> 8 for value in see_through)
        return image.convert("RGBA")
    if image.mode in PLAIN_MODES:
        return image
    return image.convert("L" if image.mode == "1" else "RGBA" if image.has_transparency_data else "RGB")


def _with_eight_bits(image: Image.Image) -> Image.Image:
    """Return a grey picture of 16 bits with eight, and the value that is transparent likewise."""
    image = image.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if image.info.get("transparency") is not None:
        image.info["transparency"] = round(image.info["transparency"] / 257)
    return image


def in_srgb(image: Image.Image) -> Image.Image:
    """Return the picture as RGB or RGBA, converted by its color profile; one that is broken or of other colors is as none."""
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    colors = image.convert(image.mode.removesuffix("A")) if alpha else image
    clean = _by_profile(colors, image.info.get("icc_profile") or b"") or colors.convert("RGB")
    if alpha:
        clean.putalpha(alpha)
    return clean


def _by_profile(colors: Image.Image, profile: bytes) -> Image.Image | None:
    """Return a picture in sRGB; None where the profile cannot be read, or describes other colors than those of the picture."""
    if not profile:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != SPACES[colors.mode] or source.profile.device_class not in DEVICES:
            return None
        return ImageCms.profileToProfile(colors, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return None


def on_white(image: Image.Image) -> Image.Image:
    """Return a new picture on white. A new one, because the old object carries comments and profiles along."""
    clean = Image.new("RGB", image.size, "white")
    clean.paste(image.convert("RGB"), mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return clean


def main(formats: tuple[str, ...]) -> int:
    """Read standard input, write standard output, and return the exit status."""
    set_limits()
    try:
        jpeg = clean_jpeg(io.BytesIO(sys.stdin.buffer.read()), formats)
    except Image.DecompressionBombError:
        return TOO_MANY_PIXELS
    except MemoryError:
        return TOO_HEAVY
    except BROKEN:
        return NOT_READABLE
    sys.stdout.buffer.write(jpeg)
    return 0


if __name__ == "__main__":
    # Loaded in this process only, never in the site, which imports this file for its limits. The package may be missing.
    try:
        import pillow_heif
    except ImportError:
        sys.exit(main(FORMATS))
    pillow_heif.register_heif_opener(thumbnails=False)
    sys.exit(main((*FORMATS, "HEIF")))
