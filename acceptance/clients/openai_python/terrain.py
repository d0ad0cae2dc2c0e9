"""Pictures of a real model: a small diffusion model of terrains, which knows no words but how rough they are to be."""

import base64
import io

from PIL import Image, ImageChops, ImageStat

from check import check, expect

SUITE = "terrain"
MODEL = "terrain/terrain-diffusion"


def made(target, prompt, **wishes):
    seed = wishes.pop("seed", 7)
    answer = target.client.images.generate(
        model=MODEL, prompt=prompt, response_format="b64_json", extra_body={"seed": seed}, **wishes
    )
    pictures = [Image.open(io.BytesIO(base64.b64decode(item.b64_json))) for item in answer.data]
    for picture in pictures:
        picture.load()
    return pictures


def differ(one, other):
    return ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox() is not None


def roughness(picture):
    """How much neighbours differ, on average."""
    grey = picture.convert("L")
    return ImageStat.Stat(ImageChops.difference(grey, ImageChops.offset(grey, 1, 0))).mean[0]


@check(SUITE, "a picture, its size, format and origin, by Pillow")
def one(target):
    picture = made(target, "terrain of roughness 60")[0]
    expect((picture.format, picture.size) == ("PNG", (128, 128)), "128x128 PNG", picture)
    told = dict(picture.text)
    expect(told["Model"] == "terrain-diffusion", "its model", told)
    expect("Simulated" not in told, "a real model is not called simulated", told)


@check(SUITE, "the same seed gives the same picture, another another")
def seeds(target):
    first, again, other = (made(target, "roughness 40", seed=seed)[0] for seed in (1, 1, 2))
    expect(not differ(first, again), "the same", "they differ")
    expect(differ(first, other), "another", "they are the same")


@check(SUITE, "what is asked for is what is made")
def rough(target):
    smooth, rugged = (roughness(made(target, f"roughness {each}")[0]) for each in (3, 98))
    expect(rugged > 1.5 * smooth, "rougher where more was asked", (smooth, rugged))


@check(SUITE, "three at once, as WebP, of another size")
def several(target):
    pictures = made(target, "hills", n=3, size="256x128", output_format="webp")
    expect([picture.size for picture in pictures] == [(256, 128)] * 3, "256x128", pictures)
    expect({picture.format for picture in pictures} == {"WEBP"}, "WebP", pictures)
