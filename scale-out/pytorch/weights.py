"""Reads and writes weights as safetensors or as a PyTorch state dict (.pth); feathergrad reads and writes both."""
import json
import struct

import numpy
import torch

TYPES = {"F32": numpy.float32, "F16": numpy.float16, "I32": numpy.int32, "U8": numpy.uint8}


def read_safetensors(path):
    """Returns the tensors by name, and the metadata."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] not in TYPES:
            raise ValueError(f"{path}: {name} has type {entry['dtype']}, expected one of {', '.join(TYPES)}")
        start, end = entry["data_offsets"]
        values = numpy.frombuffer(data[start:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors, metadata


def write_safetensors(path, tensors, metadata):
    header, parts, offset = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        part = tensor.detach().cpu().float().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(part)]}
        parts.append(part)
        offset += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def load(network, path):
    """Loads a file into the network. All names and shapes must agree, except for batch norm's step counters."""
    is_torch = str(path).endswith((".pth", ".pt"))
    state = torch.load(path, map_location="cpu") if is_torch else read_safetensors(path)[0]
    missing, unexpected = network.load_state_dict(state, strict=False)
    wrong = [name for name in [*missing, *unexpected] if not name.endswith("num_batches_tracked")]
    if wrong:
        raise ValueError(f"{path}: {len(wrong)} names do not agree with the network; the first is {wrong[0]}")


def save(state, path, metadata):
    """Writes a state dict; `metadata` goes into a safetensors file only."""
    if str(path).endswith((".pth", ".pt")):
        return torch.save(state, path)
    write_safetensors(path, {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}, metadata)
