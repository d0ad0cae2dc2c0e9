"""instructor: typed answers, by a forced tool, by JSON schema and by JSON in the text, whole and in parts."""

import importlib.metadata
from typing import Literal

import openai
from pydantic import BaseModel

import check
import instructor
from check import expect

SUITE = "structured"


class Step(BaseModel):
    action: str
    minutes: int


class Plan(BaseModel):
    """A plan with nested parts, an enumeration and a field that may be missing."""

    title: str
    priority: Literal["low", "high"]
    steps: list[Step]
    owner: str | None = None


ASK = [{"role": "user", "content": "Plan a picnic for Ada."}]


def connect(address, key):
    return openai.OpenAI(base_url=f"{address}/v1", api_key=key)


def made(target, mode):
    return instructor.from_openai(target.client, mode=mode)


def expect_plan(plan):
    expect(isinstance(plan, Plan), "a Plan", plan)
    expect(bool(plan.title) and len(plan.steps) >= 1, "a title and steps", plan)


@check.check(SUITE, "a plan by a forced tool")
def by_tool(target):
    client = made(target, instructor.Mode.TOOLS)
    expect_plan(client.create(model=target.model, response_model=Plan, messages=ASK))


@check.check(SUITE, "a plan by JSON schema")
def by_schema(target):
    client = made(target, instructor.Mode.JSON_SCHEMA)
    expect_plan(client.create(model=target.model, response_model=Plan, messages=ASK))


@check.check(SUITE, "a plan with its raw completion")
def with_completion(target):
    client = made(target, instructor.Mode.TOOLS)
    plan, completion = client.create_with_completion(
        model=target.model, response_model=Plan, messages=ASK
    )
    expect_plan(plan)
    expect(completion.usage.total_tokens > 0, "usage", completion)


@check.check(SUITE, "a plan in parts, streamed")
def in_parts(target):
    client = made(target, instructor.Mode.TOOLS)
    parts = list(client.create_partial(model=target.model, response_model=Plan, messages=ASK))
    expect(len(parts) >= 2, "several parts", parts)
    expect_plan(Plan.model_validate(parts[-1].model_dump()))


@check.check(SUITE, "several steps, streamed one by one")
def one_by_one(target):
    client = made(target, instructor.Mode.TOOLS)
    steps = list(client.create_iterable(model=target.model, response_model=Step, messages=ASK))
    expect(steps and all(isinstance(step, Step) for step in steps), "steps", steps)


@check.check(
    SUITE, "an answer that its own validator refuses is asked for again, and ends in an error"
)
def refused(target):
    class Impossible(BaseModel):
        title: str

        def model_post_init(self, _):
            raise ValueError("no title is good enough")

    client = made(target, instructor.Mode.TOOLS)
    ask = lambda: client.create(
        model=target.model, response_model=Impossible, messages=ASK, max_retries=2
    )
    check.expect_raises(Exception, ask)


if __name__ == "__main__":
    check.main("instructor", importlib.metadata.version("instructor"), connect)
