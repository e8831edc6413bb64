import subprocess
import sys

import pytest

from tokcomp_cli.encoders.memory import memory_errors


@pytest.mark.parametrize(
    "message",
    [
        "[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory: you tried",
        "DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes.",
        "CUDA out of memory. Tried to allocate 2.00 GiB",
        "could not create a primitive",
    ],
)
def test_what_torch_says_without_memory_is_a_memory_error(message):
    with pytest.raises(MemoryError) as raised, memory_errors():
        raise RuntimeError(message)
    assert str(raised.value.__cause__) == message


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match="mat1 and mat2"), memory_errors():
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of address space")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_batch_too_large_for_memory_is_a_memory_error(precision):
    code = f"""
import resource, warnings
import numpy as np
from tokcomp_cli.encoders import precision
from tokcomp_cli.encoders.embedded import EmbeddedEncoder
warnings.simplefilter("ignore")
precision.cpu_flags = lambda: frozenset({{"avx512_bf16"}})
encoder = EmbeddedEncoder(precision={precision!r})
frames = np.zeros((16, 224, 224, 3), np.uint8)
encoder.encode(frames[:1])
held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
for more in range(0, 40_000_000, 8_000_000):
    resource.setrlimit(resource.RLIMIT_AS, (held + more, resource.RLIM_INFINITY))
    try:
        encoder.encode(frames)
    except MemoryError:
        print("MemoryError")
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(said.stdout.split()) == {"MemoryError"}
