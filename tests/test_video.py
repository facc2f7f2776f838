"""Video on the bus: a foreign record is refused with its fault, whatever its headers hold."""

import pytest

from streamer.errors import Rejected
from streamer.video import from_record

DEEP = b'{"type":"description","deep":' + b"[" * 5000
NUMBERS = ("epoch", "seq", "pts", "duration", "keyframe", "generation")


@pytest.mark.parametrize(("kind", "header"), [("chunk", "description"), ("init", "media")])
def test_json_thousands_of_brackets_deep_is_an_unreadable_header(kind, header):
    headers = [("kind", kind.encode()), *((name, b"1") for name in NUMBERS), (header, DEEP)]
    with pytest.raises(Rejected, match="unreadable header"):
        from_record(headers, b"")
