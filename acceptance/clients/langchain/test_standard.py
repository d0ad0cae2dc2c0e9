"""The published suite, told only which class it tests and what the model behind the address can do."""

import os

import pytest
from langchain_openai import ChatOpenAI
from langchain_tests.integration_tests import ChatModelIntegrationTests


class TestChatOpenAI(ChatModelIntegrationTests):
    @property
    def chat_model_class(self):
        return ChatOpenAI

    @property
    def chat_model_params(self):
        return {
            "model": os.environ["ACCEPTANCE_MODEL"],
            "base_url": os.environ["ACCEPTANCE_BASE_URL"],
            "api_key": os.environ["ACCEPTANCE_KEY"],
        }

    @property
    def supports_json_mode(self):
        return True

    @property
    def supports_anthropic_inputs(self):
        return False

    @property
    def has_tool_choice(self):
        return True

    @property
    def model_override_value(self):
        return "sim-1/alpha-1"

    @pytest.mark.xfail(
        strict=True,
        reason="the model's: in its JSON mode the simulated model writes fields of its own, not those that the prompt names",
    )
    def test_json_mode(self, model):
        super().test_json_mode(model)
