"""Where an app gets a Stario that was installed from a folder, such as a clone of its repository.

No index need have that version, so the app asks for it where it is (PEP 610 says where it came
from, uv's `tool.uv.sources` says where to look).
"""

import json
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname


def sources() -> str:
    """Return what belongs at the end of a pyproject.toml; nothing for a Stario of an index."""
    try:
        return sources_of(distribution("stario"))
    except PackageNotFoundError:  # its parts are installed one by one
        return ""


def sources_of(stario: Distribution) -> str:
    record: dict[str, Any] = json.loads(stario.read_text("direct_url.json") or "{}")
    url = urlsplit(str(record.get("url", "")))
    if url.scheme != "file" or "dir_info" not in record:
        return ""
    path = json.dumps(url2pathname(url.path), ensure_ascii=False)  # a string of TOML as well
    editable = str(bool(record["dir_info"].get("editable"))).lower()
    return (
        "\n# Stario is not from an index here: remove this where it is.\n"
        f"[tool.uv.sources]\nstario = {{ path = {path}, editable = {editable} }}\n"
    )
