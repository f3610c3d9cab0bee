"""A program of its own that reads one photo from a stranger: `python -I photoreader.py < upload > clean.jpg`.

It runs for one file and ends, with less memory, time and rights than the site has: what a decoder may do wrong, it does here.
It knows nothing of Django, of settings or of the database. The exit status says what was wrong; see photos.py.
"""

import contextlib
import io
import resource
import sys

from PIL import Image, ImageCms, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1600
# Enough for 40 megapixels of a JPEG or a PNG; the decoder of WebP holds them four times over and reaches about 25.
MOST_MEMORY = 640 * 1024 * 1024
MOST_SECONDS = 10
NOT_READABLE, TOO_MANY_PIXELS, TOO_HEAVY = 10, 11, 12
# What Pillow raises for files that are broken, cut, lying or too large; anything else is a fault of ours.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, OverflowError)


def set_limits() -> None:
    """Take away what reading a picture does not need. macOS refuses some of it; Linux does not."""
    limits = {resource.RLIMIT_AS: MOST_MEMORY, resource.RLIMIT_CPU: MOST_SECONDS, resource.RLIMIT_FSIZE: 0}
    for name, most in (limits | {resource.RLIMIT_CORE: 0}).items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(name, (most, most))


def known_formats() -> tuple[str, ...]:
    """Return the formats that are opened: HEIC too where pillow-heif is installed."""
    with contextlib.suppress(ImportError):
        import pillow_heif  # noqa: PLC0415  may be missing, and is wanted in this process alone

        pillow_heif.register_heif_opener(thumbnails=False)
        return (*FORMATS, "HEIF")
    return FORMATS


def clean_jpeg(file: io.BufferedIOBase) -> bytes:
    """Return the photo as a new JPEG, upright, at most 1600 px on its longer side, in sRGB, without any metadata."""
    with Image.open(file, formats=known_formats()) as image:
        if image.width * image.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        # Shrinking first lets the JPEG decoder skip most of the work; the longer side is the same upright or not.
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        clean = on_white(in_srgb(ImageOps.exif_transpose(image)))
    written = io.BytesIO()
    clean.save(written, "JPEG", quality=84, optimize=True, progressive=True)
    return written.getvalue()


def in_srgb(image: Image.Image) -> Image.Image:
    """Return the picture with its color profile worked in; one whose profile makes no sense is taken as it is."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "CMYK", "L"}:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image


def on_white(image: Image.Image) -> Image.Image:
    """Return a new picture on white. A new one, because a comment or a profile travels along with the old one."""
    clean = Image.new("RGB", image.size, "white")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        clean.paste(with_alpha, mask=with_alpha.getchannel("A"))
    else:
        clean.paste(image.convert("RGB"))
    return clean


def main() -> int:
    """Read standard input, write standard output, and answer with the exit status."""
    set_limits()
    try:
        jpeg = clean_jpeg(io.BytesIO(sys.stdin.buffer.read()))
    except Image.DecompressionBombError:
        return TOO_MANY_PIXELS
    except MemoryError:
        return TOO_HEAVY
    except BROKEN:
        return NOT_READABLE
    sys.stdout.buffer.write(jpeg)
    return 0


if __name__ == "__main__":
    sys.exit(main())
