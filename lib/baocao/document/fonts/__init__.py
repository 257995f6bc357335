"""The one font family of all documents: Liberation Serif 2.1 (OFL), metric-compatible with Times New Roman."""

from pathlib import Path

FAMILY = "Liberation Serif"
#: For readers' machines: what to use when the family itself is not installed.
CSS_STACK = '"Times New Roman", "Liberation Serif", Tinos, Times, serif'
FOLDER = Path(__file__).parent


def font_files() -> list[Path]:
    """Regular, bold, italic and bold italic."""
    return sorted(FOLDER.glob("*.ttf"))
