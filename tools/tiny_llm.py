"""Tiny LLMs with random weights, for servers that run locally: `python -m tools.tiny_llm gguf FILE | hf FOLDER`.

They say nothing but garbage, and always garbage of the same kind: two layers of a llama, made from a fixed seed in a
tenth of a second, without any download. `gguf` is for llama.cpp and its kin; `hf` is a folder for `transformers serve`,
with a byte-level BPE tokenizer and a chat template.

What is random nevertheless has a habit: the first component of every embedding is the same large number, so that the
first column of the output matrix is a bias, the logarithm of how often each token comes. With it the strings of an
answer end after a dozen characters and answers after some hundred tokens, where a model without it would go on and on.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

SEED = 2305_14330
WIDTH, LAYERS, HEADS, HIDDEN = 64, 2, 2, 128  # more heads of a smaller size are slower
CONTEXT = 32_768  # tokens

BIAS = 8.0  # the first component of every embedding; the others have a standard deviation of 1
MOOD = 0.1  # standard deviation of the output matrix elsewhere: how much the words before decide of the next one

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:\n{% endif %}"
)

# What llama.cpp's model says and how often, relative to each other. A grammar picks from it what it allows.
WORDS = ["the", "red", "blue", "old", "fox", "boat", "tower", "girl", "snow", "river", "night", "runs", "slowly"]
KEYS = [
    *("frames", "action", "place", "time", "weather", "objects", "id", "noun", "look", "box"),
    *("camera", "movement", "pan", "zoom", "transition", "synopsis", "plan"),
]
MARKS = {'"': 14.0, ",": 4.0, "]": 4.0, "}": 2.0, "{": 2.0, "[": 0.05, ":": 1.0, "\\": 1.0, "\n": 0.2, ".": 1.0}
LIST = 4.0  # of "[{", so that hardly any list is empty
BEGINNINGS = (0xC3, 0xCE, 0xD0, 0xE3, 0xE6, 0xE8, 0xF0)  # first bytes of characters in UTF-8: Latin, Greek, Chinese, …
END = 1.0

CORPUS = [
    "The red fox runs through the snow, and the old lighthouse keeper walks along the shore at night.",
    "A blue boat with a white sail drifts across the quiet harbour while gulls are crying overhead.",
    "Slowly the camera pans to the right, then zooms in; rain begins to fall on the roofs of the town.",
    "Ein Fuchs läuft durch den Schnee. Le renard court dans la neige. 一只红狐狸在雪中奔跑。",
]
"""What the words of the `hf` model are learnt from; it holds no JSON."""
TOKENS = 448  # of the `hf` model
ANSWER = 120  # tokens that it says on average


def weights(odds: Array, seed: int = SEED) -> dict[str, Array]:
    """All tensors of a model, named as in a `LlamaForCausalLM`; a matrix is (out, in).

    `odds` (vocabulary,): how often each token is to come, relative to the others.
    """
    random = np.random.default_rng(seed)

    def normal(*shape: int, deviation: float) -> Array:
        return random.normal(0.0, deviation, shape).astype(np.float32)

    def matrix(out: int, into: int) -> Array:
        return normal(out, into, deviation=0.3 / float(np.sqrt(into)))

    ones = np.ones(WIDTH, np.float32)
    embedding = normal(len(odds), WIDTH, deviation=1.0)
    embedding[:, 0] = BIAS
    said = normal(len(odds), WIDTH, deviation=MOOD)
    normed = BIAS / np.sqrt((BIAS**2 + WIDTH - 1) / WIDTH)  # what RMS norm makes of the first component
    said[:, 0] = np.log(odds / odds.sum()) / normed
    tensors = {"model.embed_tokens.weight": embedding, "model.norm.weight": ones, "lm_head.weight": said}
    for layer in range(LAYERS):
        block = {f"self_attn.{name}_proj.weight": matrix(WIDTH, WIDTH) for name in "qkvo"}
        block |= {f"mlp.{name}_proj.weight": matrix(HIDDEN, WIDTH) for name in ("gate", "up")}
        block |= {"mlp.down_proj.weight": matrix(WIDTH, HIDDEN)}
        block |= {"input_layernorm.weight": ones, "post_attention_layernorm.weight": ones}
        tensors |= {f"model.layers.{layer}.{name}": tensor for name, tensor in block.items()}
    return tensors


# llama.cpp

IN_GGUF = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "model.layers.": "blk.",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def write_gguf(file: Path, seed: int = SEED, *, odd: bool = False) -> None:
    """A model for llama.cpp, 0.5 MB. Its tokens are bytes, some words, and the keys of a director's answer.

    With an `odd` one llama.cpp cannot hold an answer to any form: it leads each grammar through the words with which
    the template begins the answer, and this tokenizer puts a blank before them. Some real models end alike.
    """
    import gguf

    kinds = gguf.TokenType
    odds = _odds()
    tokens = list(odds)
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(
        [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL, *[kinds.BYTE] * 256, *[kinds.NORMAL] * (len(tokens) - 259)]
    )
    writer.add_add_space_prefix(odd)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(CHAT_TEMPLATE)
    for name, tensor in weights(np.array([*odds.values()], np.float32), seed).items():
        for ours, theirs in IN_GGUF.items():
            name = name.replace(ours, theirs)
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _odds() -> dict[str, float]:
    """Each token, the three control tokens and the bytes first, and how often it comes."""
    odds = {"<unk>": 0.001, "<s>": 0.001, "</s>": END} | {f"<0x{byte:02X}>": 0.01 for byte in range(256)}
    often = dict.fromkeys((*b"abcdefghijklmnopqrstuvwxyz",), 0.1) | dict.fromkeys((*b"0123456789",), 0.7)
    often |= dict.fromkeys(range(0x80, 0xC0), 0.2) | dict.fromkeys(BEGINNINGS, 0.5)  # further and first bytes
    often |= {ord(mark): odd for mark, odd in MARKS.items()}
    odds |= {f"<0x{byte:02X}>": odd for byte, odd in often.items()}
    odds |= {f"{word}\u2581": 1.0 for word in WORDS}  # U+2581 is this tokenizer's blank
    odds |= {f'"{key}":': 1.0 for key in KEYS}
    odds["[{"] = LIST
    return odds


# transformers


def write_hf(folder: Path, seed: int = SEED) -> None:
    """A folder that `transformers serve` loads as a model, 0.6 MB."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    size = _write_tokenizer(folder)
    odds = np.ones(size, np.float32)
    odds[1] = size / ANSWER
    save_file(weights(odds, seed), folder / "model.safetensors", metadata={"format": "pt"})
    _write_json(
        folder / "config.json",
        architectures=["LlamaForCausalLM"],
        model_type="llama",
        vocab_size=size,
        hidden_size=WIDTH,
        intermediate_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=CONTEXT,
        rms_norm_eps=1e-5,
        bos_token_id=0,
        eos_token_id=1,
        tie_word_embeddings=False,
        dtype="float32",
    )
    _write_json(folder / "generation_config.json", bos_token_id=0, eos_token_id=1, do_sample=True, top_k=0)


def _write_tokenizer(folder: Path) -> int:
    """Learn a byte-level BPE; returns the size of its vocabulary."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=TOKENS,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    _write_json(
        folder / "tokenizer_config.json",
        tokenizer_class="PreTrainedTokenizerFast",
        bos_token="<s>",
        eos_token="</s>",
        chat_template=CHAT_TEMPLATE,
        model_max_length=CONTEXT,
    )
    return int(tokenizer.get_vocab_size())


def _write_json(file: Path, **values: Any) -> None:
    file.write_text(json.dumps(values, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.tiny_llm", description=__doc__.splitlines()[0])
    parser.add_argument("form", choices=["gguf", "hf"])
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    (write_gguf if arguments.form == "gguf" else write_hf)(arguments.path)


if __name__ == "__main__":
    main()
