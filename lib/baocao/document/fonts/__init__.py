"""The one font family of all documents: Liberation Serif 2.1 (OFL), metric-compatible with Times New Roman."""

from pathlib import Path
from typing import TYPE_CHECKING

from baocao.errors import ExportError

if TYPE_CHECKING:
    import typst

FAMILY = "Liberation Serif"
FOLDER = Path(__file__).parent
FACES = ("Bold", "BoldItalic", "Italic", "Regular")


def font_files() -> list[Path]:
    """Regular, bold, italic and bold italic.

    Raises
    ------
    ExportError
        If one is missing: programs would take another in its place without a word.
    """
    files = [FOLDER / f"LiberationSerif-{face}.ttf" for face in FACES]
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        raise ExportError(f"{FOLDER} lacks {', '.join(missing)}; install baocao anew")
    return files


def typefaces() -> "typst.Fonts":
    """What Typst may set letters with: these faces and nothing of the machine."""
    import typst

    font_files()
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FOLDER])
