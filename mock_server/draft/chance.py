"""Draft."""

import hashlib
from random import Random


def chance(*names):
    text = "\0".join(map(str, names))
    return Random(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()))


def pick(source, values):
    return values[int(source.random() * len(values))]


def whole(source, low, high):
    return low + int(source.random() * (high - low + 1))


def shuffled(source, values):
    return [v for _, _, v in sorted((source.random(), i, v) for i, v in enumerate(values))]
