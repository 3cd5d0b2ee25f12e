"""What the `gguf` package makes of blocks and files, to hold ours against: `ggufPackage.py [seed]` writes cases as JSON; see ggufParity.test.ts.

It wants `gguf` (0.19.0 for the committed numbers) in an environment outside of the project. `ggufPackage.json` is what seed 1 gives:

    python lib/llm/files/ggufPackage.py 1 > lib/llm/files/ggufPackage.json

Bytes are in base64. `dequantised`: random blocks of every type, and their float32 values. `quantised`: random values, and their blocks.
`file`: a GGUF file with metadata of every type that the writer offers, and what its reader says of it.
"""

import base64
import json
import sys
import tempfile
from pathlib import Path

import gguf
import numpy
from gguf import GGMLQuantizationType as Type

# Where the halves of a block are: scales and minima, which must be finite numbers.
HALVES = {
    Type.F32: [],
    Type.F16: [0],
    Type.BF16: [],
    Type.Q4_0: [0],
    Type.Q4_1: [0, 2],
    Type.Q5_0: [0],
    Type.Q5_1: [0, 2],
    Type.Q8_0: [0],
    Type.Q2_K: [80, 82],
    Type.Q3_K: [108],
    Type.Q4_K: [0, 2],
    Type.Q5_K: [0, 2],
    Type.Q6_K: [208],
}
ROWS, BLOCKS = 3, 2


def base64_of(array: numpy.ndarray) -> str:
    return base64.b64encode(numpy.ascontiguousarray(array).tobytes()).decode()


def finite_halves(random: numpy.random.Generator, count: int) -> numpy.ndarray:
    """Halves of either sign and of any exponent, subnormal ones among them."""
    bits = random.integers(0, 0x7C00, count).astype(numpy.uint16)
    return bits | (random.integers(0, 2, count).astype(numpy.uint16) << 15)


def dequantised(random: numpy.random.Generator, type_: Type) -> dict:
    block_values, block_bytes = gguf.GGML_QUANT_SIZES[type_]
    if type_ in (Type.F32, Type.BF16):
        values = random.standard_normal(ROWS * BLOCKS * 16).astype(numpy.float32)
        raw = values.view(numpy.uint8)
        if type_ == Type.BF16:
            raw = (values.view(numpy.uint32) >> 16).astype(numpy.uint16).view(numpy.uint8)
        blocks = raw.reshape(ROWS, -1)
    else:
        count = ROWS * BLOCKS * (16 if type_ == Type.F16 else 1)
        flat = random.integers(0, 256, (count, block_bytes)).astype(numpy.uint8)
        for at in HALVES[type_]:
            flat[:, at : at + 2] = finite_halves(random, count).view(numpy.uint8).reshape(count, 2)
        blocks = flat.reshape(ROWS, -1)
    values = gguf.quants.dequantize(blocks, type_)
    return {"type": type_.name, "bytes": base64_of(blocks), "values": base64_of(values.astype(numpy.float32))}


def quantised(random: numpy.random.Generator, type_: Type) -> dict:
    scales = numpy.exp(random.uniform(-8, 8, (ROWS, BLOCKS, 1)))
    values = (random.standard_normal((ROWS, BLOCKS, 32)) * scales).astype(numpy.float32).reshape(ROWS, -1)
    values[0, :32] = 0
    values[1, :32] = 1.5
    return {"type": type_.name, "values": base64_of(values), "bytes": base64_of(gguf.quants.quantize(values, type_))}


def plain(value):
    """As JSON has it."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value.item() if isinstance(value, numpy.generic) else value


def written(random: numpy.random.Generator, path: Path) -> dict:
    writer = gguf.GGUFWriter(path, "test")
    writer.add_uint8("a.u8", 200)
    writer.add_int8("a.i8", -100)
    writer.add_uint16("a.u16", 60_000)
    writer.add_int16("a.i16", -30_000)
    writer.add_uint32("a.u32", 4_000_000_000)
    writer.add_int32("a.i32", -2_000_000_000)
    writer.add_float32("a.f32", 1.25)
    writer.add_float64("a.f64", 0.1)
    writer.add_uint64("a.u64", 2**40 + 1)
    writer.add_int64("a.i64", -(2**40))
    writer.add_bool("a.bool", True)
    writer.add_string("a.string", "größer, 東京, 🙂")
    writer.add_array("a.strings", ["\ufeffbom", "", "Ġthe"])
    writer.add_array("a.ints", [1, -2, 3])
    writer.add_array("a.floats", [0.5, -0.25])
    writer.add_array("a.bools", [True, False])
    writer.add_custom_alignment(64)
    tensors = {
        "plain.weight": (random.standard_normal((3, 5)).astype(numpy.float32), None),
        "half.weight": (random.standard_normal((2, 3, 4)).astype(numpy.float16), None),
        "eight.weight": (random.standard_normal((4, 64)).astype(numpy.float32), Type.Q8_0),
        "four.weight": (random.standard_normal((2, 96)).astype(numpy.float32), Type.Q4_1),
    }
    expected = {}
    for name, (values, type_) in tensors.items():
        data = values if type_ is None else gguf.quants.quantize(values, type_)
        writer.add_tensor(name, data, raw_dtype=type_)
        exact = values if type_ is None else gguf.quants.dequantize(data, type_)
        kind = type_.name if type_ is not None else {4: "F32", 2: "F16"}[values.itemsize]
        expected[name] = {
            "shape": list(values.shape),
            "type": kind,
            "values": base64_of(exact.astype(numpy.float32)),
        }
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    reader = gguf.GGUFReader(path)
    metadata = {
        key: plain(field.contents()) for key, field in reader.fields.items() if not key.startswith("GGUF.")
    }
    places = {str(tensor.name): int(tensor.data_offset) for tensor in reader.tensors}
    for name, entry in expected.items():
        entry["offset"] = places[name]
    return {"bytes": base64.b64encode(path.read_bytes()).decode(), "metadata": metadata, "tensors": expected}


def main(seed: int) -> None:
    random = numpy.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder, numpy.errstate(all="ignore"):
        cases = {
            "dequantised": [dequantised(random, type_) for type_ in HALVES],
            "quantised": [quantised(random, type_) for type_ in (Type.Q4_0, Type.Q4_1, Type.Q8_0)],
            "file": written(random, Path(folder) / "test.gguf"),
        }
    json.dump(cases, sys.stdout, indent=1)
    print()


main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
