"""Links between pages lead somewhere, and every page can be reached from the first one."""

from __future__ import annotations

import pytest
from docs_pages import DOCS, ROOT, Page, pages, read

PAGES = pages()


def _target(page: Page, link: str) -> tuple[str, str] | None:
    """The file (relative to the root) and the anchor of a link; None for addresses elsewhere."""
    if "://" in link or link.startswith("mailto:"):
        return None
    file, _, anchor = link.partition("#")
    path = (page.path.parent / file).resolve() if file else page.path
    return str(path.relative_to(ROOT)), anchor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Page) -> None:
    for link in page.links():
        target = _target(page, link)
        if target is None:
            continue
        file, anchor = target
        assert (ROOT / file).exists(), f"{page.name} links to {link}"
        if anchor and file.endswith(".md"):
            assert anchor in read(ROOT / file).anchors(), f"{page.name} links to {link}"


def test_every_page_is_reached_from_the_index() -> None:
    seen: set[str] = set()
    pending = [str((DOCS / "index.md").relative_to(ROOT))]
    while pending:
        name = pending.pop()
        if name in seen or not name.endswith(".md"):
            continue
        seen.add(name)
        page = read(ROOT / name)
        pending += [target[0] for link in page.links() if (target := _target(page, link))]
    assert {page.name for page in PAGES if page.path.is_relative_to(DOCS)} <= seen
