"""The scanner finds whole objects in whatever an LLM streams, however the text is cut into deltas."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamer.director.scanner import Scanner
from streamer.errors import Rejected

FRAME = '{"action":"a \\"fox\\" } runs","box":[0.1,{"x":[]}]}'
OTHER = '{ "action" : "naïve 狐 \\\\" , "n":\n 2 }'

ANSWERS = {
    "the asked form": f'{{"frames":[{FRAME},{OTHER}]}}',
    "with white space": f'\n{{ "frames" :\n [ {FRAME} ,\n\n {OTHER} ] }}\n',
    "an array": f"[{FRAME},{OTHER}]",
    "JSON Lines": f"{FRAME}\n{OTHER}\n",
    "bare objects in prose": f'Here "is" {{objects}} and {{}}: {FRAME} then {OTHER} end.',
    "code fences": f'Sure!\n```json\n{{"frames":[{FRAME},{OTHER}]}}\n```\nEnjoy [it].',
    "reasoning": f'<think>maybe {{"no":1}} <b> </think>{{"frames":[{FRAME},{OTHER}]}}',
    "other keys": f'{{"title":"a {{","n":{{"frames_":[1]}},"frames":[{FRAME},{OTHER}],"end":{{"a":"]"}}}}',
    "one level down": f'{{"answer":{{"frames":[{FRAME},{OTHER}]}}}}',
    "a brace too many": f'{{"frames":[{FRAME}}},{OTHER}]}}',
    "a less-than sign": f"1 <2 <thin {FRAME} < {OTHER}",
    "cut in the third": f'{{"frames":[{FRAME},{OTHER},{{"action":"and th',
}


def found(*deltas: str) -> list[str]:
    scanner = Scanner()
    return [found for delta in deltas for found in scanner.feed(delta)]


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_two_frames_are_found_in_every_form(answer: str) -> None:
    assert found(answer) == [FRAME, OTHER]


@given(st.sampled_from(list(ANSWERS.values())), st.data())
def test_any_split_into_deltas_gives_the_same_objects(answer: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(answer)), max_size=30)))
    deltas = [answer[a:b] for a, b in zip([0, *cuts], [*cuts, len(answer)], strict=True)]
    assert found(*deltas) == [FRAME, OTHER]


VALUES = st.text() | st.integers() | st.lists(st.dictionaries(st.text(), st.text(), max_size=2), max_size=2)


@settings(max_examples=50)
@given(st.lists(st.dictionaries(st.text(), VALUES, min_size=1, max_size=3), max_size=4))
def test_whatever_json_holds_comes_out_as_it_was(objects: list[dict[str, object]]) -> None:
    whole = json.dumps({"frames": objects})
    assert [json.loads(text) for text in found(*whole)] == objects


@given(st.text(alphabet='{}[]"\\<>think/ \n:frames,a'), st.integers(1, 7))
def test_noise_never_breaks_it_and_splits_do_not_matter(noise: str, size: int) -> None:
    assert found(noise) == found(*(noise[i : i + size] for i in range(0, len(noise), size)))


def test_an_object_is_handed_out_with_its_last_brace() -> None:
    scanner = Scanner()
    answer = f'{{"frames":[{FRAME}'
    assert list(scanner.feed(answer[:-1])) == []
    assert list(scanner.feed(answer[-1])) == [FRAME]


@given(st.integers(1, 200))
def test_an_object_without_end_is_refused_with_the_bound(size: int) -> None:
    scanner = Scanner(max_object=100)
    endless = FRAME + '{"a":"' + "x" * 300
    seen = []
    with pytest.raises(Rejected, match="still open after 100 characters"):  # noqa: PT012  what was found before is kept
        for i in range(0, len(endless), size):
            for one in scanner.feed(endless[i : i + size]):
                seen.append(one)
    assert seen == [FRAME]


@pytest.mark.parametrize("before", ["", '{"frames":[', '{"frames":[{"a":', '{"frames":[{"a":1', "{"])
@pytest.mark.parametrize("size", [1, 7, 500])
def test_white_space_without_end_is_refused_with_the_bound(before: str, size: int) -> None:
    scanner = Scanner(max_blank=50)
    endless = before + " \n" * 100
    with pytest.raises(Rejected, match="more than 50 blanks"):  # noqa: PT012
        for i in range(0, len(endless), size):
            list(scanner.feed(endless[i : i + size]))


def test_white_space_within_the_bound_is_fine() -> None:
    scanner = Scanner(max_blank=50)
    assert list(scanner.feed(" " * 50 + "x" + " " * 50 + FRAME)) == [FRAME]
