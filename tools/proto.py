"""Writes `proto/` from the structs: JSON Schemas and one AsyncAPI 3 document for topics and viewer socket.

    python -m tools.proto           write the files
    python -m tools.proto --check   exit 1 when a file differs from what the structs say

`tests/proto/` runs the check and validates the document with the official AsyncAPI parser.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import yaml

from engines.base import MAX_SNAPSHOT
from streamer import __version__
from streamer.broadcaster import messages as viewer
from streamer.messages import Audience, Direction, DirectorState, FrameDescription, Prompt, PromptOptions, WorkerState
from streamer.topics import (
    AUDIENCE,
    DEAD_LETTERS,
    DEFAULT_PARTITIONS,
    DESCRIPTIONS,
    DIRECTOR_STATE,
    PROMPTS,
    TOPICS,
    VIDEO,
    WORKER_STATE,
    Topic,
)

PROTO = Path(__file__).resolve().parent.parent / "proto"
PREFIX = "streamer."


class PromptRecord(msgspec.Struct, omit_defaults=True):
    """A prompt as JSON on `streamer.prompts`. Plain UTF-8 text is a prompt too. Unknown fields are ignored."""

    prompt: str = ""  # the words; needed for play and steer
    action: str | None = None  # play, steer, pause, resume or stop; none: steer if the stream plays, else play
    stream: str | None = None  # when the record has no key
    id: str | None = None  # to follow it by; the header `id` wins; none: "{partition}-{offset}"
    options: PromptOptions = PromptOptions()


TOPIC_NOTES: dict[str, tuple[str, str, list[Any]]] = {
    PROMPTS.name: ("Prompts", "Anyone writes, the director group reads.", [PromptRecord]),
    DESCRIPTIONS.name: ("Descriptions", "The director writes in its transaction, the worker group reads.", [Direction]),
    VIDEO.name: ("Video", "The worker writes in its transaction, broadcasters read without a group.", []),
    DIRECTOR_STATE.name: (
        "DirectorState",
        "The newest value of a key is a stream's state. A tombstone may have the header `outcomes`: a JSON array of "
        "Outcome, for prompts to a stream that never played.",
        [DirectorState],
    ),
    WORKER_STATE.name: (
        "WorkerState",
        "The newest value of a key is a stream's state. Beside it, under the key STREAM/engine, may be what the engine "
        f"remembers of the film, at most {MAX_SNAPSHOT >> 20} MiB, for the worker that takes over; everyone else skips "
        "keys with a slash.",
        [WorkerState],
    ),
    AUDIENCE.name: ("Audience", "Keys are stream/broadcaster; broadcasters write every 5 s.", [Audience]),
    DEAD_LETTERS.name: ("DeadLetters", "Rejected records as they came; headers say why.", []),
}

KEYS = {
    WORKER_STATE.name: ("the stream's id; with /engine: what its engine remembers", "(/engine)?"),
    AUDIENCE.name: ("the stream's id / the broadcaster's name", "/.+"),
}
"""What keys are, and what follows the stream's id in them, where they are not that alone."""

PROMPT_HEADERS = {
    "id": "to follow it by, at most 128 printable characters; it wins over the `id` of the value",
    "author": "who asks, at most 128 printable characters; only the header names them, and rates are counted by it",
}
VIDEO_HEADERS = {
    "kind": "init or chunk",
    "epoch": "decimal digits",
    "generation": "decimal digits: of the init segment",
    "gop": "decimal digits: number of the keyframe that it needs, from 0 in the life of the stream; -1: not told",
    "seq": "decimal digits, chunks: from 0 within the epoch",
    "pts": "decimal digits, chunks: ticks of 1/90000 s",
    "duration": "decimal digits, chunks: ticks of 1/90000 s",
    "keyframe": "chunks: 1 or 0",
    "media": "JSON Media, init segments",
    "description": "JSON FrameDescription, at most 8 KiB, on the chunk where it begins",
}
LETTER_HEADERS = {
    "reason": "why it was refused, for people",
    "stage": "director or worker",
    "topic": "where it was read",
    "partition": "decimal digits",
    "offset": "decimal digits",
}

SERVER_MESSAGES = [
    viewer.Hello,
    viewer.EpochBegins,
    viewer.DescriptionBegins,
    viewer.StatusReport,
    viewer.PromptProgress,
    viewer.Refusal,
]
CLIENT_MESSAGES = [viewer.Ack, viewer.Hide, viewer.Show, viewer.Resync, viewer.Ask]
REST_BODIES = [viewer.PromptBody, viewer.PromptAccepted, viewer.WishInfo, viewer.StreamList, viewer.ErrorBody]

BUS_TYPES: list[Any] = [PromptRecord, Prompt, Direction, DirectorState, WorkerState, Audience, FrameDescription]


def _components(types: list[Any], template: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    schemas, components = msgspec.json.schema_components(types, ref_template=template)
    return list(schemas), dict(components)


def json_schemas() -> dict[str, Any]:
    """All structs as one JSON Schema (2020-12) with `$defs`."""
    _, components = _components([*BUS_TYPES, *SERVER_MESSAGES, *CLIENT_MESSAGES, *REST_BODIES], "#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "streamer messages",
        "description": "Generated from the structs by `python -m tools.proto`.",
        "$defs": components,
    }


def _plain_discriminators(value: Any) -> Any:
    """AsyncAPI's discriminator is the property's name; msgspec writes OpenAPI's object."""
    if isinstance(value, dict):
        return {
            key: item["propertyName"]
            if key == "discriminator" and "propertyName" in item
            else _plain_discriminators(item)
            for key, item in value.items()
        }
    return [_plain_discriminators(item) for item in value] if isinstance(value, list) else value


def _headers(names: dict[str, str]) -> dict[str, Any]:
    return {"type": "object", "properties": {n: {"type": "string", "description": d} for n, d in names.items()}}


def _topic_message(topic: Topic, name: str, types: list[Any]) -> dict[str, Any]:
    about, rest = KEYS.get(topic.name, ("the stream's id", ""))
    key = {"type": "string", "description": about, "pattern": f"^[A-Za-z0-9][A-Za-z0-9._-]{{0,63}}{rest}$"}
    message: dict[str, Any] = {"name": name, "bindings": {"kafka": {"key": key, "bindingVersion": "0.5.0"}}}
    if types:
        schemas, _ = _components(types, "#/components/schemas/{name}")
        headers = {"headers": _headers(PROMPT_HEADERS)} if topic is PROMPTS else {}
        return message | {"contentType": "application/json"} | headers | {"payload": schemas[0]}
    video = topic is VIDEO
    return message | {
        "contentType": "video/mp4" if video else "application/octet-stream",
        "headers": _headers(VIDEO_HEADERS if video else LETTER_HEADERS),
        "payload": {"type": "string", "format": "binary", "description": "the bytes themselves"},
    }


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.1 document."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for topic in TOPICS:
        name, note, types = TOPIC_NOTES[topic.name]
        config = {"cleanup.policy": [topic.cleanup]} | {
            k: int(v) for k, v in topic.config.items() if k in ("retention.ms", "retention.bytes", "max.message.bytes")
        }
        messages[name] = _topic_message(topic, name, types)
        channels[name] = {
            "address": topic.full_name(PREFIX),
            "description": note,
            "servers": [{"$ref": "#/servers/kafka"}],
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
            "bindings": {
                "kafka": {
                    "partitions": DEFAULT_PARTITIONS,
                    "topicConfiguration": config,
                    "bindingVersion": "0.5.0",
                }
            },
        }
        for verb in ("send", "receive"):
            operations[f"{verb}{name}"] = {"action": verb, "channel": {"$ref": f"#/channels/{name}"}}
    socket: dict[str, Any] = {}
    for kind in (*SERVER_MESSAGES, *CLIENT_MESSAGES):
        name = f"Socket{kind.__name__}"
        payload, _ = _components([kind], "#/components/schemas/{name}")
        messages[name] = {"name": name, "contentType": "application/json", "payload": payload[0]}
        socket[name] = {"$ref": f"#/components/messages/{name}"}
    messages["SocketMedia"] = {
        "name": "SocketMedia",
        "contentType": "video/mp4",
        "summary": "An init segment, or one chunk with one frame.",
        "payload": {"type": "string", "format": "binary"},
    }
    socket["SocketMedia"] = {"$ref": "#/components/messages/SocketMedia"}
    channels["viewerSocket"] = {
        "address": "/streams/{stream}/live",
        "description": "Subprotocol streamer.v1; see viewer-socket.md.",
        "servers": [{"$ref": "#/servers/broadcaster"}],
        "parameters": {"stream": {"description": "the stream's id"}},
        "messages": socket,
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
    }
    to_client = [*(f"Socket{k.__name__}" for k in SERVER_MESSAGES), "SocketMedia"]
    to_server = [f"Socket{k.__name__}" for k in CLIENT_MESSAGES]
    for action, names in (("send", to_client), ("receive", to_server)):
        operations[f"{action}ViewerSocket"] = {
            "action": action,
            "channel": {"$ref": "#/channels/viewerSocket"},
            "messages": [{"$ref": f"#/channels/viewerSocket/messages/{n}"} for n in names],
        }
    _, components = _components([*BUS_TYPES, *SERVER_MESSAGES, *CLIENT_MESSAGES], "#/components/schemas/{name}")
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "streamer",
            "version": __version__,
            "description": "A live film machine: its topics and its viewer socket. Made by `python -m tools.proto`.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "servers": {
            "kafka": {"host": "localhost:9092", "protocol": "kafka"},
            "broadcaster": {"host": "localhost:8080", "protocol": "ws"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": components},
    }


def files() -> dict[Path, str]:
    """What `proto/` should hold."""
    plain = _plain_discriminators(json.loads(json.dumps(asyncapi())))
    document = yaml.safe_dump(plain, sort_keys=False, width=120, allow_unicode=True)
    return {
        PROTO / "messages.schema.json": json.dumps(json_schemas(), indent=2) + "\n",
        PROTO / "asyncapi.yaml": "# Generated from the structs by `python -m tools.proto`; do not edit.\n" + document,
    }


def main(arguments: list[str]) -> int:
    """Write or check; returns the exit status."""
    stale = [path for path, text in files().items() if not path.exists() or path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.name} differs from the structs: run `python -m tools.proto`")
        return 1 if stale else 0
    for path in stale:
        path.write_text(files()[path])
        print(f"wrote {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
