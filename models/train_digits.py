#!/usr/bin/python3
"""Trains, exports and evaluates the two small networks of this folder.

    models/train_digits.py                    train both networks, write every file beside this script
    models/train_digits.py --evaluate-only    re-evaluate the files that are there; fails when accuracy.json differs

It also fails when a result is ambiguous, i.e. could come out differently in another correct implementation.

Training uses PyTorch. What counts is evaluated without it: the exported ONNX file is executed by the numpy evaluator
below, in float64, on the images of the exported IDX files. See README.md for the source of the data.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PRODUCER = "spinvp models/train_digits.py"
DATA_SOURCE = (
    "Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak), UCI Machine Learning Repository, "
    "as bundled with scikit-learn (load_digits); data licence CC BY 4.0"
)
IMAGES_FILE = "digits-test-images-idx3-ubyte"
LABELS_FILE = "digits-test-labels-idx1-ubyte"
ACCURACY_FILE = "accuracy.json"
TEST_IMAGES = 360
SPLIT_SEED = 2024
BATCH_NORM_EPSILON = 1e-5
ROUNDING_MARGIN = 1e-6  # a value nearer to a rounding boundary than this could round differently elsewhere
INPUT_CHANNELS = 1
IMAGE_SIZE = 8
CLASSES = 10

# A block is a convolution (3x3, padding 1), its batch norm and its activation. `pool` stands "before" the batch norm
# (directly on the convolution) or "after" the activation, and is always 2x2. A seed is the first one (from 1) whose
# network leaves nothing ambiguous on the test images: no tie of the best scores, no value on a rounding boundary.
ARCHITECTURES = {
    "digits_ternary": {
        "weights": "ternary",
        "activation_bits": 2,
        "blocks": [
            {"channels": 20},
            {"channels": 24, "pool": "MaxPool", "pool_stage": "before"},
            {"channels": 32, "pool": "MaxPool", "pool_stage": "after"},
        ],
        "features": 32 * 2 * 2,
        "seed": 3,
    },
    "digits_binary": {
        "weights": "binary",
        "activation_bits": 1,
        "blocks": [
            {"channels": 32},
            {"channels": 32, "stride": 2},
            {"channels": 48, "pool": "AveragePool", "pool_stage": "after"},
        ],
        "features": 48 * 2 * 2,
        "seed": 2,
    },
}


# ---------------------------------------------------------------------------------------------------------------------
# Data
# ---------------------------------------------------------------------------------------------------------------------


def load_digits_split():
    """(train images, train labels, test images, test labels); images uint8 [N, 8, 8], scaled from 0..16 to 0..255."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    images = np.round(digits.images * 255.0 / 16.0).astype(np.uint8)
    labels = digits.target.astype(np.uint8)
    train_images, test_images, train_labels, test_labels = train_test_split(
        images, labels, test_size=TEST_IMAGES, random_state=SPLIT_SEED, stratify=labels
    )
    return train_images, train_labels, test_images, test_labels


def write_idx(path, array):
    """Writes a uint8 array in MNIST's IDX format: magic 0x000008 and the rank, big-endian dimensions, bytes."""
    header = np.array([0x0800 | array.ndim, *array.shape], dtype=">u4")
    path.write_bytes(header.tobytes() + array.astype(np.uint8).tobytes())


def read_idx(path):
    data = path.read_bytes()
    magic = int.from_bytes(data[:4], "big")
    rank = magic & 0xFF
    if magic >> 8 != 0x08 or len(data) < 4 + 4 * rank:
        raise SystemExit(f"{path}: not an IDX file of unsigned bytes")
    shape = np.frombuffer(data, dtype=">u4", count=rank, offset=4).astype(int)
    if len(data) != 4 + 4 * rank + int(np.prod(shape)):
        raise SystemExit(f"{path}: length does not match its dimensions {tuple(shape)}")
    return np.frombuffer(data, dtype=np.uint8, offset=4 + 4 * rank).reshape(shape)


# ---------------------------------------------------------------------------------------------------------------------
# Training (PyTorch is imported here only, so that --evaluate-only does without)
# ---------------------------------------------------------------------------------------------------------------------


def quantise_weights(weights, kind):
    """alpha * {-1, +1} (DoReFa-Net: alpha = mean |w|) or alpha * {-1, 0, +1} (ternary weight networks: threshold
    0.7 mean |w|, alpha the mean of what lies above it); one alpha for the layer."""
    import torch

    magnitude = weights.abs()
    if kind == "binary":
        levels = torch.where(weights >= 0, 1.0, -1.0)
        return magnitude.mean() * levels
    threshold = 0.7 * magnitude.mean()
    kept = magnitude > threshold
    return magnitude[kept].mean() * torch.where(kept, torch.sign(weights), 0.0)


def straight_through(value, quantised):
    """`quantised` forwards, the gradient of `value` backwards."""
    return value + (quantised - value).detach()


def build_model(architecture):
    import torch
    from torch import nn
    from torch.nn import functional

    kind = architecture["weights"]
    steps = 2 ** architecture["activation_bits"] - 1

    def quantised(weights):
        return straight_through(weights, quantise_weights(weights, kind))

    def pooled(block, stage, value):
        if block.get("pool_stage") != stage:
            return value
        pool = functional.max_pool2d if block["pool"] == "MaxPool" else functional.avg_pool2d
        return pool(value, 2)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.convs = nn.ModuleList()
            self.norms = nn.ModuleList()
            channels = INPUT_CHANNELS
            for block in architecture["blocks"]:
                self.convs.append(
                    nn.Conv2d(channels, block["channels"], 3, stride=block.get("stride", 1), padding=1, bias=False)
                )
                channels = block["channels"]
                norm = nn.BatchNorm2d(channels, eps=BATCH_NORM_EPSILON)
                # Half of the gains start negative, and the outputs start centred in the activation's range 0..1.
                with torch.no_grad():
                    signs = torch.where(torch.rand(channels) < 0.5, -1.0, 1.0)
                    norm.weight.copy_(0.5 * signs)
                    norm.bias.fill_(0.5)
                self.norms.append(norm)
            self.fc = nn.Linear(architecture["features"], CLASSES, bias=False)

        def forward(self, image):
            value = image
            for block, conv, norm in zip(architecture["blocks"], self.convs, self.norms):
                value = functional.conv2d(value, quantised(conv.weight), stride=conv.stride, padding=conv.padding)
                value = norm(pooled(block, "before", value))
                value = value.clamp(0, 1)
                value = straight_through(value, torch.round(value * steps) / steps)
                value = pooled(block, "after", value)
            return functional.linear(value.flatten(1), quantised(self.fc.weight))

    return Model()


def train(architecture, images, labels, epochs, log):
    """A trained model whose batch norms hold the statistics of the whole training set."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(architecture["seed"])

    inputs = torch.from_numpy(images.astype(np.float32) / 255.0).unsqueeze(1)
    targets = torch.from_numpy(labels.astype(np.int64))
    model = build_model(architecture)
    batch = 64
    steps_per_epoch = -(-len(inputs) // batch)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * steps_per_epoch)
    model.train()
    for epoch in range(epochs):
        order = torch.randperm(len(inputs))
        total = 0.0
        for chosen in order.split(batch):
            scores = model(inputs[chosen])
            loss = functional.cross_entropy(scores, targets[chosen], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            with torch.no_grad():
                for weights in [conv.weight for conv in model.convs] + [model.fc.weight]:
                    weights.clamp_(-1, 1)
            total += loss.item() * len(chosen)
        if (epoch + 1) % 20 == 0:
            log(f"  epoch {epoch + 1}/{epochs}: loss {total / len(inputs):.4f}")

    for norm in model.norms:
        norm.momentum = 1.0  # the next forward pass replaces the running statistics
    with torch.no_grad():
        model(inputs)
    model.eval()
    return model


# ---------------------------------------------------------------------------------------------------------------------
# Export
# ---------------------------------------------------------------------------------------------------------------------


class GraphBuilder:
    """A chain of ONNX nodes: every node takes the one before's output and gives its own name to its output."""

    def __init__(self, first_value):
        self.value = first_value
        self.nodes = []
        self.initializers = []

    def constant(self, name, array):
        self.initializers.append(numpy_helper.from_array(np.asarray(array, dtype=np.float32), name))
        return name

    def add(self, name, operator, *inputs, output=None, **attributes):
        output = output or f"{name}_out"
        self.nodes.append(helper.make_node(operator, [self.value, *inputs], [output], name=name, **attributes))
        self.value = output


def export_onnx(name, architecture, model):
    """The trained model as ONNX (opset 13): image uint8 [N, 1, 8, 8] -> scores [N, 10]."""
    kind = architecture["weights"]
    bits = architecture["activation_bits"]
    steps = 2**bits - 1

    def weights_of(parameter):
        return quantise_weights(parameter.detach(), kind).numpy()

    graph = GraphBuilder("image")
    graph.add("image_to_float", "Cast", to=TensorProto.FLOAT)
    graph.add("image_scale", "Mul", graph.constant("image_scale_factor", 1.0 / 255.0))
    zero, one = graph.constant("zero", 0.0), graph.constant("one", 1.0)
    if steps > 1:
        level_factor = graph.constant("levels_per_unit", float(steps))
        unit_factor = graph.constant("units_per_level", 1.0 / steps)

    for index, (block, conv, norm) in enumerate(zip(architecture["blocks"], model.convs, model.norms), start=1):

        def pool(stage):
            if block.get("pool_stage") == stage:
                graph.add(f"pool{index}", block["pool"], kernel_shape=[2, 2], strides=[2, 2])

        stride = block.get("stride", 1)
        graph.add(
            f"conv{index}",
            "Conv",
            graph.constant(f"conv{index}_weights", weights_of(conv.weight)),
            kernel_shape=[3, 3],
            pads=[1, 1, 1, 1],
            strides=[stride, stride],
        )
        pool("before")
        graph.add(
            f"bn{index}",
            "BatchNormalization",
            graph.constant(f"bn{index}_gain", norm.weight.detach().numpy()),
            graph.constant(f"bn{index}_bias", norm.bias.detach().numpy()),
            graph.constant(f"bn{index}_mean", norm.running_mean.numpy()),
            graph.constant(f"bn{index}_variance", norm.running_var.numpy()),
            epsilon=BATCH_NORM_EPSILON,
        )
        graph.add(f"act{index}_clip", "Clip", zero, one)
        if steps > 1:
            graph.add(f"act{index}_to_levels", "Mul", level_factor)
        graph.add(f"act{index}_round", "Round")
        if steps > 1:
            graph.add(f"act{index}_to_units", "Mul", unit_factor)
        pool("after")

    graph.add("flatten", "Flatten", axis=1)
    graph.add("fc", "Gemm", graph.constant("fc_weights", weights_of(model.fc.weight)), output="scores", transB=1)

    onnx_graph = helper.make_graph(
        graph.nodes,
        name,
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", INPUT_CHANNELS, IMAGE_SIZE, IMAGE_SIZE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", CLASSES])],
        initializer=graph.initializers,
    )
    exported = helper.make_model(
        onnx_graph,
        producer_name=PRODUCER,
        ir_version=8,
        opset_imports=[helper.make_opsetid("", 13)],
        doc_string=f"Handwritten digits 8x8, {kind} weights, {bits}-bit activations. Trained on: {DATA_SOURCE}.",
    )
    helper.set_model_props(exported, {"data_source": DATA_SOURCE, "data_licence": "CC-BY-4.0"})
    onnx.checker.check_model(exported)
    return exported


# ---------------------------------------------------------------------------------------------------------------------
# Evaluation of an exported file, in numpy
# ---------------------------------------------------------------------------------------------------------------------


def windows(value, kernel, strides):
    """[N, C, H', W', kh, kw] view of all windows of [N, C, H, W]."""
    view = np.lib.stride_tricks.sliding_window_view(value, kernel, axis=(2, 3))
    return view[:, :, :: strides[0], :: strides[1]]


def run_node(node, inputs, dtype):
    """The node's output; refuses operators and attributes that it does not know."""
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    operator = node.op_type
    value = inputs[0]
    if operator == "Cast":
        result = value.astype(dtype)
    elif operator == "Mul":
        result = value * inputs[1]
    elif operator == "Clip":
        result = np.clip(value, inputs[1], inputs[2])
    elif operator == "Round":
        result = np.rint(value)  # half to even, as ONNX says
    elif operator == "Conv":
        kernels = inputs[1]
        top, left, bottom, right = attributes.pop("pads", [0, 0, 0, 0])
        padded = np.pad(value, ((0, 0), (0, 0), (top, bottom), (left, right)))
        strides = attributes.pop("strides", [1, 1])
        if list(attributes.pop("kernel_shape", kernels.shape[2:])) != list(kernels.shape[2:]) or len(inputs) != 2:
            raise SystemExit(f"{node.name}: kernel_shape differs from the weights, or there is a bias")
        view = windows(padded, kernels.shape[2:], strides)
        result = np.tensordot(view, kernels, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2)
    elif operator == "BatchNormalization":
        gain, bias, mean, variance = (v[None, :, None, None] for v in inputs[1:])
        epsilon = dtype(attributes.pop("epsilon", 1e-5))
        result = (value - mean) / np.sqrt(variance + epsilon) * gain + bias
    elif operator in ("MaxPool", "AveragePool"):
        view = windows(value, attributes.pop("kernel_shape"), attributes.pop("strides", [1, 1]))
        result = view.max(axis=(4, 5)) if operator == "MaxPool" else view.mean(axis=(4, 5))
    elif operator == "Flatten":
        result = value.reshape(len(value), -1)
    elif operator == "Gemm":
        result = value @ (inputs[1].T if attributes.pop("transB", 0) else inputs[1])
    else:
        raise SystemExit(f"{node.name}: operator {operator} is not known to this evaluator")
    attributes.pop("to", None)
    if set(attributes) - {"axis"}:
        raise SystemExit(f"{node.name}: attributes {sorted(attributes)} are not known to this evaluator")
    return result


def run_graph(model, images, dtype):
    """Every value of the graph by its name, for uint8 images [N, 8, 8], computed in `dtype`."""
    values = {i.name: numpy_helper.to_array(i).astype(dtype) for i in model.graph.initializer}
    values[model.graph.input[0].name] = images[:, None]
    for node in model.graph.node:
        values[node.output[0]] = run_node(node, [values[name] for name in node.input], dtype)
    return values


def macs_per_image(model, values):
    """Multiply-accumulates of all Conv and Gemm nodes (padding counted as if it were there)."""
    macs = 0
    for node in model.graph.node:
        if node.op_type in ("Conv", "Gemm"):
            kernels = values[node.input[1]]
            macs += values[node.output[0]][0].size * kernels[0].size
    return int(macs)


def evaluate(path, images, labels, log):
    """(entry for accuracy.json, all values in float64, number of ambiguous findings). Ambiguous is whatever another
    correct implementation could decide differently: float32 against float64, rounding boundaries, equal scores."""
    model = onnx.load(str(path))
    onnx.checker.check_model(model)
    values = run_graph(model, images, np.float64)
    scores = values["scores"]
    predictions = scores.argmax(axis=1)
    correct = int((predictions == labels).sum())
    entry = {
        "file": path.name,
        "test_images": len(images),
        "correct": correct,
        "accuracy": correct / len(images),
        "macs_per_image": macs_per_image(model, values),
    }
    log(f"{path.name}: {correct} of {len(images)} correct ({100 * entry['accuracy']:.2f} %), "
        f"{entry['macs_per_image']} MACs per image")

    single = run_graph(model, images, np.float32)["scores"].argmax(axis=1)
    ambiguous = int((single != predictions).sum())
    log(f"  float32 and float64 predictions differ on {ambiguous} images")
    for node in model.graph.node:
        if node.op_type == "Round":
            value = values[node.input[0]]
            margin = np.abs(np.abs(value - np.floor(value)) - 0.5)
            near = int((margin < ROUNDING_MARGIN).sum())
            ambiguous += near
            log(f"  {node.name}: nearest to a rounding boundary {margin.min():.2e}; {near} values within "
                f"{ROUNDING_MARGIN:g}")
        elif node.op_type == "BatchNormalization":
            gain = values[node.input[1]]
            log(f"  {node.name}: {int((gain < 0).sum())} of {gain.size} gains are negative")
    ordered = np.sort(scores, axis=1)
    ties = np.flatnonzero(ordered[:, -1] - ordered[:, -2] < ROUNDING_MARGIN)
    log(f"  images whose two highest scores are equal: {ties.tolist() if len(ties) else 'none'}")
    return entry, values, ambiguous + len(ties)


# ---------------------------------------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--directory", type=Path, default=Path(__file__).resolve().parent,
                        help="where the files are written and read (default: beside this script)")
    parser.add_argument("--evaluate-only", action="store_true",
                        help="do not train: evaluate the files that are there and compare with accuracy.json")
    parser.add_argument("--epochs", type=int, default=120, help="training epochs of each network (default: 120)")
    parser.add_argument("--dump-layers", type=Path, metavar="FILE.npz",
                        help="write the float64 output of every node, named network/node, for all test images")
    arguments = parser.parse_args()
    directory = arguments.directory

    if not arguments.evaluate_only:
        directory.mkdir(parents=True, exist_ok=True)
        train_images, train_labels, test_images, test_labels = load_digits_split()
        write_idx(directory / IMAGES_FILE, test_images)
        write_idx(directory / LABELS_FILE, test_labels)
        for name, architecture in ARCHITECTURES.items():
            print(f"training {name} on {len(train_images)} images")
            model = train(architecture, train_images, train_labels, arguments.epochs, print)
            onnx.save(export_onnx(name, architecture, model), str(directory / f"{name}.onnx"))

    images = read_idx(directory / IMAGES_FILE)
    labels = read_idx(directory / LABELS_FILE)
    entries = []
    layers = {}
    exit_code = 0
    for name in ARCHITECTURES:
        path = directory / f"{name}.onnx"
        entry, values, ambiguous = evaluate(path, images, labels, print)
        entries.append(entry)
        if ambiguous:
            print(f"{path}: {ambiguous} ambiguous results (see above); train with another seed", file=sys.stderr)
            exit_code = 1
        for node in onnx.load(str(path)).graph.node:
            layers[f"{name}/{node.name}"] = values[node.output[0]]
    if arguments.dump_layers:
        np.savez_compressed(arguments.dump_layers, **layers)

    report = json.dumps({"networks": entries}, indent=2) + "\n"
    accuracy_path = directory / ACCURACY_FILE
    if not arguments.evaluate_only:
        accuracy_path.write_text(report)
    elif accuracy_path.read_text() != report:
        print(f"{accuracy_path} differs from what was just computed", file=sys.stderr)
        exit_code = 1
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
