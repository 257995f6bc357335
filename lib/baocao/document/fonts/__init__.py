"""The one font family of all documents: Liberation Serif 2.1 (OFL), metric-compatible with Times New Roman."""

from pathlib import Path

FAMILY = "Liberation Serif"
FOLDER = Path(__file__).parent


def font_files() -> list[Path]:
    """Regular, bold, italic and bold italic."""
    return sorted(FOLDER.glob("*.ttf"))
