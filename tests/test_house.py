"""The house of design §5: imports point one way, cores do no I/O, files stay readable."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from parts import LIBRARIES, NEEDS, imported

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
SOURCES = sorted(p for top in ("streamer", "engines") for p in (ROOT / top).rglob("*.py"))

# What each part may import of ours, apart from itself.
LEAVES = {"errors", "topics", "messages", "video", "metrics", "settings", "limits", "readiness"}
MAY_IMPORT = {
    "errors": set(),
    "topics": set(),
    "limits": set(),
    "readiness": set(),
    "metrics": {"errors", "readiness"},
    "messages": set(),
    "video": {"errors", "messages"},
    "values": {"topics", "engines"},
    "settings": {"errors", "topics", "values", "engines"},  # of which it names the options
    "tokens": {"errors", "topics", "settings"},
    "bus": LEAVES,
    "letters": {"bus", "topics"},
    "media": LEAVES,
    "director": LEAVES | {"bus", "letters"},
    "worker": LEAVES | {"bus", "letters", "media", "engines"},
    "broadcaster": LEAVES | {"bus", "media", "tokens"},
    "events": {"broadcaster"},  # of which it and the next two need the messages
    "backlog": {"events", "messages", "broadcaster"},
    "client": LEAVES | {"events", "media", "broadcaster", "values"},
    "frames": LEAVES | {"backlog", "client", "media"},
    "relay": {"backlog", "messages"},
    "target": {"errors"},
    "srt": set(),
    "outlet": {"messages", "relay", "srt"},
}
PURE = [
    "streamer/messages.py",
    "streamer/video.py",
    "streamer/topics.py",
    "streamer/letters.py",
    "streamer/limits.py",
    "streamer/readiness.py",
    "streamer/events.py",
    "streamer/backlog.py",
    "streamer/relay.py",
    "streamer/target.py",
    "streamer/media/cmaf.py",
    "streamer/media/h264.py",
    "streamer/media/hls.py",
    "streamer/media/cut.py",
    "streamer/director/story.py",
    "streamer/director/styles.py",
    "streamer/director/composition.py",
    "streamer/director/scanner.py",
    "streamer/director/script.py",
    "streamer/director/caption.py",
    "streamer/director/prompts.py",
    "streamer/director/desk.py",
    "streamer/director/economy.py",
    "streamer/director/moderation.py",
    "streamer/director/arc.py",
    "streamer/director/rules.py",
    "streamer/director/wording.py",
    "streamer/director/clip.py",
    "streamer/director/faults.py",
    "streamer/director/llm/ladder.py",
    "streamer/director/llm/refusal.py",
    "streamer/director/llm/usage.py",
    "streamer/director/llm/retry.py",
    "streamer/director/supply.py",
    "streamer/director/storyteller/telling.py",
    "streamer/director/storyteller/hearing.py",
    "streamer/director/storyteller/reading.py",
    "streamer/director/storyteller/english.py",
    "streamer/director/storyteller/staging.py",
    "streamer/director/storyteller/keyframe.py",
    "streamer/director/storyteller/drama.py",
    "streamer/director/storyteller/casting.py",
    "streamer/director/storyteller/figures.py",
    "streamer/director/storyteller/summary.py",
    "streamer/director/storyteller/wish.py",
    "streamer/director/storyteller/shots.py",
    "streamer/director/storyteller/troubles.py",
    "streamer/director/storyteller/worlds.py",
    "streamer/worker/memory.py",
    "streamer/worker/timeline.py",
    "streamer/worker/motion.py",
    "streamer/worker/pacing.py",
    "streamer/worker/stream.py",
    "streamer/broadcaster/audience.py",
    "streamer/broadcaster/authors.py",
    "streamer/broadcaster/channel.py",
    "streamer/broadcaster/moments.py",
    "streamer/broadcaster/stall.py",
    "streamer/broadcaster/viewer.py",
    "streamer/broadcaster/wishes.py",
]
IO = {"asyncio", "socket", "aiokafka", "openai", "av", "websockets", "uvicorn", "starlette", "threading", "time", "os"}


def imports(path: Path) -> set[str]:
    """Absolute dotted names of all modules that a file imports."""
    package = path.relative_to(ROOT).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join([*base, *([node.module] if node.module else [])])
            found |= {name} if node.module else {f"{name}.{alias.name}" for alias in node.names}
    return found


def part(module: str) -> str | None:
    """`streamer.bus.kafka` → bus; `engines.base` → engines; foreign modules → None."""
    names = module.split(".")
    if names[0] == "engines":
        return "engines"
    return names[1] if names[0] == "streamer" and len(names) > 1 else None


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path):
    here = part(".".join(path.relative_to(ROOT).with_suffix("").parts))
    if here == "engines":
        assert not {m for m in imports(path) if m.startswith("streamer")}, "engines know nothing of the streamer"
    elif here in MAY_IMPORT:
        reached = {p for p in map(part, imports(path)) if p and p != here and p != "__init__"}
        assert reached <= MAY_IMPORT[here], f"{here} may not import {sorted(reached - MAY_IMPORT[here])}"


@pytest.mark.parametrize("name", PURE)
def test_cores_do_no_io(name):
    used = {module.partition(".")[0] for module in imports(ROOT / name)}
    assert not used & IO, f"{name} is a pure core and imports {sorted(used & IO)}"


def test_what_heavy_libraries_there_are_only_an_engines_own_process_imports_them():
    heavy = "('torch', 'diffusers', 'transformers', 'onnx', 'onnxruntime', 'tensorrt', 'tensorrt_rtx')"
    light = "streamer.app, streamer.engine, streamer.render, engines.process, engines.diffusion.checkpoint"
    code = f"import sys, {light}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def pipelines(code: str) -> set[str]:
    """Names of diffusers' pipelines that a module imports or reaches, `diffusers.StableDiffusionPipeline` too; what it
    says of them in words or strings is its own affair."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            where = getattr(node, "module", None) or ""
            names |= {name for alias in node.names for name in f"{where}.{alias.name}".split(".")}
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
    return {name for name in names if name.endswith("Pipeline") or name == "pipelines"}


@pytest.mark.parametrize(
    "code",
    [
        "from diffusers import AutoencoderTiny, StableDiffusionPipeline",
        "from diffusers.pipelines.lcm import helper",
        "import diffusers.pipelines",
        "def late():\n    import diffusers\n    return diffusers.DiffusionPipeline.from_pretrained",
    ],
)
def test_a_pipeline_of_diffusers_is_found_however_it_is_come_by(code):
    assert pipelines(code)
    assert not pipelines("from diffusers import UNet2DConditionModel\nlike = 'StableDiffusionPipeline'")


def test_no_pipeline_of_diffusers_runs_outside_tests_and_tools():
    found = {p.relative_to(ROOT).as_posix(): names for p in SOURCES if (names := pipelines(p.read_text()))}
    assert not found, "the loop is ours: diffusers' pipelines are what tests compare it with"


def collected(path: Path) -> set[str]:
    """The modules that a file imports as it is collected, not inside a function: `torch`."""
    names = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    return names


def test_tests_that_import_large_libraries_are_left_out_where_those_are_not_installed():
    assert all((TESTS / place).exists() for place in NEEDS)
    large = {module for modules in LIBRARIES.values() for module in modules}
    for path in TESTS.rglob("test_*.py"):
        named = {part for place in [path, *path.parents] for part in imported(place)}
        strange = collected(path) & large - {module for part in named for module in LIBRARIES[part]}
        assert not strange, f"{path.name} imports {strange}: name it in tests/parts.py"


def test_a_stage_never_sees_aiokafka():
    users = {p.relative_to(ROOT).as_posix() for p in SOURCES if any(m.startswith("aiokafka") for m in imports(p))}
    assert users
    assert all(user.startswith("streamer/bus/") for user in users), users


def test_nothing_but_the_wiring_knows_the_storyboard():
    users = {
        p.relative_to(ROOT).as_posix()
        for p in SOURCES
        if any(m.startswith("streamer.director.storyboard") for m in imports(p))
    }
    assert {u for u in users if not u.startswith("streamer/director/story")} == {"streamer/app.py"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_one_idea(path):
    lines = len(path.read_text().splitlines())
    assert lines <= 480, f"{path.name} has {lines} lines: split it along its ideas"
