"""A browser without a window, where Debian's chromium or its like is installed: what a page does in it."""

import html
import re
import shutil
import subprocess

import pytest

__all__ = ["CHROMIUM", "needs_browser", "told_by"]

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
needs_browser = pytest.mark.skipif(not CHROMIUM, reason="needs a browser: Debian's chromium")

FRAME = """<!doctype html><meta charset="utf-8"><title>waiting</title>
<iframe id="page" style="width: {width}px; height: 800px; border: 0" srcdoc="{page}"></iframe>
<script>
addEventListener("load", () => {{
  const frame = document.getElementById("page"), page = frame.contentDocument, found = [];
  const press = (...keys) => keys.forEach(key => page.activeElement.dispatchEvent(
    new frame.contentWindow.KeyboardEvent("keydown", {{key, bubbles: true, cancelable: true}})));
  const tell = value => found.push(value);
  try {{ {script} }} catch (error) {{ tell("error: " + error); }}
  const pre = document.createElement("pre");
  pre.id = "found";
  pre.textContent = JSON.stringify(found);
  document.body.append(pre);
}});
</script>"""


def told_by(folder, page, script, width=1280):
    """Open a page in a frame so wide, carry out a script on it, and return what the script told.

    The script has `page`, the document; `press(...keys)`; `tell(value)`. An error on the console fails.
    """
    place = folder / "frame.html"
    place.write_text(
        FRAME.format(width=width, page=html.escape(page, quote=True), script=script), encoding="utf-8"
    )
    found = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
            f"--user-data-dir={folder / 'browser'}",
            "--virtual-time-budget=5000",
            "--dump-dom",
            place.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    errors = [line for line in found.stderr.splitlines() if "CONSOLE" in line]
    assert not errors, errors
    told = re.search(r'<pre id="found">(.*?)</pre>', found.stdout, re.DOTALL)
    assert told, found.stderr[-2000:]
    return html.unescape(told[1])
