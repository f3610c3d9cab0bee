"""Receive a form whose photo is too large without losing the words beside it."""

import io

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from meetups.pictures.upload import MOST_BYTES


class LimitedUploadHandler(FileUploadHandler):
    """Keep no byte of a file beyond the limit, and read on: the form gets an empty file of the size that was sent, refuses it in
    words and keeps its other fields. Stands before the handlers that store files."""

    def new_file(self, *args, **kwargs) -> None:
        super().new_file(*args, **kwargs)
        self.is_too_large = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.is_too_large = self.is_too_large or start + len(raw_data) > MOST_BYTES
        return None if self.is_too_large else raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if not self.is_too_large:
            return None
        return UploadedFile(io.BytesIO(), self.file_name or "photo", self.content_type, file_size)
