"""`proto/` says what the structs say, and the AsyncAPI document is one."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import msgspec
import pytest
from parts import missing

from streamer.messages import Box, FrameDescription, SceneObject, encode
from tools import proto, reference

HERE = Path(__file__).parent


def test_nothing_has_drifted():
    for path, text in proto.files().items():
        assert path.read_text() == text, f"{path.name}: run `python -m tools.proto`"


def test_the_options_page_has_not_drifted():
    assert reference.PAGE.read_text() == reference.page(), "run `python -m tools.reference`"


def test_a_default_is_shown_as_one_would_give_it():
    rows = {
        line.split("|")[1].strip(): line.split("|")[3].strip()
        for line in reference.page().splitlines()
        if "| `STR" in line
    }
    assert (rows["`--llm`"], rows["`--model`"], rows["`--api-key`"]) == ("`storyboard`", "`default`", "")
    assert rows["`--port`"] == "`8080`, kafka: `9092`"
    assert rows["`--seconds`"] == "render: `8.0`"


def test_a_description_fits_its_schema_and_a_broken_one_does_not():
    schema = proto.json_schemas()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator({**schema, "$ref": "#/$defs/FrameDescription"})
    fox = SceneObject(id="fox", noun="fox", look="red", box=Box(0.1, 0.4, 0.3, 0.3))
    message = json.loads(encode(FrameDescription(epoch=1, seq=0, shot=0, duration=2.0, text="A fox.", objects=(fox,))))
    validator.validate(message)
    message["objects"][0]["box"] = [0.1, 0.4]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(message)


def test_every_topic_is_in_the_document_with_its_kafka_binding():
    document = proto.asyncapi()
    for topic in proto.TOPICS:
        channel = next(c for c in document["channels"].values() if c["address"] == f"streamer.{topic.name}")
        assert channel["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"] == [topic.cleanup]
    assert document["channels"]["viewerSocket"]["bindings"]["ws"]["method"] == "GET"
    types = {msgspec.inspect.type_info(kind).tag for kind in proto.SERVER_MESSAGES}  # type: ignore[attr-defined]
    assert types == {"hello", "epoch", "description", "status", "prompt", "error"}


def test_the_headers_of_a_prompt_are_in_the_document():
    prompts = proto.asyncapi()["components"]["messages"]["Prompts"]
    assert prompts["headers"]["properties"].keys() == {"id", "author"}


@pytest.mark.slow
@pytest.mark.timeout(600)  # the parser may have to be downloaded
def test_the_official_parser_finds_nothing_to_complain_about(node):
    if shutil.which("npm") is None:
        missing("node", "its npm, which installs @asyncapi/parser, was not found on the PATH")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "streamer" / "asyncapi-parser-3.6.3"
    if not (cache / "node_modules" / "@asyncapi" / "parser").exists():
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "package.json").write_text('{"private": true}')
        install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "@asyncapi/parser@3.6.3"]
        done = subprocess.run(install, cwd=cache, capture_output=True, text=True, timeout=400, check=False)
        if done.returncode:
            missing("node", f"@asyncapi/parser could not be installed: {done.stderr[-300:]}")
    command = [node, str(HERE / "validate.mjs"), str(cache), str(proto.PROTO / "asyncapi.yaml")]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout)
    errors = [d for d in report["diagnostics"] if d["severity"] == 0]
    assert report["parsed"], errors
    assert errors == []
