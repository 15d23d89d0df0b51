from __future__ import annotations

import numpy as np

from docs.pictures import SHADES, reduce_colors


class TestReduceColors:
    def test_keeps_a_small_red_icon_red_among_many_grays(self):
        grays = np.repeat(np.arange(256, dtype=np.uint8), 3 * 500).reshape(-1, 3)
        tinted = grays.copy()
        tinted[:, 2] = np.minimum(tinted[:, 2], 250)
        icon = np.full((20, 3), (179, 38, 30), dtype=np.uint8)

        palette, indices = reduce_colors(np.concatenate([grays, tinted, icon]))

        assert len(palette) <= SHADES
        assert palette[indices[-20:]].tolist() == icon.tolist()

    def test_leaves_a_picture_of_few_colors_as_it_is(self):
        pixels = np.array([[250, 249, 247], [28, 27, 25], [250, 249, 247], [11, 107, 94]], dtype=np.uint8)

        palette, indices = reduce_colors(pixels)

        assert palette[indices].tolist() == pixels.tolist()
