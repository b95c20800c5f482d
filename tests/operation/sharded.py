"""A run whose shards are small, worked on elsewhere: sharded.py INBOX OUT SIZE (here | workers N | cluster ADDRESS)."""

import sys
from pathlib import Path

import flows.news
from flows import runners


def main(inbox: str, out: str, size: str, where: str, whom: str = "") -> None:
    flows.news.SHARD_SIZE = int(size)
    runner = {"here": lambda _: runners.here(), "workers": lambda n: runners.processes(int(n))}
    make = runner.get(where, runners.cluster)
    flows.news.news.with_options(task_runner=make(whom))([Path(inbox)], Path(out))


if __name__ == "__main__":
    main(*sys.argv[1:])
