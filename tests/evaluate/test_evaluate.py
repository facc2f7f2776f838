"""`python -m tools.evaluate`: real files, really decoded; a table or JSON; one line where it cannot."""

import json
from fractions import Fraction

import av
import pytest
from synthetic import frozen, noise, panning, whole

from tools.evaluate.__main__ import main
from tools.evaluate.film import FilmError, pictures


def film(path, frames, fps=24):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps))
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "1", "preset": "ultrafast"}
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return str(path)


@pytest.fixture
def panned(tmp_path):
    return film(tmp_path / "panned.mp4", panning(13, (4, 0), grain=4), fps=4)


@pytest.mark.parametrize(
    ("fps", "taken"), [(24, 24), (12, 12), (8, 8), (4, 4), (5, 5), (1, 1), (100, 24)], ids=lambda v: str(v)
)
def test_a_second_of_film_is_looked_at_fps_times(tmp_path, fps, taken):
    path = film(tmp_path / "f.mp4", noise(24, size=32))
    times = [at for at, _ in pictures(path, fps)]
    assert len(times) == taken
    assert times[0] == 0
    assert all(0 <= at - n / min(fps, 24) < 1 / 24 + 1e-3 for n, at in enumerate(times))


def test_pictures_are_the_films_own(tmp_path):
    frames = panning(3, (4, 0), grain=4)
    seen = [picture for _, picture in pictures(film(tmp_path / "f.mp4", frames), 24)]
    assert all(abs(a.astype(int) - b).mean() < 6 for a, b in zip(seen, frames, strict=True))
    assert all(picture.dtype == "uint8" and picture.shape == (96, 96, 3) for picture in seen)


def test_the_table_has_every_measure_with_its_mean_and_its_worst(panned, capsys):
    assert main([panned]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{panned}: 96x96, 13 frames at 4/s, 1 shot"
    figures = {line.split()[0]: line.split()[1:3] for line in lines[2:]}
    assert float(figures["pan_right"][0]) == pytest.approx(4, abs=0.1)
    assert float(figures["flicker"][1]) <= float(figures["flicker"][0]) < 1
    assert len(figures) == 16


def test_json_has_the_same(panned, capsys):
    assert main([panned, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["fps"] == 4
    assert told["films"][panned]["frames"] == 13
    assert told["films"][panned]["measures"]["motion"]["mean"] == pytest.approx(4, abs=0.3)


def test_a_film_is_judged_beside_its_control_at_the_cameras_pan(tmp_path, panned, capsys):
    control = film(tmp_path / "control.mp4", whole(panning(13, (4, 0), grain=4) * 0.5 + noise(13) * 0.5), fps=4)
    still = film(tmp_path / "still.mp4", frozen(13), fps=4)
    assert main([panned, "--against", control, "--pan", "16,0"]) == 0
    assert "\ncoherent, score 1.00: differs by 0.0" in capsys.readouterr().out
    assert main([still, "--against", control, "--pan", "16,0", "--json"]) == 0
    judged = json.loads(capsys.readouterr().out)["verdict"]
    assert (judged["passed"], judged["score"]) == (False, 0)
    assert judged["faults"] == ["pans (0.00, 0.00) px a frame, (4.00, 0.00) px to 10% are wanted"]


def test_what_cannot_be_judged_is_still_measured(tmp_path, panned, capsys):
    control = film(tmp_path / "control.mp4", noise(5), fps=4)
    assert main([panned, "--against", control]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("not judged: the control's frames are strangers")


def test_cuts_are_given_in_seconds(tmp_path, capsys):
    two = whole([*panning(8, (0, 0), seed=1), *panning(8, (0, 0), seed=2)])
    path = film(tmp_path / "two.mp4", two, fps=8)
    assert main([path, "--fps", "8", "--json", "--cuts", "1"]) == 0
    told = json.loads(capsys.readouterr().out)["films"][path]
    assert told["shots"] == 2
    assert told["measures"]["ssim"]["worst"] > 0.95


def test_figures_do_not_change_from_run_to_run(panned, capsys):
    runs = []
    for _ in range(2):
        assert main([panned, "--json"]) == 0
        runs.append(capsys.readouterr().out)
    assert runs[0] == runs[1]


def sound_only(path):
    with av.open(str(path), "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=48000, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=1024)
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))


UNDECODABLE = "cannot be decoded: Invalid data found when processing input"
ONE_FRAME = "1 frame in 1 shot: two that follow each other are needed"


@pytest.mark.parametrize(
    ("make", "options", "said"),
    [
        (lambda path: None, [], "no such file"),
        (lambda path: path.mkdir(), [], "no such file"),
        (lambda path: path.write_bytes(b""), [], UNDECODABLE),
        (lambda path: path.write_bytes(b"no film " * 999), [], UNDECODABLE),
        (sound_only, [], "no video stream in it"),
        (lambda path: film(path, noise(1)), [], ONE_FRAME),
        (lambda path: film(path, noise(24)), ["--fps", "1"], ONE_FRAME),
        (lambda path: film(path, noise(3, size=8)), ["--fps", "24"], "8x8 px: at least 16 px a side are needed"),
    ],
    ids=["no file", "a folder", "empty", "no film", "only sound", "one frame", "too seldom looked at", "too small"],
)  # fmt: skip
def test_a_film_that_cannot_be_measured_is_one_line(tmp_path, capsys, make, options, said):
    path = tmp_path / "f.mp4"
    make(path)
    assert main([str(path), *options]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == f"{path}: {said}\n"


def test_a_film_that_breaks_off_is_refused_in_a_line(tmp_path, capsys):
    torn = tmp_path / "torn.mp4"
    film(torn, noise(24))
    torn.write_bytes(torn.read_bytes()[:-2000])
    assert main([str(torn)]) == 1  # its index stands at its end
    assert capsys.readouterr().err.startswith(f"{torn}: cannot be decoded: ")


@pytest.mark.parametrize("fps", [0, -1, float("nan")])
def test_no_frames_a_second_are_none(panned, fps):
    with pytest.raises(FilmError, match="more than 0 frames a second"):
        next(pictures(panned, fps))


@pytest.mark.parametrize(
    "words", [["--pan", "3"], ["--pan", "a,b"], ["--cuts", "x"], ["--pan", "nan,0"], ["--fps", "x"]]
)
def test_options_that_are_no_numbers_say_so(panned, words, capsys):
    with pytest.raises(SystemExit):
        main([panned, *words])
    assert f"argument {words[0]}: invalid" in capsys.readouterr().err
