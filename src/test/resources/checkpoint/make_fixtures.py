"""Writes the fixtures beside it: python3 make_fixtures.py (needs numpy, and nothing of this project or of PyTorch).

pytorch-lstm.safetensors  the state_dict of nn.LSTM(3, 4, num_layers=2, bidirectional=True) and nn.Linear(8, 2), with
                          PyTorch's names and the __metadata__ and order that safetensors.torch.save_file gives it
pytorch-lstm.json         its model.json, two sequences, and the logits that PyTorch's equations give for them
digest.json               the SHA-256 of a wm model's file, D = 3, H = 2, 2 labels, its k-th parameter 1 / (k + 3)
dtypes.safetensors/.json  each form of number that is read: zeros, subnormals, the largest

The bytes are laid out here by hand from the format's description, and the LSTM below is written from PyTorch's
documentation, in float64: an opinion that is independent of the Java code.
"""

import hashlib
import json
import pathlib
import struct

import numpy as np

HERE = pathlib.Path(__file__).parent
H = 4


def bfloat16(x):
    """The upper half of each float32, as raw 16-bit integers; only for numbers whose lower half is zero."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    assert not (bits & 0xFFFF).any()
    return (bits >> 16).astype("<u2")


def save(path, tensors, metadata=None):
    """tensors: (name, dtype, shape, bytes), in the order of their data."""
    header, at = ({"__metadata__": metadata} if metadata else {}), 0
    for name, dtype, shape, data in tensors:
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data for *_, data in tensors))


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def direction(x, w, suffix):
    """h of each step of x, [steps, H], in the order in which x comes."""
    h, c, out = np.zeros(H), np.zeros(H), []
    for step in x:
        a = (
            w["lstm.weight_ih" + suffix] @ step
            + w["lstm.bias_ih" + suffix]
            + w["lstm.weight_hh" + suffix] @ h
            + w["lstm.bias_hh" + suffix]
        )
        i, f, g, o = sigmoid(a[:H]), sigmoid(a[H : 2 * H]), np.tanh(a[2 * H : 3 * H]), sigmoid(a[3 * H :])
        c = f * c + i * g
        h = o * np.tanh(c)
        out.append(h)
    return np.array(out)


def logits(x, w):
    """fc(cat(h_n[-2], h_n[-1])): the top layer's last forward state beside its last backward one."""
    for layer in range(2):
        forward = direction(x, w, f"_l{layer}")
        backward = direction(x[::-1], w, f"_l{layer}_reverse")
        x = np.concatenate([forward, backward[::-1]], axis=1)
    return w["fc.weight"] @ np.concatenate([forward[-1], backward[-1]]) + w["fc.bias"]


def pytorch_lstm():
    random = np.random.default_rng(20210831)
    weights = {}
    for layer in range(2):
        for suffix in (f"_l{layer}", f"_l{layer}_reverse"):
            weights["lstm.weight_ih" + suffix] = random.normal(0, 0.6, (4 * H, 3 if layer == 0 else 2 * H))
            weights["lstm.weight_hh" + suffix] = random.normal(0, 0.6, (4 * H, H))
            weights["lstm.bias_ih" + suffix] = random.normal(0, 0.6, 4 * H)
            weights["lstm.bias_hh" + suffix] = random.normal(0, 0.6, 4 * H)
    weights["fc.weight"] = random.normal(0, 0.6, (2, 2 * H))
    weights["fc.bias"] = random.normal(0, 0.6, 2)
    weights = {name: w.astype("<f4") for name, w in sorted(weights.items())}

    file = HERE / "pytorch-lstm.safetensors"
    save(file, [(n, "F32", w.shape, w.tobytes()) for n, w in weights.items()], {"format": "pt"})
    exact = {name: w.astype(np.float64) for name, w in weights.items()}
    sequences = [random.normal(0, 1, (steps, 3)).round(3) for steps in (5, 1)]
    layer = {"cell": "lstm", "hiddenSize": H, "bidirectional": True}
    text = {
        "madeBy": "make_fixtures.py",
        "model": {
            "format": "tidegate/1",
            "name": "pytorch-lstm",
            "task": "classification",
            "input": {"kind": "features", "size": 3},
            "layers": [layer, layer],
            "output": {"labels": ["no", "yes"]},
            "weights": {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()},
        },
        "sequences": [x.tolist() for x in sequences],
        "logits": [logits(x, exact).tolist() for x in sequences],
    }
    (HERE / "pytorch-lstm.json").write_text(json.dumps(text, indent=1) + "\n")


def digest():
    shapes = {  # in the order in which parameters are counted
        "weight_ih_l0": (8, 3),
        "weight_hh_l0": (8, 2),
        "bias_l0": (8,),
        "weight_ch_l0": (6, 2),
        "head.weight": (2, 2),
        "head.bias": (2,),
    }
    tensors, at = [], 3
    for name, shape in shapes.items():
        size = int(np.prod(shape))
        tensors.append((name, "F32", shape, (1 / np.arange(at, at + size)).astype("<f4").tobytes()))
        at += size
    file = HERE / "digest.safetensors"
    save(file, sorted(tensors))
    text = {"madeBy": "make_fixtures.py", "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    (HERE / "digest.json").write_text(json.dumps(text) + "\n")
    file.unlink()


def dtypes():
    values = {
        "f64": np.array([[0.1, -1e300], [5e-324, 0.0]], "<f8"),
        "f32": np.array([0.1, -3.4028234663852886e38, 1e-45], "<f4"),
        "f16": np.array([0.1, -65504.0, 2.0**-24, 1023 * 2.0**-24, 2.0**-14, 0.0], "<f2"),
        "bf16": np.array([1.0, -3.3895313892515355e38, 2.0**-133, 0.0], np.float32),
    }
    data = {name: (bfloat16(v) if name == "bf16" else v).tobytes() for name, v in values.items()}
    save(HERE / "dtypes.safetensors", [(n, n.upper(), v.shape, data[n]) for n, v in values.items()])
    exact = {name: v.astype(np.float64).flatten().tolist() for name, v in values.items()}
    (HERE / "dtypes.json").write_text(json.dumps({"madeBy": "make_fixtures.py", **exact}, indent=1) + "\n")


pytorch_lstm()
digest()
dtypes()
