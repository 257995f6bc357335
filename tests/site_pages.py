"""A built site as tests look at it."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

from baocao.site.build import Built


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Which file it is and when it was written; a file put anew is another one."""
    told = ((path, path.stat()) for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): (stat.st_ino, stat.st_mtime_ns) for path, stat in told}


def page(built: Built, path: str) -> BeautifulSoup:
    return BeautifulSoup((built.folder / path).read_text(encoding="utf-8"), "html.parser")


def words(built: Built, path: str) -> str:
    return re.sub(r"\s+", " ", page(built, path).get_text(" "))


def script(built: Built, name: str) -> Any:
    text = (built.folder / "du-lieu" / f"{name}.js").read_text(encoding="utf-8")
    return json.loads(text.split(" = ", 1)[1].removesuffix(";\n"))


def dead_links(built: Built) -> list[str]:
    """Links that lead nowhere: out of the site, to no file, to no place in it."""
    dead = []
    for path in built.folder.rglob("*.html"):
        if "van-ban" in path.parts and path.name != "index.html":
            continue
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for element in soup.select("a[href], link[rel=stylesheet], script[src]"):
            target = str(element.get("href") or element.get("src"))
            parts = urlsplit(target)
            aim = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            fine = not parts.scheme and aim.is_file() and aim.is_relative_to(built.folder.resolve())
            if fine and parts.fragment and "," not in unquote(parts.fragment):
                fine = f'id="{unquote(parts.fragment)}"' in aim.read_text(encoding="utf-8")
            dead += [] if fine else [f"{path.relative_to(built.folder)}: {target}"]
    return dead
