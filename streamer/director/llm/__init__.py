"""OpenAI-compatible servers: one question and its answer, whichever server there is, however it fails.

`client` asks one server over a `connection`, `ladder` knows what that takes, `chunk`, `refusal` and `usage` read what
it says, `failure` is how it ends otherwise, `retry` decides who is asked and when, `endpoints` asks several in order of
preference.
"""

from .client import Llm
from .connection import base_url
from .failure import AnswerCut, EndpointError
from .ladder import Sampling
from .usage import Usage

__all__ = ["AnswerCut", "EndpointError", "Llm", "Sampling", "Usage", "base_url"]
