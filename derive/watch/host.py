"""Host: the small page around the one that is watched: it has that in a frame, loads it anew, and says what is wrong above it.

Its script and style are the only ones that its policy lets in, and what it is told it shows as text. The page in the frame has
its own policy, in itself, as wherever else it is read.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape

from derive.report.narrative.folders import packaged

STYLE = """
:root{color-scheme:light dark}
body{margin:0;display:flex;flex-direction:column;height:100vh;font:1rem/1.45 system-ui,sans-serif}
iframe{flex:1;border:0;width:100%;min-height:0}
#fault{border-bottom:3px solid #c44e00;padding:.6rem 1rem;max-height:50vh;overflow:auto}
#fault h1{font-size:1rem;margin:0 0 .3rem}
#fault p{margin:.2rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
#lines{font:.9rem/1.4 ui-monospace,monospace;margin:.5rem 0;padding-left:4rem;white-space:pre}
#lines .wrong{background:color-mix(in srgb,#c44e00 25%,transparent)}
#state{margin:0;padding:.2rem 1rem}
[hidden]{display:none!important}
"""


def host_page(language: str, say: Mapping[str, str]) -> tuple[bytes, str]:
    """Return the page, in the words of a language, and its policy."""
    script = (packaged() / "shell" / "watch.js").read_text(encoding="utf-8")
    word = {key: escape(say[f"watch_{key}"]) for key in ("title", "wrong", "kept", "waiting", "ended")}
    page = f"""<!doctype html>
<html lang="{escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{word["title"]}</title>
<style>{STYLE}</style>
</head>
<body>
<section id="fault" role="alert" hidden>
<h1>{word["wrong"]}</h1>
<p id="message"></p>
<ol id="lines"></ol>
<p id="kept" hidden>{word["kept"]}</p>
</section>
<p id="state" role="status" data-ended="{word["ended"]}">{word["waiting"]}</p>
<iframe id="page" title="{word["title"]}" hidden></iframe>
<script>{script}</script>
</body>
</html>
"""
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(STYLE)}; connect-src 'self'; frame-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page.encode(), policy


def _hash(text: str) -> str:
    """What lets this very text in."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
