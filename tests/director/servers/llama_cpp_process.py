"""llama.cpp's own HTTP server, out of the `xllamacpp` wheel: `llama_cpp_process.py MODEL.gguf PORT`."""

from __future__ import annotations

import signal
import sys

from xllamacpp import CommonParams, Server, llama_flash_attn_type


def main(model: str, port: str) -> None:
    params = CommonParams()
    params.model.path = model
    params.port = int(port)
    params.n_ctx = 32_768
    params.n_parallel = 2
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.flash_attn_type = llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED  # slow for heads this small
    params.warmup = False
    params.endpoint_slots = True
    server = Server(params)
    print("listening on", server.listening_address, flush=True)
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
