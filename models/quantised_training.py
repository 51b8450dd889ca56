"""What the training scripts of this folder share: IDX files, quantised models in PyTorch, their export to the ONNX form
of README.md, a numpy evaluator of exported files, and the entries of accuracy.json.

PyTorch is imported inside the functions that train, so that evaluating does without.

An architecture is a dictionary:

    input_shape      (channels, height, width) of the image
    weights          "binary", "ternary" or "integer8" (see quantise_weights)
    last_weights     the same for the last layer; `weights` when missing
    activation_bits  of every activation between layers
    blocks           list of layers, each followed by batch norm and activation:
        channels     kernels of the layer
        kernel       side of a convolution's kernel; None is a fully connected layer (default 3)
        padding      of a convolution (default 1)
        stride       of a convolution (default 1)
        pool         "MaxPool" or "AveragePool", 2x2; it stands, by pool_stage, "before" the batch norm (directly on the
                     convolution) or "after" the activation
        negative_gains  share of batch-norm gains that start negative (default 0.5)

A fully connected layer without batch norm follows and gives the scores.
"""

import gzip
import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BATCH_NORM_EPSILON = 1e-5
ROUNDING_MARGIN = 1e-6  # a value nearer to a rounding boundary than this could round differently elsewhere
EVALUATION_BATCH = 500  # images whose values are held in memory at a time
CLASSES = 10


# ---------------------------------------------------------------------------------------------------------------------
# IDX files
# ---------------------------------------------------------------------------------------------------------------------


def write_idx(path, array):
    """Writes a uint8 array in MNIST's IDX format: magic 0x000008 and the rank, big-endian dimensions, bytes."""
    header = np.array([0x0800 | array.ndim, *array.shape], dtype=">u4")
    path.write_bytes(header.tobytes() + array.astype(np.uint8).tobytes())


def read_idx(path):
    """The uint8 array of an IDX file, plain or gzip-compressed."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    magic = int.from_bytes(data[:4], "big")
    rank = magic & 0xFF
    if magic >> 8 != 0x08 or len(data) < 4 + 4 * rank:
        raise SystemExit(f"{path}: not an IDX file of unsigned bytes")
    shape = np.frombuffer(data, dtype=">u4", count=rank, offset=4).astype(int)
    if len(data) != 4 + 4 * rank + int(np.prod(shape)):
        raise SystemExit(f"{path}: length does not match its dimensions {tuple(shape)}")
    return np.frombuffer(data, dtype=np.uint8, offset=4 + 4 * rank).reshape(shape)


# ---------------------------------------------------------------------------------------------------------------------
# Models and training
# ---------------------------------------------------------------------------------------------------------------------


def quantise_weights(weights, kind):
    """alpha * {-1, +1} (DoReFa-Net: alpha = mean |w|), alpha * {-1, 0, +1} (ternary weight networks: threshold
    0.7 mean |w|, alpha the mean of what lies above it) or alpha * {-127 .. 127} (alpha = largest |w| / 127); one alpha
    for the layer."""
    import torch

    magnitude = weights.abs()
    if kind == "binary":
        levels = torch.where(weights >= 0, 1.0, -1.0)
        return magnitude.mean() * levels
    if kind == "integer8":
        alpha = magnitude.max() / 127
        return alpha * torch.round(weights / alpha)
    threshold = 0.7 * magnitude.mean()
    kept = magnitude > threshold
    return magnitude[kept].mean() * torch.where(kept, torch.sign(weights), 0.0)


def straight_through(value, quantised):
    """`quantised` forwards, the gradient of `value` backwards."""
    return value + (quantised - value).detach()


def last_weights(architecture):
    return architecture.get("last_weights", architecture["weights"])


def build_model(architecture):
    import torch
    from torch import nn
    from torch.nn import functional

    kind = architecture["weights"]
    steps = 2 ** architecture["activation_bits"] - 1

    def quantised(weights, kind):
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
            channels, height, width = architecture["input_shape"]
            for block in architecture["blocks"]:
                # A fully connected layer is a convolution over the whole map: the same sums, but fast everywhere.
                kernel = block.get("kernel", 3)
                size, padding, stride = (
                    ((height, width), 0, 1)
                    if kernel is None
                    else ((kernel, kernel), block.get("padding", 1), block.get("stride", 1))
                )
                self.convs.append(
                    nn.Conv2d(channels, block["channels"], size, stride=stride, padding=padding, bias=False)
                )
                channels = block["channels"]
                pool = 2 if "pool" in block else 1
                height, width = (
                    ((side + 2 * padding - part) // stride + 1) // pool for side, part in zip((height, width), size)
                )
                norm = nn.BatchNorm2d(channels, eps=BATCH_NORM_EPSILON)
                # The outputs start centred in the activation's range 0..1.
                with torch.no_grad():
                    signs = torch.where(torch.rand(channels) < block.get("negative_gains", 0.5), -1.0, 1.0)
                    norm.weight.copy_(0.5 * signs)
                    norm.bias.fill_(0.5)
                self.norms.append(norm)
            self.fc = nn.Linear(channels * height * width, CLASSES, bias=False)

        def forward(self, image):
            value = image
            for block, conv, norm in zip(architecture["blocks"], self.convs, self.norms):
                weights = quantised(conv.weight, kind)
                value = functional.conv2d(value, weights, stride=conv.stride, padding=conv.padding)
                value = norm(pooled(block, "before", value))
                value = value.clamp(0, 1)
                value = straight_through(value, torch.round(value * steps) / steps)
                value = pooled(block, "after", value)
            return functional.linear(value.flatten(1), quantised(self.fc.weight, last_weights(architecture)))

    return Model()


def start_training(seed):
    """Seeded and single-threaded: training repeats byte for byte on the same machine and versions."""
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)


def fit(model, inputs, targets, epochs, batch, learning_rate, after_epoch, augment=None):
    """Adam with a cosine schedule down to zero; calls after_epoch(epochs done, mean loss)."""
    import torch
    from torch.nn import functional

    steps_per_epoch = -(-len(inputs) // batch)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * steps_per_epoch)
    for epoch in range(epochs):
        model.train()
        order = torch.randperm(len(inputs))
        total = 0.0
        for chosen in order.split(batch):
            scores = model(augment(inputs[chosen]) if augment else inputs[chosen])
            loss = functional.cross_entropy(scores, targets[chosen], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            with torch.no_grad():
                for weights in [conv.weight for conv in model.convs] + [model.fc.weight]:
                    weights.clamp_(-1, 1)
            total += loss.item() * len(chosen)
        after_epoch(epoch + 1, total / len(inputs))


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


def export_onnx(name, architecture, model, producer, doc_string, properties):
    """The trained model as ONNX (opset 13): image uint8 [N, channels, height, width] -> scores [N, 10]."""
    bits = architecture["activation_bits"]
    steps = 2**bits - 1

    def weights_of(parameter, kind):
        return quantise_weights(parameter.detach(), kind).contiguous().numpy()

    graph = GraphBuilder("image")
    graph.add("image_to_float", "Cast", to=TensorProto.FLOAT)
    graph.add("image_scale", "Mul", graph.constant("image_scale_factor", 1.0 / 255.0))
    zero, one = graph.constant("zero", 0.0), graph.constant("one", 1.0)
    if steps > 1:
        level_factor = graph.constant("levels_per_unit", float(steps))
        unit_factor = graph.constant("units_per_level", 1.0 / steps)

    fully_connected = 0
    for index, (block, conv, norm) in enumerate(zip(architecture["blocks"], model.convs, model.norms), start=1):

        def pool(stage):
            if block.get("pool_stage") == stage:
                graph.add(f"pool{index}", block["pool"], kernel_shape=[2, 2], strides=[2, 2])

        weights = weights_of(conv.weight, architecture["weights"])
        if block.get("kernel", 3) is None:
            if fully_connected == 0:
                graph.add("flatten", "Flatten", axis=1)
            fully_connected += 1
            layer = f"fc{fully_connected}"
            graph.add(layer, "Gemm", graph.constant(f"{layer}_weights", weights.reshape(len(weights), -1)), transB=1)
        else:
            graph.add(
                f"conv{index}",
                "Conv",
                graph.constant(f"conv{index}_weights", weights),
                kernel_shape=list(conv.kernel_size),
                pads=[*conv.padding, *conv.padding],
                strides=list(conv.stride),
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

    layer = "fc"
    if fully_connected == 0:
        graph.add("flatten", "Flatten", axis=1)
    else:
        layer = f"fc{fully_connected + 1}"
    weights = weights_of(model.fc.weight, last_weights(architecture))
    graph.add(layer, "Gemm", graph.constant(f"{layer}_weights", weights), output="scores", transB=1)

    onnx_graph = helper.make_graph(
        graph.nodes,
        name,
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", *architecture["input_shape"]])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", CLASSES])],
        initializer=graph.initializers,
    )
    exported = helper.make_model(
        onnx_graph,
        producer_name=producer,
        ir_version=8,
        opset_imports=[helper.make_opsetid("", 13)],
        doc_string=doc_string,
    )
    helper.set_model_props(exported, properties)
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
        channels = (1, -1) + (1,) * (value.ndim - 2)
        gain, bias, mean, variance = (v.reshape(channels) for v in inputs[1:])
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
    """Every value of the graph by its name, for uint8 images [N, height, width], computed in `dtype`."""
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


def evaluate(path, images, labels, log, layers=None, first=None):
    """(entry for accuracy.json, number of ambiguous findings). Ambiguous is whatever another correct implementation
    could decide differently: float32 against float64, rounding boundaries, equal scores. Where `layers` is a
    dictionary, it receives the float64 output of every node as "network/node". `first` images are counted apart as
    well, for tests that have no time for all."""
    model = onnx.load(str(path))
    onnx.checker.check_model(model)
    rounding = [node for node in model.graph.node if node.op_type == "Round"]
    nearest = {node.name: np.inf for node in rounding}
    near = {node.name: 0 for node in rounding}
    outputs = {node.name: [] for node in model.graph.node} if layers is not None else {}
    scores, single = [], []
    for start in range(0, len(images), EVALUATION_BATCH):
        part = images[start : start + EVALUATION_BATCH]
        values = run_graph(model, part, np.float64)
        macs = macs_per_image(model, values)
        for node in rounding:
            value = values[node.input[0]]
            margin = np.abs(np.abs(value - np.floor(value)) - 0.5)
            nearest[node.name] = min(nearest[node.name], margin.min())
            near[node.name] += int((margin < ROUNDING_MARGIN).sum())
        for node in model.graph.node if layers is not None else ():
            outputs[node.name].append(values[node.output[0]])
        scores.append(values["scores"])
        single.append(run_graph(model, part, np.float32)["scores"])
    for name, parts in outputs.items():
        layers[f"{path.stem}/{name}"] = np.concatenate(parts)
    scores, single = np.concatenate(scores), np.concatenate(single)

    predictions = scores.argmax(axis=1)
    correct = int((predictions == labels).sum())
    entry = {
        "file": path.name,
        "test_images": len(images),
        "correct": correct,
        "accuracy": correct / len(images),
        "macs_per_image": macs,
    }
    if first:
        entry["first_images"] = {
            "test_images": first,
            "correct": int((predictions[:first] == labels[:first]).sum()),
        }
    log(f"{path.name}: {correct} of {len(images)} correct ({100 * entry['accuracy']:.2f} %), "
        f"{entry['macs_per_image']} MACs per image")

    ambiguous = int((single.argmax(axis=1) != predictions).sum())
    log(f"  float32 and float64 predictions differ on {ambiguous} images")
    constants = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Round":
            ambiguous += near[node.name]
            log(f"  {node.name}: nearest to a rounding boundary {nearest[node.name]:.2e}; {near[node.name]} values "
                f"within {ROUNDING_MARGIN:g}")
        elif node.op_type == "BatchNormalization":
            gain = constants[node.input[1]]
            log(f"  {node.name}: {int((gain < 0).sum())} of {gain.size} gains are negative")
    ordered = np.sort(scores, axis=1)
    ties = np.flatnonzero(ordered[:, -1] - ordered[:, -2] < ROUNDING_MARGIN)
    log(f"  images whose two highest scores are equal: {ties.tolist() if len(ties) else 'none'}")
    return entry, ambiguous + len(ties)


# ---------------------------------------------------------------------------------------------------------------------
# accuracy.json
# ---------------------------------------------------------------------------------------------------------------------


def read_entries(path):
    return json.loads(path.read_text())["networks"] if path.exists() else []


def write_entries(path, entries):
    """Puts the entries into the file; those of other networks stay."""
    networks = {entry["file"]: entry for entry in read_entries(path)}
    networks.update((entry["file"], entry) for entry in entries)
    path.write_text(json.dumps({"networks": list(networks.values())}, indent=2) + "\n")


def holds_entries(path, entries):
    """Whether the file says exactly this about the networks of `entries`."""
    networks = {entry["file"]: entry for entry in read_entries(path)}
    return all(networks.get(entry["file"]) == entry for entry in entries)
