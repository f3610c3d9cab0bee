"""Fixtures and helpers of the tests of recaps: photos in a folder of the test's own."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def photo_file(color: str = "teal") -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (80, 60), color).save(written, "PNG")
    return SimpleUploadedFile("photo.png", written.getvalue(), content_type="image/png")


def media_files(settings) -> list[str]:
    return sorted(file.name for file in settings.MEDIA_ROOT.rglob("*") if file.is_file())
