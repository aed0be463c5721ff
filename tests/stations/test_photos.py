"""What is sent as a photo is a photo, or refused; what is kept tells nothing of the camera, nor where it was."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from time import perf_counter

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from stations import photos
from stations.refusals import Refusal

GPS, ORIENTATION = 0x8825, 0x0112


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **saved: object) -> bytes:
    content = BytesIO()
    Image.new(mode, size, 120 if mode in "LP" else None).save(content, kind, **saved)
    return content.getvalue()


def with_position() -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "Camera of Fatou"
    exif.get_ifd(GPS).update({1: "N", 2: (48.0, 51.0, 11.0), 3: "E", 4: (2.0, 22.0, 8.0)})
    return picture(exif=exif, comment=b"at home")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb() -> bytes:
    """20,000 × 20,000 points in a few bytes."""
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"\xff", "photo_not_readable"),
    "text": (lambda: b"hello", "photo_not_readable"),
    "html": (lambda: b"<!doctype html><script>alert(1)</script>", "photo_not_readable"),
    "html with a sign of jpeg": (lambda: b"\xff\xd8\xff<script>alert(1)</script>", "photo_not_readable"),
    "html before a jpeg": (lambda: b"<script>alert(1)</script>" + picture(), "photo_not_readable"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "photo_not_readable"),
    "gif": (lambda: picture("GIF"), "photo_not_readable"),
    "webp": (lambda: picture("WEBP"), "photo_not_readable"),
    "tiff": (lambda: picture("TIFF"), "photo_not_readable"),
    "bmp": (lambda: picture("BMP"), "photo_not_readable"),
    "postscript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "photo_not_readable"),
    "pdf": (lambda: b"%PDF-1.7\n1 0 obj<</JS(alert(1))>>endobj", "photo_not_readable"),
    "zip": (lambda: b"PK\x03\x04" + bytes(100), "photo_not_readable"),
    "truncated jpeg": (lambda: picture(size=(400, 400))[:400], "photo_not_readable"),
    "truncated png": (lambda: picture("PNG", size=(400, 400))[:60], "photo_not_readable"),
    "png with a broken head": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(40), "photo_not_readable"),
    "zeros behind a sign": (lambda: b"\xff\xd8\xff" + bytes(5000), "photo_not_readable"),
    "bomb": (bomb, "photo_too_large"),
    "more than 40 million points": (lambda: picture("PNG", size=(7000, 6000), mode="1"), "photo_too_large"),
    "more than 8 MB": (lambda: picture() + bytes(photos.MOST_BYTES), "photo_too_large"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_photo_is_refused(name: str) -> None:
    made, code = HOSTILE[name]
    sent = made()
    began = perf_counter()

    with pytest.raises(Refusal) as refused:
        photos.prepare(sent)

    assert (refused.value.code, refused.value.field) == (code, "photo")
    assert perf_counter() - began < 0.1 or name == "more than 8 MB"


@pytest.mark.parametrize(
    ("kind", "mode", "size"),
    [
        ("JPEG", "RGB", (64, 48)),
        ("JPEG", "L", (64, 48)),
        ("JPEG", "CMYK", (64, 48)),
        ("PNG", "RGBA", (64, 48)),
        ("PNG", "P", (64, 48)),
        ("PNG", "I;16", (64, 48)),
        ("PNG", "1", (1, 1)),
        ("JPEG", "RGB", (4000, 3000)),
        ("PNG", "RGB", (10, 5000)),
    ],
)
def test_a_photo_becomes_a_small_jpeg(kind: str, mode: str, size: tuple[int, int]) -> None:
    kept = photos.prepare(picture(kind, size, mode))

    shown = Image.open(BytesIO(kept.content))
    assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", (kept.width, kept.height))
    assert max(shown.size) <= photos.LONGEST_SIDE


def test_nothing_of_the_camera_or_the_place_is_kept_and_it_stands_upright() -> None:
    kept = photos.prepare(with_position())

    shown = Image.open(BytesIO(kept.content))
    assert dict(shown.getexif()) == {}
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(shown.info)
    assert b"Fatou" not in kept.content
    assert (kept.width, kept.height) == (48, 64)


def test_words_in_a_png_and_what_hangs_behind_a_picture_are_not_kept() -> None:
    words = PngInfo()
    words.add_text("Comment", "<script>alert(1)</script>")
    tailed = picture("PNG", pnginfo=words) + b"<script>alert(2)</script>"

    assert b"script" not in photos.prepare(tailed).content
    assert b"script" not in photos.prepare(picture() + b"<script>alert(2)</script>").content
