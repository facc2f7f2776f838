"""A keyframe in one sentence, as DirecT2V words it."""

from __future__ import annotations

from streamer.director.caption import compose
from streamer.messages import Box, Camera, SceneObject, Setting

FOX = SceneObject(id="fox", noun="fox", look="red", action="running", box=Box(0.1, 0.5, 0.3, 0.25))
RIGHT = Camera(movement="panning right", pan=(0.1, 0.0), zoom=1.1)


def test_the_sentence_follows_the_papers_template_and_always_says_the_setting() -> None:
    setting = Setting(place="forest", time="night", weather="snow", style="watercolour")
    assert compose("", setting, (FOX,), RIGHT) == (
        "In this frame, there is a red fox in the forest at night with snow, watercolour style. "
        "The fox is running. The camera is panning right."
    )
    two = (FOX, SceneObject(id="o", noun="owl", action="flying", box=Box(0, 0, 1, 1)))
    assert compose("the owl lands.", setting, two, Camera()) == (
        "In this frame, there are a red fox and an owl in the forest at night with snow, watercolour style. "
        "The fox is running and the owl is flying. The owl lands. The camera is static."
    )
    assert compose("", Setting(), (), Camera()) == "In this frame, we see the open air. The camera is static."


def test_of_many_the_front_four_are_named() -> None:
    crowd = [SceneObject(id=noun, noun=noun, box=Box(0, 0, 1, 1)) for noun in ("elm", "fox", "owl", "cat", "hen")]
    assert compose("", Setting(), crowd, Camera()).startswith("In this frame, there are a fox, an owl, a cat and a hen")


def test_those_that_are_alike_are_counted() -> None:
    balloons = SceneObject(id="b", noun="balloon", look="three, red", action="floating", box=Box(0, 0, 1, 1))
    assert compose("", Setting(place="sky"), (balloons,), Camera()).startswith(
        "In this frame, there are three red balloons in the sky. The balloons are floating."
    )
    assert "there are two red foxes in the open air. The foxes are running." in compose(
        "", Setting(), (FOX, FOX), Camera()
    )
