"""Files of forms: spooled where production has room."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from common.storage import temporary_file


class SpoolingHandler(FileUploadHandler):
    """Write a file that is too large for memory to the working folder, without a name.

    Django's own handler names its files and puts them into ``/tmp``, and one whose process is killed stays there.

    Raises
    ------
    OSError
        The disk is full: ``common.storage.is_full``.
    """

    def new_file(self, *given: Any, **more: Any) -> None:
        super().new_file(*given, **more)
        self.file = temporary_file()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self.file.seek(0)  # which writes what is buffered
        return UploadedFile(
            file=self.file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()
