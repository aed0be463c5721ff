"""Photos: refused when they are none, and made anew, small and without what the camera wrote into them."""

import warnings
from io import BytesIO
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from stations.refusals import Refusal

MOST_BYTES = 8_000_000
MOST_POINTS = 40_000_000
LONGEST_SIDE = 1600
QUALITY = 80
SIGNS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
WHITE = (255, 255, 255)

# Pillow looks at the size as soon as it has read the head of a file: what is too large is never decoded.
Image.MAX_IMAGE_PIXELS = MOST_POINTS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


class PhotoTooLarge(Refusal):
    code = "photo_too_large"
    sentence = _("This photo is too large: at most 8 MB and 40 million points. Take it anew with a smaller size.")


class PhotoNotReadable(Refusal):
    code = "photo_not_readable"
    sentence = _("This file is no photo that we can read. Take a photo as JPEG or PNG.")


class Prepared(NamedTuple):
    content: bytes
    width: int
    height: int


def prepare(file: bytes) -> Prepared:
    """The photo as JPEG, upright, at most LONGEST_SIDE long. Refuses PhotoTooLarge, PhotoNotReadable."""
    if len(file) > MOST_BYTES:
        raise PhotoTooLarge(field="photo")
    kind = next((name for sign, name in SIGNS.items() if file.startswith(sign)), None)
    if kind is None:
        raise PhotoNotReadable(field="photo")
    try:
        return _made_anew(file, kind)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise PhotoTooLarge(field="photo") from error
    except Exception as error:
        # A decoder that is fed with nonsense fails in any way there is.
        raise PhotoNotReadable(field="photo") from error


def _made_anew(file: bytes, kind: str) -> Prepared:
    with Image.open(BytesIO(file), formats=[kind]) as sent:
        sent.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(sent)
    # Only the points go over: comments, profiles and positions stay behind.
    clean = Image.new("RGB", upright.size, WHITE)
    seen = upright.convert("RGBA") if upright.mode in ("P", "LA", "PA", "RGBA") else upright.convert("RGB")
    clean.paste(seen, mask=seen.getchannel("A") if seen.mode == "RGBA" else None)
    content = BytesIO()
    clean.save(content, "JPEG", quality=QUALITY, optimize=True)
    return Prepared(content.getvalue(), *clean.size)
