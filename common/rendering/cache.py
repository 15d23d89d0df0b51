"""A cache of rendered texts. The annotators of one pair usually open it within a short time of each other."""

from __future__ import annotations

import hashlib

from cachetools import LRUCache


class RenderedTexts(LRUCache[bytes, str]):
    """The most recently used results by the hash of their text, within a number of entries and of characters."""

    def __init__(self, *, entries: int, characters: int) -> None:
        super().__init__(maxsize=characters, getsizeof=len)
        self._entries = entries

    def __setitem__(self, key: bytes, value: str) -> None:
        if len(value) > self.maxsize // 8:  # one very long text must not evict all others
            raise ValueError("value too large")  # what cachetools raises, and its decorator expects
        super().__setitem__(key, value)
        while len(self) > self._entries:
            self.popitem()


def key_of(text: str, language: str = "") -> bytes:
    """Return the key of a text in a language, of one length however long it is."""
    return hashlib.sha256(f"{language}\0{text}".encode("utf-8", "surrogatepass")).digest()
