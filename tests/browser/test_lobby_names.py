"""What the lobby calls a film, from its words: a name that the server takes, readable, nobody else's."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from streamer.topics import STREAM_ID

PAGE = """
    import { nameFor } from "../../streamer/broadcaster/web/status.js";
    const asked = JSON.parse(process.argv[1]);
    console.log(JSON.stringify(asked.map(([words, taken]) => nameFor(words, (name) => taken.includes(name)))));
"""

NAMES = [
    ("a red fox in the snow", [], "red-fox-in-the-snow"),
    ("The end", [], "end"),
    ("Ein Käfer läuft über die Straße!", [], "ein-kafer-lauft-uber-die-stra-e"),
    ("a boat", ["boat", "boat-2"], "boat-3"),
    ("雪の中の赤い狐", [], "film"),
    ("   ...   ", ["film"], "film-2"),
    ("x" * 100, [], "x" * 32),
    ("<img src=x onerror=alert(1)>", [], "img-src-x-onerror-alert-1"),
    ("one two three four five six seven eight nine ten", [], "one-two-three-four-five-six"),
]


def test_a_films_name_is_made_of_its_words(node):
    asked = json.dumps([(words, taken) for words, taken, _ in NAMES])
    command = [node, "--input-type=module", "--eval", PAGE, asked]
    run = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=60, check=True)
    made = json.loads(run.stdout)
    assert made == [name for *_, name in NAMES]
    assert all(STREAM_ID.match(name) for name in made)
