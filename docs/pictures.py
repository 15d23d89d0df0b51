"""Slim pictures: a screenshot holds some thousand shades of few colours, and reads the same with 256 of them.

Only what comes with the environment is used: the browser that took the picture decodes it, NumPy picks the colours.
"""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

SHADES = 256

_PIXELS = """async picture => {
  const bytes = Uint8Array.from(atob(picture), sign => sign.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const { data } = canvas.getImageData(0, 0, image.width, image.height);
  let text = "";
  for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
  return [image.width, image.height, btoa(text)];
}"""


def slim(picture: bytes, blank: Page) -> bytes:
    """The same picture as a PNG of at most 256 colours. ``blank`` is a page that is at nothing else."""
    width, height, text = blank.evaluate(_PIXELS, base64.b64encode(picture).decode())
    pixels = np.frombuffer(base64.b64decode(text), dtype=np.uint8).reshape(height * width, 4)[:, :3]
    palette, indices = fewer(pixels)
    return _png(palette, indices.reshape(height, width))


def fewer(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """At most 256 colours for (N, 3) pixels, and for each pixel which of them it gets.

    Each colour taken is the one that those before it serve worst: by how far it is from them, and how many pixels have
    it. So a small red icon keeps its red beside a thousand shades of grey text.
    """
    codes = pixels.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.int32)
    seen, found, counts = np.unique(codes, return_inverse=True, return_counts=True)
    place = np.stack([seen >> 16, (seen >> 8) & 255, seen & 255], axis=1)
    nearest = np.zeros(len(seen), dtype=np.uint8)
    taken = [int(counts.argmax())]
    away = ((place - place[taken[0]]) ** 2).sum(axis=1)
    while len(taken) < SHADES and away.any():
        taken.append(int((away * np.sqrt(counts)).argmax()))
        distance = ((place - place[taken[-1]]) ** 2).sum(axis=1)
        closer = distance < away
        nearest[closer] = len(taken) - 1
        away = np.minimum(away, distance)
    return place[taken].astype(np.uint8), nearest[found.reshape(-1)]


def _png(palette: NDArray[np.uint8], indices: NDArray[np.uint8]) -> bytes:
    height, width = indices.shape
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # each row begins with its filter, which is none
    rows[:, 1:] = indices
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = [(b"IHDR", head), (b"PLTE", palette.tobytes()), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
