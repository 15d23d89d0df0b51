"""Shrink screenshots: they hold thousands of shades of few colors, and look the same with 256 of them.

Nothing has to be installed for it: the browser that took the screenshot decodes it, NumPy picks the colors.
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


def shrink(picture: bytes, blank: Page) -> bytes:
    """Return the picture as a PNG of at most 256 colors. ``blank`` is a page that is used for nothing else."""
    width, height, text = blank.evaluate(_PIXELS, base64.b64encode(picture).decode())
    pixels = np.frombuffer(base64.b64decode(text), dtype=np.uint8).reshape(height * width, 4)[:, :3]
    palette, indices = reduce_colors(pixels)
    return _png(palette, indices.reshape(height, width))


def reduce_colors(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return a palette of at most 256 colors for (N, 3) pixels, and for each pixel its index in it.

    Greedy: the next color is the one that the palette so far represents worst, by its distance and by how many pixels have
    it. So a small red icon keeps its red among a thousand shades of gray text.
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
