"""OpenAI-compatible servers: one question and its answer, whichever server there is, however it fails.

`client` asks one server, `ladder` knows what that takes, `refusal` and `usage` read what it says, `retry` decides who
is asked and when, `endpoints` asks several in order of preference.
"""

from .client import AnswerCut, EndpointError, Llm, Sampling, Usage, base_url

__all__ = ["AnswerCut", "EndpointError", "Llm", "Sampling", "Usage", "base_url"]
