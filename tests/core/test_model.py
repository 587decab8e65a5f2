"""The transformer and its two decoders."""

from __future__ import annotations

import itertools

import pytest
import torch

from signllm.config import ModelConfig
from signllm.model.decoding import Chunk, Decoder, Overlap, Pointer, advance, plain_chunks
from signllm.model.features import FRAME_VALUES, POSE_VALUES
from signllm.model.layers import rotary_rotation, rotate
from signllm.model.transformer import Prediction, SignLLM, Steps
from signllm.model.vocabulary import END, PAD

SMALL = ModelConfig(width=32, heads=2, feedforward=64, frame_window=16, token_window=3, max_segment_frames=40)
REST = torch.zeros(FRAME_VALUES)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


def small_model(seed: int = 0) -> SignLLM:
    """Random weights, the heads included, so that poses and pointers move."""
    torch.manual_seed(seed)
    model = SignLLM(SMALL, vocabulary_size=10).eval()
    torch.nn.init.normal_(model.pose_head.weight, std=0.02)
    model.advance_head.bias.data.view(SMALL.horizon, SMALL.advances)[:, 0] = 1.0
    return model


def utterance(*glosses: int) -> torch.Tensor:
    return torch.tensor([[*glosses, END]])


def generate(model: SignLLM, tokens: torch.Tensor, stride: int, chunks: int) -> Chunk:
    decoder = Decoder(model, tokens, REST, stride=stride)
    return joined([decoder.next_chunk() for _ in range(chunks)])


def joined(chunks: list[Chunk]) -> Chunk:
    return Chunk(torch.cat([c.frames for c in chunks], 1), torch.cat([c.gloss for c in chunks], 1))


@pytest.mark.parametrize("stride", SMALL.strides)
def test_the_cached_decoder_equals_the_plain_one_beyond_its_window(stride: int) -> None:
    model, tokens = small_model(), utterance(2, 5, 3, 3, 9, 4, 2, 7)
    count = 3 * SMALL.window_steps(stride)
    plain = joined(list(itertools.islice(plain_chunks(model, tokens, REST, stride=stride), count)))
    cached = generate(model, tokens, stride, count)
    assert torch.equal(cached.gloss, plain.gloss)
    torch.testing.assert_close(cached.frames, plain.frames, atol=1e-4, rtol=1e-4)


def test_an_utterance_in_a_padded_batch_is_made_as_it_is_alone() -> None:
    model = small_model()
    long, short = [2, 3, 4, 5, 6, END], [7, 8, END, PAD, PAD, PAD]
    together = generate(model, torch.tensor([long, short]), 4, 6)
    alone = generate(model, torch.tensor([short[:3]]), 4, 6)
    torch.testing.assert_close(together.frames[1], alone.frames[0], atol=1e-4, rtol=1e-4)
    assert torch.equal(together.gloss[1], alone.gloss[0])


def test_a_gloss_that_repeats_the_one_before_is_encoded_as_such_and_nothing_else_changes() -> None:
    model = small_model()
    plain = [model.encode(tokens).here for tokens in (utterance(2, 3, 4), utterance(2, 2, 4))]
    torch.nn.init.normal_(model.repeated)
    marked = [model.encode(tokens).here for tokens in (utterance(2, 3, 4), utterance(2, 2, 4))]
    assert torch.equal(plain[0], marked[0])
    assert not torch.allclose(plain[1][:, 1], marked[1][:, 1])


def test_the_first_chunk_is_one_frame_and_the_others_are_as_long_as_the_stride() -> None:
    decoder = Decoder(small_model(), utterance(2, 3), REST, stride=8)
    assert [decoder.next_chunk().gloss.shape[1] for _ in range(3)] == [1, 8, 8]


@pytest.mark.parametrize("seed", range(3))
def test_every_generation_ends_even_with_untrained_weights(seed: int) -> None:
    model, glosses = small_model(seed), (2, 3, 4)
    model.advance_head.bias.data.view(SMALL.horizon, SMALL.advances)[:, 0] = 1e3  # never moves on by itself
    made = generate(model, utterance(*glosses), 4, (len(glosses) + 1) * SMALL.max_segment_frames // 4 + 4)
    assert made.gloss[0, -1] == len(glosses) + 1


def test_glosses_come_in_order_and_stop_one_past_the_return_to_rest() -> None:
    made = generate(small_model(), utterance(2, 3, 4), 4, 60).gloss[0]
    assert made.max() == 4
    until_over = made[: int(made.argmax()) + 1]
    assert until_over.diff().min() >= 0


def test_a_frame_cannot_lie_before_the_one_that_precedes_it() -> None:
    logits = torch.zeros(1, 1, 4, 4)
    for frame, moved in enumerate((0, 2, 1, 3)):
        logits[0, 0, frame, moved] = 5.0
    pointer = Pointer(torch.tensor([1]), torch.tensor([0]), torch.tensor([3]))
    chunk = advance(Prediction(torch.zeros(1, 1, 4, FRAME_VALUES), logits), pointer, 4, most=100)
    assert chunk.gloss.tolist() == [[1, 3, 3, 4]]
    assert pointer.after(chunk).index.tolist() == [3]


def test_later_steps_do_not_change_earlier_ones() -> None:
    model, memory = small_model(), small_model().encode(utterance(2, 3, 4))
    positions = torch.tensor([0, 1, 5, 9])
    history = torch.randn(1, 4, SMALL.history, FRAME_VALUES)
    pointer = torch.tensor([[0, 0, 1, 2]])
    with torch.inference_mode():
        before = model.decode(Steps(history, pointer, positions, 4), memory).frames
        history[:, 3] += 1.0
        after = model.decode(Steps(history, pointer, positions, 4), memory).frames
    torch.testing.assert_close(before[:, :3], after[:, :3])
    assert not torch.allclose(before[:, 3], after[:, 3])


def test_an_untrained_model_holds_the_last_pose() -> None:
    model = SignLLM(SMALL, 10)
    history = torch.randn(1, 1, SMALL.history, FRAME_VALUES)
    steps = Steps(history, torch.tensor([[0]]), torch.tensor([0]), 4)
    frames = model.decode(steps, model.encode(utterance(2))).frames
    expected = history[:, :, -1:, :POSE_VALUES].expand(-1, -1, SMALL.horizon, -1)
    torch.testing.assert_close(frames[..., :POSE_VALUES], expected)


def test_the_same_glosses_look_the_same_anywhere_in_an_utterance() -> None:
    """Attention knows distances only: a token's state depends on its neighbours, not on its place."""
    model = small_model()
    middle = [5, 6, 7]
    around = [2, 3, 4, 2, 3, 4, 2]  # two encoder layers reach 2 x token_window tokens to either side
    early = model.encode(torch.tensor([[*around, *middle, *around, END]])).here[0, 7:10]
    late = model.encode(torch.tensor([[*[9] * 20, *around, *middle, *around, END]])).here[0, 27:30]
    torch.testing.assert_close(early, late, atol=1e-5, rtol=1e-4)


def test_rotary_products_depend_on_the_distance_alone() -> None:
    torch.manual_seed(1)
    q, k = torch.randn(2, 1, 1, 1, 16)
    near, far = (
        rotate(q, rotary_rotation(torch.tensor([at + 3]), 16)) * rotate(k, rotary_rotation(torch.tensor([at]), 16))
        for at in (0, 500)
    )
    torch.testing.assert_close(near.sum(), far.sum(), atol=1e-3, rtol=1e-3)


def test_an_untrained_stride_is_refused() -> None:
    with pytest.raises(ValueError, match=r"stride 3 is not one of the trained strides \(1, 2, 4, 8\)"):
        Decoder(small_model(), utterance(2), REST, stride=3)


def test_steps_that_agree_are_blended_into_what_they_say() -> None:
    overlap = Overlap(horizon=8)
    ramp = torch.arange(40.0)[None, :, None].expand(1, 40, FRAME_VALUES)
    made = [
        overlap.blend(ramp[:, start : start + 8], kept) for start, kept in ((0, 1), (1, 4), (5, 4), (9, 4), (13, 4))
    ]
    assert torch.allclose(torch.cat(made, dim=1), ramp[:, :17], atol=1e-4)


def test_a_new_step_takes_over_little_by_little() -> None:
    overlap = Overlap(horizon=8)
    overlap.blend(torch.zeros(1, 8, FRAME_VALUES), 4)
    blended = overlap.blend(torch.ones(1, 8, FRAME_VALUES), 4)[0, :, 0]
    assert torch.all(blended.diff() > 0) and 0 < blended[0] < 0.25 and 0.75 < blended[-1] < 1


def test_the_progress_is_the_newest_steps() -> None:
    overlap = Overlap(horizon=8)
    overlap.blend(torch.zeros(1, 8, FRAME_VALUES), 4)
    assert torch.all(overlap.blend(torch.ones(1, 8, FRAME_VALUES), 4)[..., -1] == 1)
