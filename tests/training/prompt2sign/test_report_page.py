"""The report of a prepared set: one page, complete, safe, and readable without seeing it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signllm.lexicon.synthesise import Synthesiser
from signllm.motion.skeletons import prompt2sign
from signllm_training.prompt2sign import manifest
from signllm_training.prompt2sign.errors import DataError
from signllm_training.prompt2sign.languages import LANGUAGES
from signllm_training.prompt2sign.quality import Quality
from signllm_training.prompt2sign.report_data import choose, gather
from signllm_training.prompt2sign.report_page import render, write_report
from signllm_training.prompt2sign.report_plots import histogram, keypoint_bars, nice
from signllm_training.prompt2sign.report_skeletons import FRAMES, preview
from signllm_training.prompt2sign.sample import Licence, Observation, Provenance, Sample, Skipped
from signllm_training.prompt2sign.standard import StandardClip, standardise
from signllm_training.prompt2sign.store import ShardWriter, to_row, write_shard

PERFECT = Quality(1.0, 0.0, 0, 0, 0, (0, 0))
FREE, CLOSED = Licence("CC0-1.0", commercial=True), Licence("CC-BY-NC-4.0", consent="research on signing")
HOSTILE = '<script>alert("x")</script>&amp;'


@cache
def signing() -> Observation:
    points = Synthesiser.load().clip(["HELLO", "MY", "NAME"])[0]
    return Observation(points, np.ones(points.shape[:2], dtype=np.float32), 25.0, (1, 1, 1), "metre", "measured")


def sample(name: str, **about: object) -> Sample:
    first = Sample(name, "asl", "Hello.", ("HELLO",), "", "train", FREE, Provenance("ours", name, "test"), signing())
    return replace(first, **about)  # type: ignore[arg-type]


def without(*keypoints: int) -> Observation:
    seen = signing()
    confidence = seen.confidence.copy()
    confidence[:, list(keypoints)] = 0.0
    return replace(seen, confidence=confidence)


def prepared(folder: Path, clips: Sequence[tuple[Sample, Quality | None]], skipped: Sequence[Skipped] = ()) -> Path:
    for split in dict.fromkeys(one.split for one, _ in clips):
        with ShardWriter(folder, split) as shard:
            for one, quality in clips:
                if one.split == split:
                    shard.add(to_row(one, standardise(one.seen), quality))
    manifest.write(manifest.build(folder, skipped=skipped, options={"note": HOSTILE}), folder)
    return folder


def page(folder: Path, previews: int = 12) -> str:
    return render(gather(folder, previews))


class Page(HTMLParser):
    """Checks that tags are closed in order, and collects what a screen reader is told."""

    VOID = frozenset({"meta", "line", "rect", "circle", "path", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.pictures: list[dict[str, str | None]] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        assert len(values) == len(attrs), (tag, attrs)
        self.tags.add(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "svg" and "viewBox" not in values and "viewbox" not in values:
            assert "svg" in self.open, "only a panel within a picture needs no name"
        elif tag == "svg":
            self.pictures.append(values)
        self.links += [values[name] or "" for name in ("href", "src") if name in values]
        self.ids += [values["id"] or ""] if "id" in values else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    left = range(50)[prompt2sign.hand_slice("left")]
    clips: list[tuple[Sample, Quality | None]] = [
        (sample("one", signer="ana"), PERFECT),
        (sample("two", signer="ana", split="test", licence=CLOSED, provenance=Provenance("theirs", "2", "t")), PERFECT),
        (sample("bad", seen=without(*left), split="dev"), Quality(0.4, 0.42, 7, 31, 5, (3, 4), ("the hands rest",))),
        (sample(HOSTILE, text=HOSTILE, signer=HOSTILE, gloss=(HOSTILE,)), None),
        (sample("ganz", language="dgs", text="größere Wolken", split="dev"), PERFECT),
        (sample("what", language="", text=""), PERFECT),
    ]
    skipped = [Skipped("a/b.json", 3, "damaged " + HOSTILE), Skipped("c.json", None, "no person")]
    skipped += [Skipped(f"line{k}.skels", k, "150 instead of 151 values") for k in range(60)]
    return prepared(tmp_path_factory.mktemp("corpus") / "set", clips, skipped)


def test_the_page_is_whole_and_needs_nothing_else(corpus: Path) -> None:
    text = page(corpus)
    found = Page(text)
    assert "script" not in found.tags and "img" not in found.tags and "link" not in found.tags
    assert all(link.startswith("#") and link[1:] in found.ids for link in found.links) and found.links
    assert len(found.ids) == len(set(found.ids))
    assert "default-src 'none'" in text and "url(" not in text and "@import" not in text


def test_headings_go_down_one_step_at_a_time_and_every_picture_has_a_name(corpus: Path) -> None:
    found = Page(page(corpus))
    assert found.headings[0] == 1 and found.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(found.headings, found.headings[1:], strict=False))
    assert len(found.pictures) > 6 * FRAMES
    assert all(picture["role"] == "img" and picture["aria-label"] for picture in found.pictures)


def test_what_a_corpus_says_is_shown_and_never_obeyed(corpus: Path) -> None:
    text = page(corpus)
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;amp;") >= 4


def test_the_papers_counts_stand_beside_ours(corpus: Path) -> None:
    text = page(corpus)
    for code, language in LANGUAGES.items():
        row = text[text.index(f"<td>{code}</td>") :].split("</tr>")[0]
        cells = re.findall("<td[^>]*>([^<]*)</td>", row)
        ours = {"asl": (2, 1, 1), "dgs": (0, 1, 0)}.get(code, (0, 0, 0))
        assert [int(cell.replace(",", "")) for cell in cells[3:9:2]] == list(ours)
        assert [int(cell.replace(",", "")) for cell in cells[4:9:2]] == list(language.paper_counts)
    assert "<td>not said</td>" in text


def test_texts_say_which_language_they_are_in(corpus: Path) -> None:
    assert '<p class="text" lang="de">größere Wolken</p>' in page(corpus)


def test_licences_are_marked_and_said_first(corpus: Path) -> None:
    text = page(corpus)
    rows = {row.split("</td>")[0]: row for row in text.split("<tr><td>")}
    assert "not for commercial use" in rows["theirs"] and "research on signing" in rows["theirs"]
    assert "commercial use allowed" in rows["ours"] and "nothing is said" in rows["ours"]
    notice = text[text.index('class="notice"') : text.index("</aside>")]
    assert "theirs: 1 clip under CC-BY-NC-4.0" in notice and text.index("</aside>") < text.index("<main>")


def test_what_was_left_out_is_listed_by_reason_with_file_and_line(corpus: Path) -> None:
    text = page(corpus)
    left = text[text.index('id="skipped"') :]
    assert "<strong>60</strong> samples: 150 instead of 151 values" in left
    assert '<td>line7.skels</td><td class="number">7</td>' in left
    assert "line49.skels" in left and "line50.skels" not in left and "and 10 more, all in manifest.json" in left
    assert '<td>a/b.json</td><td class="number">3</td>' in left and '<td>c.json</td><td class="number"></td>' in left
    assert left.index("<strong>60</strong>") < left.index("<strong>1</strong>")


def test_signers_of_two_corpora_that_share_a_name_are_two(corpus: Path) -> None:
    assert gather(corpus, 0).shared_signers == ()
    assert "No known signer is in more than one split" in page(corpus)


def test_the_same_signer_of_a_corpus_in_two_splits_is_shown(tmp_path: Path) -> None:
    clips = [(sample(name, signer="ana", split=split), PERFECT) for name, split in (("a", "train"), ("b", "test"))]
    text = page(prepared(tmp_path / "set", clips))
    assert "1 signer is in more than one split: results on dev and test" in text
    assert "<strong>1 signer is in more than one split:</strong> ours/ana." in text


def test_missing_keypoints_and_mending_are_counted(corpus: Path) -> None:
    found = gather(corpus, 0)
    frames = len(signing())
    assert found.frames == 6 * frames and len(found.durations) == 6 and len(found.scores) == 5
    left = prompt2sign.hand_slice("left")
    np.testing.assert_array_equal(found.known[left], 5 * frames)
    np.testing.assert_array_equal(np.delete(found.known, range(50)[left]), 6 * frames)
    assert found.mended == {"swapped": 7, "outliers": 31, "filled": 5, "trimmed_begin": 3, "trimmed_end": 4}
    assert found.notes == {"the hands rest": 1} and found.without_text == 1
    text = page(corpus)
    assert "Left hand: wrist 16.7 %, thumb 1 16.7 %" in text and "Right hand: wrist 0.0 %" in text
    assert "the hands rest" in text


def test_the_worst_clips_are_drawn_and_a_hand_that_is_not_seen_says_so(corpus: Path) -> None:
    text = page(corpus, previews=2)
    assert len(re.findall("<h3>", text)) == 2 and "<h3>bad</h3>" in text
    assert "upper body, left hand not seen" in text and text.count(">not seen</text>") == FRAMES
    assert "<h3>" not in page(corpus, previews=0)


def test_the_same_set_gives_the_same_page(corpus: Path) -> None:
    assert page(corpus) == page(corpus)


# ---- Drawings


def shown(clip: StandardClip, side: str) -> list[float]:
    """Heights of a hand's strokes in the body's panel of a single frame, from the top."""
    picture = preview(clip, "x").split('transform="translate(0 76)"')[1]
    paths = re.findall(rf'class="{side}(?: dashed)?" d="([^"]*)"', picture)
    return [float(y) for path in paths for y in re.findall(r"[ML][-0-9.]+ ([-0-9.]+)", path)]


@pytest.mark.parametrize("raised", ["right", "left"])
def test_the_hand_that_is_raised_is_drawn_raised_on_its_side(raised: str) -> None:
    points = signing().points[:1].copy()
    points[0, prompt2sign.hand_slice(raised), 1] += 0.6
    clip = standardise(replace(signing(), points=points, confidence=np.ones((1, 50), dtype=np.float32)))
    heights = {side: shown(clip, side) for side in ("right", "left")}
    other = "left" if raised == "right" else "right"
    assert min(heights[raised]) < min(heights[other])
    text = preview(clip, "x")
    assert text.index('class="right label"') < text.index('class="left label"')
    across = {
        side: float(re.findall(rf'class="{side}" d="M([-0-9.]+)', text.split("translate(0 76)")[1])[0])
        for side in heights
    }
    assert across["right"] < across["left"], "seen from the front, the right hand is on the left"


def test_a_clip_of_one_frame_is_drawn_once() -> None:
    seen = signing()
    clip = standardise(replace(seen, points=seen.points[:1], confidence=seen.confidence[:1]))
    assert preview(clip, "x").count('class="frame"') == 1


def test_what_is_doubtful_is_dashed_and_what_is_unknown_is_not_drawn() -> None:
    seen = signing()
    confidence = seen.confidence.copy()
    confidence[:, 4] = 0.05
    doubtful = preview(standardise(replace(seen, confidence=confidence)), "x")
    assert 'class="body thick dashed"' in doubtful and 'dashed"' not in preview(standardise(seen), "x")
    nothing = without(*(k for k in range(50) if k not in prompt2sign.SHOULDER.values()))
    assert preview(standardise(nothing), "x").count("<path") == 0


@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-6, 1.0, 1e30]))
@settings(max_examples=20, deadline=None)
def test_any_clip_can_be_drawn(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    clip = standardise(signing())
    points = (rng.normal(size=clip.points.shape) * scale).astype(np.float32)
    mask = rng.random(clip.mask.shape) < 0.7
    drawn = preview(replace(clip, points=points, mask=mask), "x")
    Page(drawn)
    assert "nan" not in drawn and "inf" not in drawn


# ---- Plots


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=50))
@settings(max_examples=50, deadline=None)
def test_the_bars_of_a_histogram_hold_every_clip(values: list[float]) -> None:
    drawn = histogram(np.array(values), title="Durations", unit="seconds")
    assert sum(map(int, re.findall(r": (\d+) clips</title>", drawn))) == len(values)
    Page(drawn)


def test_a_histogram_of_nothing_says_so() -> None:
    assert histogram(np.zeros(0), title="Scores", unit="") == "<p>Scores: nothing to show.</p>"


def test_a_small_share_does_not_read_as_nothing() -> None:
    drawn = keypoint_bars(np.array([0.0, 0.0004, 0.5]), ["a", "b", "c"], title="Body")
    assert 'aria-label="Body: a 0.0 %, b under 0.1 %, c 50.0 %"' in drawn


@pytest.mark.parametrize(("value", "above"), [(0.0, 1.0), (1.0, 1.0), (3.0, 5.0), (11.0, 20.0), (0.03, 0.05)])
def test_axes_end_at_numbers_that_are_easy_to_read(value: float, above: float) -> None:
    assert nice(value) == pytest.approx(above)


@given(st.integers(0, 60), st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_previews_are_of_the_lowest_scores_and_of_the_whole_set(clips: int, count: int) -> None:
    scores = np.random.default_rng(clips).permutation(clips).astype(np.float64)
    chosen = choose(scores, count)
    assert chosen == sorted(set(chosen)) and len(chosen) == min(clips, count)
    assert set(np.argsort(scores)[: count // 2].tolist()) <= set(chosen)
    assert len(choose(np.full(clips, np.nan), count)) == min(clips, count)


# ---- Bad input


def test_a_folder_that_is_no_prepared_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"manifest\.json: there is none; `signllm prepare`"):
        write_report(tmp_path, tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_shard_is_named(corpus: Path, tmp_path: Path) -> None:
    for path in corpus.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[: None if path.suffix == ".json" else 100])
    with pytest.raises(DataError, match=r"\.parquet: the file is damaged"):
        write_report(tmp_path, tmp_path / "report.html")


@pytest.mark.parametrize("change", [{"mask": b"x"}, {"fps": 0.0}, {"frames": -1, "mask": b""}])
def test_a_row_that_no_clip_can_be_is_named(change: dict[str, object], corpus: Path, tmp_path: Path) -> None:
    (tmp_path / manifest.NAME).write_bytes((corpus / manifest.NAME).read_bytes())
    write_shard(tmp_path / "train-00000.parquet", [to_row(sample("one"), standardise(signing())) | change])
    with pytest.raises(DataError, match=r"one: .* frames, .* a second and .* bytes of mask do not go together"):
        gather(tmp_path, 0)


def test_a_place_that_cannot_be_written_is_named(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"the report cannot be written: .*; give another file with --out"):
        write_report(corpus, tmp_path / "missing" / "report.html")


def test_the_page_is_written_whole(corpus: Path, tmp_path: Path) -> None:
    out = write_report(corpus, tmp_path / "report.html")
    assert out.read_text(encoding="utf-8") == page(corpus)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
