"""`python -m tools.bench NAME [options]`: the measures that the docs quote. NAME is a module of this package."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tools.bench


def main(argv: list[str]) -> int:
    """Run the bench that is named, or say which there are."""
    names = sorted(module.name for module in pkgutil.iter_modules(tools.bench.__path__) if module.name[0] != "_")
    if not argv or argv[0] not in names:
        print(f"usage: python -m tools.bench {'|'.join(names)} [options]", file=sys.stderr)
        return 2
    bench = importlib.import_module(f"tools.bench.{argv[0]}")
    return int(bench.main(argv[1:]) or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
