"""The plan lies on the picture: the page moves its boxes along the worker's own curves."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest

from streamer.messages import Box, FrameDescription, SceneObject, Setting
from streamer.worker.motion import STILL, Motion, Move, Pose, Posed

PAGE = """
    import { Way } from "../../streamer/broadcaster/web/way.js";
    const { start, speed, end, duration, phases } = JSON.parse(process.argv[1]);
    const way = new Way(start, speed, end, duration);
    console.log(JSON.stringify(phases.map((phase) => way.at(phase))));
"""


@pytest.mark.parametrize("case", range(5))
def test_the_plan_moves_a_box_as_the_worker_does(node, case):
    """Given a figure that goes at any speed to any place, on its way and when it is there, then box and speed are the
    worker's."""
    chance = random.Random(case)
    start, end = ([chance.uniform(0.1, 0.9) for _ in range(4)] for _ in range(2))
    speed = [chance.uniform(-1.0, 1.0) for _ in range(4)]
    duration = chance.uniform(0.5, 12.0)
    phases = [duration * part for part in (0.0, 0.1, 0.5, 0.99, 1.0, 1.2)]

    fox = SceneObject(id="fox", noun="fox", box=Box(*end))
    description = FrameDescription(epoch=5, seq=1, shot=0, duration=duration, text="a fox runs", objects=(fox,))
    before = Posed("fox", "fox", "", "", Move(tuple(start), tuple(speed)), 1.0)
    motion = Motion(description, Pose("a fox", Setting(), (before,), STILL), aim=STILL.at)
    worker = [motion.pose(phase).figures[0].move for phase in phases]

    asked = {"start": start, "speed": speed, "end": end, "duration": duration, "phases": phases}
    command = [node, "--input-type=module", "--eval", PAGE, json.dumps(asked)]
    run = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    page = json.loads(run.stdout)
    assert [step["box"] for step in page] == [pytest.approx(move.at) for move in worker]
    assert [step["speed"] for step in page] == [pytest.approx(move.speed) for move in worker]
