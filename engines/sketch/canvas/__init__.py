"""Paint on pixels: ThorVG behind a thin canvas, paths, fills, colours, SVG text."""
