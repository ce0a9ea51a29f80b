"""Makes docs/images/ from the shipped templates: `make screenshots`.

Every mail to customers is taken in headless Chromium, light and dark, 320 and 700 pixels wide, as
`notifier preview --out` writes it; and the preview itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

ROOT = Path(__file__).parents[1]
IMAGES = Path(__file__).with_name("images")

SAMPLES = {"shipped": "with-items", "several": "several"}
"""The sample that shows most of a template, where that is not the first."""

WIDTHS = (320, 700)
SCHEMES = ("light", "dark")
TALLEST = 2_400
"""Pixels of height that are taken before the ground below the mail is cut off."""

MARGIN = 24
COLOURS = 96
LARGEST = 150 * 1024


def main() -> None:
    """Make all pictures; those of templates that are gone are removed."""
    IMAGES.mkdir(exist_ok=True)
    made = set()
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder) / "pages"
        _preview(pages)
        for template in sorted(path.parent.name for path in (ROOT / "templates").glob("*/subject.txt")):
            sample = SAMPLES.get(template, "one-parcel")
            for scheme in SCHEMES:
                for width in WIDTHS:
                    page = pages / template / "en" / f"{sample}.{scheme}.html"
                    made.add(_take(page, f"{template}-{width}-{scheme}", width, TALLEST, Path(folder)))
        page = pages / "shipped" / "en" / "with-items.html"
        made.add(_take(page, "preview", 1_180, 1_000, Path(folder)))
    for old in set(IMAGES.glob("*.png")) - made:
        old.unlink()
    sizes = [path.stat().st_size for path in made]
    sys.stdout.write(f"{len(made)} pictures, {sum(sizes) // 1024} KB; largest {max(sizes) // 1024} KB\n")
    if max(sizes) > LARGEST:
        sys.exit(f"a picture may have {LARGEST // 1024} KB")


def _preview(folder: Path) -> None:
    """Write the pages of the preview as they are without settings of this machine."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}
    notifier = [sys.executable, "-m", "notifier", "preview", "--locale", "en", "--out", str(folder)]
    subprocess.run(notifier, cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)


def _take(page: Path, name: str, width: int, height: int, scratch: Path) -> Path:
    """Take one picture, and return where it is."""
    raw, target = scratch / "raw.png", IMAGES / f"{name}.png"
    chromium = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    chromium += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    chromium += [f"--user-data-dir={scratch / 'profile'}", "--force-device-scale-factor=2"]
    chromium += [f"--window-size={width},{height}", f"--screenshot={raw}", page.as_uri()]
    subprocess.run(chromium, check=True, timeout=120, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with Image.open(raw) as taken:
        picture = _without_ground(taken.convert("RGB"))
    # Without dithering: it would cost ten times the bytes, and mails are flat.
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    return target


def _without_ground(picture: Image.Image) -> Image.Image:
    """Cut off what lies below the last thing that is not ground."""
    ground = Image.new("RGB", picture.size, picture.getpixel((0, picture.height - 1)))  # type: ignore[arg-type]
    found = ImageChops.difference(picture, ground).getbbox()
    bottom = min(picture.height, found[3] + 2 * MARGIN) if found else picture.height
    return picture.crop((0, 0, picture.width, bottom))


if __name__ == "__main__":
    main()
