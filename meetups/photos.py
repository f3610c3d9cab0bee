"""A photo somebody sent, made safe: read by three decoders only, checked before it is decoded, written anew without metadata."""

import io

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

from meetups.exceptions import MeetupError

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1600
# What Pillow raises for files that are broken, cut, lying or too large; anything else is a fault of ours.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, OverflowError, Image.DecompressionBombError)


def read_photo(upload: UploadedFile) -> bytes:
    """Return the photo as a new JPEG, upright, at most 1600 px on its longer side, in sRGB, without any metadata.

    The name and the type that the browser told are not looked at. Raises MeetupError for what is not a JPEG, PNG or WebP,
    for more than 10 MB, and for more than 40 megapixels, which is read from the header before anything is decoded (R92).
    """
    if upload.size > MOST_BYTES:
        raise MeetupError(_("This photo is larger than 10 MB. Please choose a smaller one."))
    try:
        upload.seek(0)
        with Image.open(upload, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise MeetupError(_("This photo has more than 40 megapixels. Please choose a smaller one."))
            # Shrinking first lets the JPEG decoder skip most of the work; the longer side is the same upright or not.
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            clean = _on_white(_in_srgb(ImageOps.exif_transpose(image)))
    except BROKEN as error:
        raise MeetupError(_("This file is not a photo we can read. JPEG, PNG or WebP, please.")) from error
    written = io.BytesIO()
    clean.save(written, "JPEG", quality=84, optimize=True, progressive=True)
    return written.getvalue()


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the picture with its color profile worked in; one whose profile makes no sense is taken as it is."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "CMYK", "L"}:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image


def _on_white(image: Image.Image) -> Image.Image:
    """Return a new picture on white. A new one, because a comment or a profile travels along with the old one."""
    clean = Image.new("RGB", image.size, "white")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        clean.paste(with_alpha, mask=with_alpha.getchannel("A"))
    else:
        clean.paste(image.convert("RGB"))
    return clean
