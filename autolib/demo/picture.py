"""A station at dusk, drawn: the kiosk with its light, two posts at the kerb, a street behind. For want of a camera."""

from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1280, 800
HORIZON, PAVEMENT, KERB = 430, 520, 640  # where the houses stand, the pavement begins, and ends
NIGHT, DUSK = (28, 38, 78), (232, 158, 110)
HOUSES, WINDOW, STONE, ROAD = (41, 44, 66), (240, 196, 120), (104, 100, 104), (52, 53, 62)
GLASS, ROOF, LAMP, POST = (190, 208, 214), (58, 74, 84), (255, 224, 160), (206, 212, 216)
READY = (96, 214, 150)


def dusk(seed: int) -> bytes:
    """PNG. The same seed is the same street; another one has other houses behind."""
    chance = Random(seed)
    picture = Image.new("RGB", (WIDTH, HEIGHT), ROAD)
    pen = ImageDraw.Draw(picture)
    for y in range(PAVEMENT):
        share = min(1.0, y / HORIZON) ** 1.6
        pen.line([(0, y), (WIDTH, y)], fill=_between(NIGHT, DUSK, share))
    _houses(pen, chance)
    pen.rectangle([0, PAVEMENT, WIDTH, KERB], fill=STONE)
    for x in range(-400, WIDTH + 400, 130):
        pen.line([(x, KERB), (WIDTH / 2 + (x - WIDTH / 2) * 0.7, PAVEMENT)], fill=(94, 90, 95), width=2)
    pen.rectangle([0, KERB, WIDTH, KERB + 16], fill=(150, 146, 144))
    picture = _lit(picture, [(330, 470, 260), (800, 560, 90), (1050, 560, 90)])
    pen = ImageDraw.Draw(picture)
    _kiosk(pen)
    for x in (800, 1050):
        _post(pen, x)
    for x in (640, 900, 1150):
        pen.line([(x, KERB + 16), (x - 60, HEIGHT)], fill=(176, 176, 172), width=7)
    sent = BytesIO()
    picture.filter(ImageFilter.SMOOTH).save(sent, "PNG")
    return sent.getvalue()


def _between(one: tuple[int, int, int], other: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _houses(pen: ImageDraw.ImageDraw, chance: Random) -> None:
    x = -20
    while x < WIDTH:
        width, top = chance.randrange(150, 260), chance.randrange(120, 240)
        pen.polygon([(x, top), (x + 24, top - 46), (x + width - 24, top - 46), (x + width, top)], fill=(52, 56, 78))
        pen.rectangle([x, top, x + width, PAVEMENT], fill=HOUSES)
        for row in range(top + 26, PAVEMENT - 60, 62):
            for column in range(x + 22, x + width - 30, 44):
                is_lit = chance.random() < 0.28
                pen.rectangle([column, row, column + 18, row + 34], fill=WINDOW if is_lit else (58, 62, 86))
        x += width


def _lit(picture: Image.Image, lamps: list[tuple[int, int, int]]) -> Image.Image:
    """With the glow of each lamp (x, y, radius) on what is around it."""
    glow = Image.new("L", picture.size, 0)
    pen = ImageDraw.Draw(glow)
    for x, y, radius in lamps:
        pen.ellipse([x - radius, y - radius * 0.8, x + radius, y + radius * 0.8], fill=120)
    warm = Image.new("RGB", picture.size, LAMP)
    return Image.composite(warm, picture, glow.filter(ImageFilter.GaussianBlur(90)))


def _kiosk(pen: ImageDraw.ImageDraw) -> None:
    """A small glass house with a round roof, a person's height and a half."""
    pen.ellipse([170, 600, 500, 636], fill=(78, 75, 80))
    pen.rounded_rectangle([190, 300, 470, 616], radius=36, fill=LAMP)
    for x in (190, 284, 376):
        pen.rounded_rectangle([x + 10, 332, x + 84, 600], radius=10, fill=GLASS)
        pen.polygon([(x + 10, 420), (x + 84, 350), (x + 84, 400), (x + 10, 470)], fill=(214, 227, 230))
    pen.rounded_rectangle([236, 430, 424, 600], radius=8, fill=(222, 214, 190))
    pen.rectangle([262, 452, 398, 530], fill=(34, 78, 160))
    pen.pieslice([150, 236, 510, 388], 180, 360, fill=ROOF)
    pen.rectangle([150, 310, 510, 326], fill=ROOF)
    pen.rectangle([186, 604, 474, 622], fill=(70, 74, 82))


def _post(pen: ImageDraw.ImageDraw, x: int) -> None:
    """A charging post at the kerb, ready, with its cable."""
    pen.ellipse([x - 56, 622, x + 60, 644], fill=(78, 75, 80))
    pen.rounded_rectangle([x - 34, 456, x + 34, 634], radius=26, fill=POST)
    pen.rounded_rectangle([x - 20, 484, x + 20, 520], radius=6, fill=(40, 46, 58))
    pen.ellipse([x - 12, 536, x + 12, 560], outline=READY, width=6)
    pen.arc([x + 6, 540, x + 74, 640], 200, 20, fill=(36, 40, 50), width=7)
