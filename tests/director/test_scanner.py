"""The scanner finds whole objects in whatever an LLM streams, however the text is cut into deltas."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import FrameType

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
    "thinking": f'<thinking>{{"frames":[{FRAME}]}} </think> </thinking>{FRAME}\n{OTHER}',
    "no reasoning": f"<think>\n\n</think>\n\n[{FRAME},{OTHER}]",
    "reasoning begun before the answer": f'so a {{fox}}.</think>{{"frames":[{FRAME},{OTHER}]}}',
    "reasoning of Seed": f"<seed:think>{FRAME}</seed:think>{FRAME},{OTHER}",
    "reasoning of Magistral": f"[THINK]{FRAME}[/THINK][{FRAME},{OTHER}]",
    "reasoning of Command A": f"<|START_THINKING|>{FRAME}<|END_THINKING|><|START_RESPONSE|>{FRAME}{OTHER}",
    "channels of gpt-oss": (
        f"<|channel|>analysis<|message|>{FRAME}<|end|><|start|>assistant"
        f'<|channel|>final <|constrain|>json<|message|>{{"frames":[{FRAME},{OTHER}]}}<|return|>'
    ),
    "a byte order mark": f'\ufeff{{"frames":[{FRAME},{OTHER}]}}',
    "comments": f'{{ // "one" {{\n"frames":[/* the "first" [*/{FRAME},// and {{ \n{OTHER}/**/]/***/}} // done',
    "a slash": f'{{"a":1/2,"frames":[{FRAME},/{OTHER}]',
    "a list in the list": f'{{"frames":[[{FRAME}],[{OTHER}]]}}',
    "other things in the list": f'{{"frames":["{{",1,{FRAME},[],null,{OTHER}]}}',
    "frames as a word": f'{{"a":"frames","b":["frames" ,1],"frames":[{FRAME},{OTHER}',
    "frames in a frame": f'{{"frames":[{{"frames":[{FRAME}]}}]}}{{"frames":[{OTHER}]}}',
    "frames as a string": json.dumps({"frames": f"[{FRAME},{OTHER}]"}),
    "two lists": f'{{"frames":[{FRAME}],"frames":[{OTHER}]}}',
    "one list after the other": f'{{"frames":[{FRAME}]}}\n{{"frames":[{OTHER}]}}',
    "one level down": f'{{"answer":{{"frames":[{FRAME},{OTHER}]}}}}',
    "a brace too many": f'{{"frames":[{FRAME}}},{OTHER}]}}',
    "a less-than sign": f"1 <2 <thin {FRAME} < {OTHER}",
    "cut in the third": f'{{"frames":[{FRAME},{OTHER},{{"action":"and th',
}


def found(*deltas: str) -> list[str]:
    scanner = Scanner()
    return [found for delta in deltas for found in scanner.feed(delta)]


ANSWERS["frames in a frame"] = ANSWERS["frames in a frame"].replace('{"frames":[' + FRAME + "]}", FRAME)

NOTES = '{"frames":[],"synopsis":"a \\"fox\\" ]}","plan":["sea","a { boat"]}'
WITH_NOTES = {
    "after the frames": (f'{{"frames":[{FRAME},{OTHER}],{NOTES[13:]}', NOTES),
    "before the frames": (f'{{"title":"a {{","n":{{"frames_":[1]}},"frames":[{FRAME},{OTHER}]}}',
                          '{"title":"a {","n":{"frames_":[1]},"frames":[]}'),
    "around the frames": (f'{{ "n" : 1 , "frames" : [{FRAME},\n"frames",{OTHER}\n],\n "end" : {{"a":"]"}} }}',
                          '{ "n" : 1 , "frames" : [],\n "end" : {"a":"]"} }'),
    "one level down": (f'{{"no":[{{}}],"answer":{{"frames":[{FRAME},{OTHER}],"plan":[]}},"more":1}}',
                       '{"frames":[],"plan":[]}'),
    "between two lists": (f'{{"frames":[{FRAME}],"plan":[],"frames":[{OTHER}]}}',
                          '{"frames":[],"plan":[],"frames":[]}'),
    "with comments": (f'{{"frames":[{FRAME},{OTHER}],// "now"\n"a":"//"/*{{*/}}', '{"frames":[],"a":"//"}'),
    "beside frames as a string": (json.dumps({"plan": ["狐"], "frames": f"{FRAME}\n{OTHER}"}),
                                  '{"plan":["狐"],"frames":[]}'),
}  # fmt: skip


def split(answer: str, data: st.DataObject) -> list[str]:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(answer)), max_size=30)))
    return [answer[a:b] for a, b in zip([0, *cuts], [*cuts, len(answer)], strict=True)]


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_two_frames_are_found_in_every_form(answer: str) -> None:
    assert found(answer) == [FRAME, OTHER]
    assert found(*answer) == [FRAME, OTHER]


@given(st.sampled_from(list(ANSWERS.values())), st.data())
def test_any_split_into_deltas_gives_the_same_objects(answer: str, data: st.DataObject) -> None:
    assert found(*split(answer, data)) == [FRAME, OTHER]


@given(st.sampled_from(list(WITH_NOTES.values())), st.data())
def test_what_stands_beside_the_frames_comes_after_them_without_them(
    answer: tuple[str, str], data: st.DataObject
) -> None:
    told, notes = answer
    assert found(*split(told, data)) == [FRAME, OTHER, notes]


def test_notes_come_with_the_last_brace_of_their_object_and_the_frames_with_theirs() -> None:
    scanner = Scanner()
    for part, told in [
        (f'{{"n":1,"frames":[{FRAME[:-1]}', []),
        ("}", [FRAME]),
        (f",{OTHER}", [OTHER]),
        ('],"m":{"a":2}', []),
        ("}", ['{"n":1,"frames":[],"m":{"a":2}}']),
    ]:
        assert list(scanner.feed(part)) == told


def test_comments_are_left_out_of_an_object_and_what_looks_like_one_stays() -> None:
    told = '{"a":"//x", // "}"\n "b":/*{"*/"/*y*/"}'
    assert found(*told) == found(told) == ['{"a":"//x",  "b":"/*y*/"}']


def test_reasoning_that_never_ends_holds_no_frames() -> None:
    assert found(f'<think>a fox {FRAME} it is: {{"frames":[{FRAME},{OTHER}]}}') == []


@pytest.mark.parametrize("frames", ['"a fox runs"', '"[{"', "{}", "[1]x", '"\\ud800"'])
def test_an_answer_whose_frames_are_no_objects_is_left_to_be_judged(frames: str) -> None:
    answer = f'{{"frames":{frames}}}'
    assert found(answer) == ([answer] if frames[0] != "[" else ['{"frames":[]x}'])


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_frames_as_a_string_are_the_same_as_frames(value: object) -> None:
    frame = {"action": value}
    twice = json.dumps({"frames": json.dumps([frame])})
    assert [json.loads(text) for text in found(twice)] == [frame]


VALUES = st.text() | st.integers() | st.lists(st.dictionaries(st.text(), st.text(), max_size=2), max_size=2)


@settings(max_examples=50)
@given(st.lists(st.dictionaries(st.text(), VALUES, min_size=1, max_size=3), max_size=4))
def test_whatever_json_holds_comes_out_as_it_was(objects: list[dict[str, object]]) -> None:
    whole = json.dumps({"frames": objects})
    assert [json.loads(text) for text in found(*whole)] == objects


PIECES = [*'{}[]"\\<>/*:, \na', '"frames"', '"frames":[', "<think>", "</think>", "//", "/*", "*/", '{"a":', '"fr', "<|"]


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.integers(1, 7))
def test_noise_never_breaks_it_and_splits_do_not_matter(noise: str, size: int) -> None:
    assert found(noise) == found(*(noise[i : i + size] for i in range(0, len(noise), size)))


@pytest.mark.parametrize("noise", ['}{"frames"]', '{"frames":[{"a"]]}', '}{"frames":[]]', '{"frames":[{"a"],{"b":1}]}'])
def test_what_a_bracket_ends_is_no_object_however_it_is_split(noise: str) -> None:
    assert found(noise) == found(*noise) == [text for text in ['{"b":1}'] if text in noise]


def test_an_object_is_handed_out_with_its_last_brace() -> None:
    scanner = Scanner()
    answer = f'{{"frames":[{FRAME}'
    assert list(scanner.feed(answer[:-1])) == []
    assert list(scanner.feed(answer[-1])) == [FRAME]


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=80).map("".join), st.integers(1, 7))
def test_with_small_bounds_noise_ends_alike_however_it_is_split(noise: str, size: int) -> None:
    def ends(*deltas: str) -> list[str]:
        scanner, seen = Scanner(max_object=20, max_blank=4), []
        try:
            for delta in deltas:
                for one in scanner.feed(delta):
                    seen.append(one)
        except Rejected as error:
            seen.append(str(error))
        return seen

    noise += "x" * 30 + "}"  # whatever waits is looked at
    assert ends(noise) == ends(*(noise[i : i + size] for i in range(0, len(noise), size)))


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


@pytest.mark.parametrize("keys", ['{"frames":[', '{"a":"', '{"frames":[],"a":"', '{"a":[', '{"frames":[{'])
@pytest.mark.parametrize("size", [1, 7, 500])
def test_everything_that_is_kept_is_bounded(keys: str, size: int) -> None:
    scanner = Scanner(max_object=1000)
    endless = keys + '{"a":1},' * 1000
    with pytest.raises(Rejected, match="still open after 1000 characters"):  # noqa: PT012
        for i in range(0, len(endless), size):
            list(scanner.feed(endless[i : i + size]))
        if keys == '{"frames":[':  # each frame on its own is small
            raise Rejected("not still open after 1000 characters")


# What it costs. Times are for `tools.bench director --scanner`; here steps and characters are counted.


def answers(unit: str, begin: str = "", end: str = "") -> Callable[[int], str]:
    """Such an answer of a given size."""
    return lambda size: begin + unit * (size // len(unit)) + end


LONG = {
    "frames": answers(FRAME + ",", '{"frames":[', "]}"),
    "JSON Lines": answers(FRAME + "\n"),
    "prose": answers("The fox, that runs. "),
    "quotes": answers('"'),
    "braces": answers("{}", '{"frames":['),
    "opening braces": answers("{"),
    "closing braces": answers("}", '{"frames":['),
    "opening brackets": answers("[", '{"frames":['),
    "backslashes": answers('{"a":"' + "\\" * 9000 + '"},', '{"frames":['),
    "blanks": answers(" " * 1000 + "{"),
    "keys": answers('{"a":' + ('"frames"' + " " * 900 + ",") * 9 + "}"),
    "lists": answers('{"a":{"frames":[],"b":1}},'),
    "less-than": answers("<"),
    "reasoning": answers("</think", "<think>"),
    "comments": answers("/**/", '{"frames":['),
    "one comment": answers("*", '{"frames":[/*'),
}


@pytest.mark.parametrize("answer", LONG.values(), ids=LONG.keys())
@pytest.mark.parametrize("delta", [1, 32, 4096])
def test_the_work_grows_as_the_answer_does(answer: Callable[[int], str], delta: int) -> None:
    once, twice = work(answer(10_000), delta), work(answer(20_000), delta)
    assert twice <= 2.2 * once + 3000
    assert once <= 20 * 10_000


def work(answer: str, delta: int) -> int:
    """Calls made, of Python and of C, and characters that were looked at again with a later delta."""
    done = 0

    def count(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal done
        done += event in ("call", "c_call")

    scanner = Scanner()
    for i in range(0, len(answer), delta):
        held = len(scanner._held)
        sys.setprofile(count)
        list(scanner.feed(answer[i : i + delta]))
        sys.setprofile(None)
        done += held if not scanner._new else 0
    return done
