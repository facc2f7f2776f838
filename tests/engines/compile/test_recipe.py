"""Why an engine cannot be used, in words: the field that differs, and both values."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.compile.build import BuildOptions
from engines.compile.recipe import Recipe, reasons
from engines.compile.spec import NetworkSpec, TensorSpec
from engines.compile.target import Target

SPEC = NetworkSpec(
    "denoiser",
    inputs=(TensorSpec("sample", (4, 8, 8), "float16"), TensorSpec("keys0", (64, 32), "float16", rows=2)),
    outputs=(TensorSpec("output", (4, 8, 8), "float16"),),
    buckets=(1, 2, 4, 8),
    config=json.dumps({"layers": ["a", "b"], "heads": 8}),
    weights="3fa2" * 16,
    code="c0de" * 16,
)
TARGET = Target("tensorrt", "11.4.0.106", "580.95.05", "13.2", "NVIDIA H200", ("sm_90",))
RECIPE = Recipe.of(SPEC, TARGET, "optimisation level 3")


def told(spec: NetworkSpec = SPEC, target: Target = TARGET, flags: str = "optimisation level 3") -> list[str]:
    """Why the engine of RECIPE does not serve here."""
    return reasons(asdict(RECIPE), Recipe.of(spec, target, flags))


def test_the_same_network_on_the_same_machine_needs_no_other_engine() -> None:
    assert told() == []
    assert Recipe.of(SPEC, TARGET, "optimisation level 3").key == RECIPE.key


@pytest.mark.parametrize(
    ("spec", "target", "reason"),
    [
        (
            replace(SPEC, weights="91bc" * 16),
            TARGET,
            "weights: built from 3fa23fa23fa2…, the model now has 91bc91bc91bc…",
        ),
        (
            replace(SPEC, code="babe" * 16),
            TARGET,
            "code: built by c0dec0dec0de…, the source is now babebabebabe…",
        ),
        (SPEC, replace(TARGET, driver="585.10"), "driver: built with 580.95.05, now 585.10"),
        (SPEC, replace(TARGET, version="11.5.0.1"), "version: built with 11.4.0.106, now 11.5.0.1"),
        (SPEC, replace(TARGET, flavour="tensorrt_rtx"), "flavour: built with tensorrt, now tensorrt_rtx"),
        (SPEC, replace(TARGET, gpu="NVIDIA L4"), "gpu: built with NVIDIA H200, now NVIDIA L4"),
        (SPEC, replace(TARGET, capabilities=("sm_89",)), "capabilities: built with sm_90, now sm_89"),
        (SPEC, replace(TARGET, cuda="12.9"), "cuda: built with 13.2, now 12.9"),
        (
            replace(SPEC, inputs=(replace(SPEC.inputs[0], shape=(4, 16, 8)), SPEC.inputs[1])),
            TARGET,
            "shapes: built for sample 4x8x8, now sample 4x16x8",
        ),
        (
            replace(SPEC, inputs=(SPEC.inputs[0], replace(SPEC.inputs[1], rows=3))),
            TARGET,
            "shapes: built for keys0 2*64x32, now keys0 3*64x32",
        ),
        (
            replace(SPEC, outputs=(replace(SPEC.outputs[0], dtype="float32"),)),
            TARGET,
            "dtypes: built for output float16, now output float32",
        ),
        (replace(SPEC, opset=21), TARGET, "opset: built with 23, now 21"),
        (replace(SPEC, buckets=(1, 2)), TARGET, "buckets: built with 1 2 4 8, now 1 2"),
        (
            replace(SPEC, config=json.dumps({"heads": 10, "layers": ["a", "b"]})),
            TARGET,
            "config: heads was 8, now 10",
        ),
    ],
    ids=lambda each: each.split(":")[0] if isinstance(each, str) else "",
)
def test_what_changed_is_named_and_nothing_else(spec: NetworkSpec, target: Target, reason: str) -> None:
    assert told(spec, target) == [reason]
    assert Recipe.of(spec, target, "optimisation level 3").key != RECIPE.key


def test_what_a_library_notes_for_itself_in_a_config_is_no_reason() -> None:
    # diffusers lists the defaults it filled in, in the order of a set: another one in every process.
    noted = replace(SPEC, config=json.dumps({"heads": 8, "_use_default_values": ["b", "a"], "layers": ["a", "b"]}))
    assert told(noted) == []
    assert Recipe.of(noted, TARGET, "optimisation level 3").key == RECIPE.key


def test_flags_of_the_builder_count_as_well() -> None:
    assert told(flags="optimisation level 5") == [
        "flags: built with optimisation level 3, now optimisation level 5",
    ]


def test_packages_whose_code_is_in_the_graph_count_as_well() -> None:
    names = [each.split()[0] for each in RECIPE.exporter.split(", ")]
    assert names == ["torch", "diffusers", "transformers", "onnx", "onnxscript"]
    assert "none" not in RECIPE.exporter


def test_how_many_frames_are_drawn_at_once_here_is_no_reason_for_another_engine() -> None:
    # After OutOfMemory an engine starts again with smaller batches, in the middle of a film.
    assert told(replace(SPEC, most=2)) == []


def test_what_only_one_flavour_is_built_with_is_in_its_flags() -> None:
    options = BuildOptions(level=5)
    assert options.flags("onnxruntime") == ""
    assert options.flags("tensorrt") == "optimisation level 5, workspace 8192 MiB, strongly typed, no TF32"
    assert options.flags("tensorrt_rtx") == f"{options.flags('tensorrt')}, user allocation"


values = st.text(max_size=12)
recipes = st.builds(Recipe, **{field.name: values for field in fields(Recipe)})


@given(recipes, st.sets(st.sampled_from([field.name for field in fields(Recipe)])), st.data())
def test_every_field_that_differs_is_named_and_no_other(old: Recipe, changed: set[str], data: st.DataObject) -> None:
    new = replace(
        old, **{name: data.draw(values.filter(lambda v, n=name: v != getattr(old, n)), label=name) for name in changed}
    )
    assert {reason.split(":")[0] for reason in reasons(asdict(old), new)} == changed
    assert (old.key == new.key) == (not changed)


@given(recipes, recipes)
def test_two_recipes_share_a_key_only_if_there_is_no_reason_against_it(one: Recipe, other: Recipe) -> None:
    assert (one.key == other.key) == (reasons(asdict(one), other) == [])


@given(st.dictionaries(st.text(max_size=8), values, max_size=5), recipes)
def test_a_strange_record_is_a_reason_and_no_error(found: dict[str, str], wanted: Recipe) -> None:
    assert reasons(found, wanted)
