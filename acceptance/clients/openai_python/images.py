"""Pictures: generations, edits and chat, each file read by another decoder (Pillow)."""

import base64
import io
import urllib.request

import openai
from PIL import Image

from check import check, expect, expect_raises

SUITE = "images"
FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}


def opened(data):
    """The picture, decoded whole."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def inscription(picture):
    """What the file says of itself: text chunks of a PNG, else EXIF."""
    if picture.format == "PNG":
        return dict(picture.text)
    exif = picture.getexif()
    told = dict(line.split(": ", 1) for line in exif[0x010E].split("; "))
    return {"Software": exif[0x0131], **told}


def register(word, name):
    @check(SUITE, f"{word}: size, format and inscription, by Pillow")
    def made(target):
        answer = target.client.images.generate(
            model="brush", prompt="a red fox", size="512x256", response_format="b64_json",
            output_format=word, extra_body={"seed": 7},
        )
        picture = opened(base64.b64decode(answer.data[0].b64_json))
        expect((picture.format, picture.size) == (name, (512, 256)), name, picture)
        told = inscription(picture)
        expect(told["Software"] == "potluck" and told["Model"] == "brush", "its origin", told)
        expect(told["Seed"] == "7" and "no model" in told["Simulated"], "its origin", told)
        expect("fox" not in str(told), "no prompt", told)
        red, green, _ = picture.convert("RGB").getpixel((480, 16))
        expect(red > 200 and green < 60, "the pixels that were sent", (red, green))


for each in FORMATS.items():
    register(*each)


@check(SUITE, "three at once")
def several(target):
    answer = target.client.images.generate(model="free", prompt="x", n=3)
    expect(len(answer.data) == 3, "three", answer)
    for item in answer.data:
        opened(base64.b64decode(item.b64_json))


@check(SUITE, "an address, fetched without a key")
def address(target):
    answer = target.client.images.generate(model="brush", prompt="x", response_format="url")
    with urllib.request.urlopen(answer.data[0].url) as got:
        expect(got.headers["content-type"] == "image/png", "image/png", got.headers)
        opened(got.read())


@check(SUITE, "an edit with a mask")
def edit(target):
    source = io.BytesIO()
    Image.new("RGBA", (64, 64), "blue").save(source, "PNG")
    file = ("blue.png", source.getvalue(), "image/png")
    answer = target.client.images.edit(model="brush", image=file, mask=file, prompt="make it red")
    opened(base64.b64decode(answer.data[0].b64_json))


@check(SUITE, "a stream")
def streamed(target):
    events = list(target.client.images.generate(model="brush", prompt="x", stream=True))
    expect(events[-1].type == "image_generation.completed", "completed", events)
    opened(base64.b64decode(events[-1].b64_json))


@check(SUITE, "chat with modalities")
def chat(target):
    answer = target.client.chat.completions.create(
        model="brush",
        messages=[{"role": "user", "content": "a red fox"}],
        extra_body={"modalities": ["image", "text"]},
    )
    url = answer.choices[0].message.model_extra["images"][0]["image_url"]["url"]
    opened(base64.b64decode(url.partition("base64,")[2]))


@check(SUITE, "no prompt, no picture, too many: BadRequestError")
def wrong(target):
    images = target.client.images
    expect_raises(openai.BadRequestError, lambda: images.generate(model="brush", prompt=" "))
    expect_raises(openai.BadRequestError, lambda: images.generate(model="brush", prompt="x", n=11))
    file = ("a.png", b"\x89PNG\r\n\x1a\nhalf", "image/png")
    expect_raises(
        openai.BadRequestError, lambda: images.edit(model="brush", image=file, prompt="x")
    )
