"""Writes torch-fixtures.ts: files as torch.save writes them, without needing torch.

The pickles name the same globals with the same arguments and persistent ids, and the archives have the same entries,
as PyTorch 2 (zip) and PyTorch 1.5 (legacy) write. Run: python3 tests/formats/torch-fixtures.py > torch-fixtures.ts
"""
import base64
import collections
import io
import os
import pickle
import struct
import sys
import types
import zipfile

torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})
SIZES = {"FloatStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2, "DoubleStorage": 8, "LongStorage": 8}
for name in SIZES:
    setattr(torch, name, type(name, (), {"__module__": "torch"}))
for name in ("_rebuild_tensor_v2", "_rebuild_parameter"):
    function = types.FunctionType((lambda *args: None).__code__, {}, name)
    function.__module__, function.__qualname__ = "torch._utils", name
    setattr(utils, name, function)


class Storage:
    def __init__(self, name, data):
        self.name, self.data, self.length = name, data, len(data) // SIZES[name]


class Tensor:
    def __init__(self, storage, offset, size, stride):
        self.args = (storage, offset, size, stride, False, collections.OrderedDict())

    def __reduce_ex__(self, protocol):
        return utils._rebuild_tensor_v2, self.args


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce_ex__(self, protocol):
        return utils._rebuild_parameter, (self.tensor, True, collections.OrderedDict())


class Evil:
    def __reduce__(self):
        return os.system, ("echo taken over",)


def dump(value, legacy=False):
    storages = {}

    class Pickler(pickle.Pickler):
        def persistent_id(self, item):
            if not isinstance(item, Storage):
                return None
            key, _ = storages.setdefault(id(item), (str(len(storages)), item))
            entry = ("storage", getattr(torch, item.name), key, "cpu", item.length)
            return entry + (None,) if legacy else entry

    out = io.BytesIO()
    Pickler(out, protocol=2).dump(value)
    return out.getvalue(), list(storages.values())


def save(value):
    data, storages = dump(value)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        def add(name, content):
            archive.writestr(zipfile.ZipInfo("small/" + name, (1980, 1, 1, 0, 0, 0)), content)

        add("data.pkl", data)
        add("byteorder", b"little")
        for key, storage in storages:
            add("data/" + key, storage.data)
        add("version", b"3\n")
        add(".data/serialization_id", b"0" * 40)
    return out.getvalue()


def save_legacy(value):
    out = io.BytesIO()
    sizes = dict(short=2, int=4, long=4)
    for head in (0x1950A86A20F9469CFC6C, 1001, dict(protocol_version=1001, little_endian=True, type_sizes=sizes)):
        pickle.dump(head, out, protocol=2)
    data, storages = dump(value, legacy=True)
    out.write(data)
    pickle.dump([key for key, _ in storages], out, protocol=2)
    for _, storage in storages:
        out.write(struct.pack("<q", storage.length) + storage.data)
    return out.getvalue()


shared = Storage("FloatStorage", struct.pack("<24f", *range(24)))
state = collections.OrderedDict()
state["0.weight"] = Parameter(Tensor(shared, 0, (2, 3, 2, 1), (6, 2, 1, 1)))
state["turned"] = Tensor(shared, 12, (3, 4), (1, 3))
state["half"] = Tensor(Storage("HalfStorage", struct.pack("<3e", 1.0, -2.5, 65504.0)), 0, (3,), (1,))
state["brain"] = Tensor(Storage("BFloat16Storage", struct.pack("<2H", 0x3F80, 0xC020)), 0, (2,), (1,))
state["double"] = Tensor(Storage("DoubleStorage", struct.pack("<d", 0.5)), 0, (), ())
state["1.num_batches_tracked"] = Tensor(Storage("LongStorage", struct.pack("<q", 7)), 0, (), ())
state["empty"] = Tensor(Storage("FloatStorage", b""), 0, (0, 3), (3, 1))
state._metadata = collections.OrderedDict([("", {"version": 1}), ("0", {"version": 1})])

moments = {"state": {0: {"step": 3, "exp_avg": Tensor(shared, 0, (2,), (1,))}}}
moments["param_groups"] = [{"lr": 1e-3, "betas": (0.9, 0.999), "params": [0]}]
checkpoint = dict(epoch=300, best=0.875, big=2**62, below=-70000, done=True, none=None, name="é", optimizer=moments)
checkpoint["model"] = collections.OrderedDict(("module." + key, value) for key, value in state.items())

evil4 = io.BytesIO()
with zipfile.ZipFile(evil4, "w") as archive:
    archive.writestr(zipfile.ZipInfo("a/data.pkl"), pickle.dumps({"a": Evil()}, protocol=4))

FIXTURES = {
    "STATE": ("A state dict with views into one storage, every floating type, a counter, an empty tensor.", save(state)),
    "LEGACY": ("The same in the format before PyTorch 1.6.", save_legacy(state)),
    "CHECKPOINT": ("A checkpoint with the same under `model`, of DataParallel, and an optimizer.", save(checkpoint)),
    "EVIL": ("A pickle that calls os.system.", save({"a": Evil()})),
    "EVIL_PROTOCOL_4": ("The same in protocol 4.", evil4.getvalue()),
}
print("// Written by torch-fixtures.py: files as torch.save writes them, in base64.\n")
for name, (text, content) in FIXTURES.items():
    print(f"/** {text} */\nexport const {name} =\n  '{base64.b64encode(content).decode()}';\n")
