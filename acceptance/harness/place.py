"""Where the clients are sent: potluck over a real model, potluck over simulated providers, or either without potluck."""

import contextlib
import subprocess
import sys
from dataclasses import dataclass

from harness.painter import painting
from harness.server import ROOT, SKIPPED, CannotRun, cargo_built, last_line, running
from harness.tee import recorded

MODEL_SERVER = ROOT / "acceptance" / "model_server"
PICTURE_SERVER = ROOT / "acceptance" / "picture_server"
KEY = "a-key-for-the-real-model"
REAL_PROVIDER = """\
name = "llama.cpp with SmolLM2"
dialect = "openai"
base_url = "{base_url}"
status = "local"
first_event_ms = 120000
# the server answers two at a time and queues the others by itself
concurrency = 8

[auth]
env = ["REAL_MODEL_KEY"]

[[models]]
id = "smollm2-135m"
family = "smollm2-135m"
context = 4096
max_output = 512
input = ["text"]
output = ["text"]
features = ["json_object", "json_schema"]
"""
EMBEDDING_PROVIDER = """\
name = "llama.cpp with SmolLM2, for vectors"
dialect = "openai"
base_url = "{base_url}"
status = "local"

[auth]
env = ["REAL_MODEL_KEY"]

[[models]]
id = "smollm2-135m"
family = "smollm2-135m-vectors"
context = 4096
input = ["text"]
output = ["embedding"]
"""
PICTURE_PROVIDER = """\
name = "a real model of terrains"
dialect = "openai"
base_url = "{base_url}"
status = "local"
concurrency = 1

[auth]
keyless = true

[[models]]
id = "terrain-diffusion"
family = "terrain-diffusion"
input = ["text"]
output = ["image"]

[models.image]
multiple_of = 128
least_edge = 128
most_edge = 256
usual_size = "128x128"
"""


@dataclass(frozen=True)
class Place:
    """An address, a key, and the model to ask for."""

    address: str
    key: str
    model: str
    # Empty where nobody makes vectors.
    embedding_model: str
    # Whether potluck stands there, so that its own promises are checked.
    potluck: bool


@contextlib.contextmanager
def through(potluck, name, providers, folder, **environment):
    """potluck over this folder of provider files and no others, with all that it says recorded; yields its address."""
    config = folder / f"{name}.toml"
    config.write_text("[catalog]\nbuiltin = false\n")
    command = [potluck, "serve", "--config", config, "--bind", "127.0.0.1:0"]
    command += ["--state", ":memory:", "--providers", providers]
    with (
        running(name, command, folder, **environment) as address,
        recorded(address, folder / "records" / name) as beside,
    ):
        yield beside


def prepare():
    """Build the model's server and fetch the model, or find both; this has its own time limit and its own words."""
    command = [MODEL_SERVER, "prepare"]
    prepared = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    sys.stderr.write(prepared.stderr)
    if prepared.returncode == SKIPPED:
        raise CannotRun(last_line(prepared.stderr))


@contextlib.contextmanager
def real(potluck, folder):
    """The real model, behind potluck when there is one."""
    # Only a server that is built can be expected to start quickly.
    prepare()
    serve = [MODEL_SERVER, "serve", "--key", KEY]
    embed = [*serve, "--embeddings"]
    with (
        running("model_server", serve, folder) as address,
        running("embedding_server", embed, folder) as vectors,
        running("picture_server", [PICTURE_SERVER, "serve"], folder) as pictures,
    ):
        if not potluck:
            yield Place(address, KEY, "smollm2-135m", "", potluck=False)
            return
        providers = folder / "real"
        providers.mkdir()
        (providers / "real.toml").write_text(REAL_PROVIDER.format(base_url=f"{address}/v1"))
        embedding = EMBEDDING_PROVIDER.format(base_url=f"{vectors}/v1")
        (providers / "vectors.toml").write_text(embedding)
        painter = PICTURE_PROVIDER.format(base_url=f"{pictures}/v1")
        (providers / "terrain.toml").write_text(painter)
        with through(potluck, "potluck-real", providers, folder, REAL_MODEL_KEY=KEY) as beside:
            models = ("real/smollm2-135m", "vectors/smollm2-135m")
            yield Place(beside, "none", *models, potluck=True)


@contextlib.contextmanager
def simulated(potluck, folder):
    """The simulated providers, behind potluck when there is one."""
    program = cargo_built("--workspace", "--example", "simulated")
    providers = folder / "simulated"
    with running("simulated", [program, "--files", providers], folder) as first:
        if not potluck:
            yield Place(first, "none", "alpha-1", "", potluck=False)
            return
        with (
            painting(providers),
            through(potluck, "potluck-simulated", providers, folder) as beside,
        ):
            yield Place(beside, "none", "free", "", potluck=True)
