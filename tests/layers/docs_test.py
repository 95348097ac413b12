"""Documentation must not point at things that do not exist: relative links, anchors, and in the pages
for developers also paths of this repository in backticks."""
import os
import re
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CODE_PATH = re.compile(r"`((?:engine|sources|differ|patterns|examples|tests|scripts|docs)/[\w./-]+)`")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)


def pages():
    yield "README.md"
    for folder in ("docs", "examples", "patterns"):
        for where, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in sorted(names):
                if name.endswith(".md"):
                    yield os.path.relpath(os.path.join(where, name), ROOT)


def text_of(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as f:
        return f.read()


def anchors(page):
    """Anchors as forges make them: lower case, spaces to hyphens, other marks dropped."""
    result = set()
    for title in re.findall(r"^#+\s+(.*)$", FENCE.sub("", text_of(page)), re.MULTILINE):
        plain = re.sub(r"[^\w\s-]", "", title.replace("`", "").lower())
        result.add(plain.strip().replace(" ", "-"))
    return result


def broken_links(page):
    for target in LINK.findall(FENCE.sub("", text_of(page))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        if not os.path.exists(os.path.join(ROOT, file)):
            yield "%s: no such file: %s" % (page, target)
        elif anchor and file.endswith(".md") and anchor not in anchors(file):
            yield "%s: no such heading: %s" % (page, target)


def broken_paths(page):
    for path in CODE_PATH.findall(text_of(page)):
        if not os.path.exists(os.path.join(ROOT, path.rstrip("."))):
            yield "%s: no such path: %s" % (page, path)


class DocsTest(unittest.TestCase):
    def test_there_are_pages(self):
        self.assertGreater(len(list(pages())), 10)

    def test_links_lead_somewhere(self):
        self.assertEqual([p for page in pages() for p in broken_links(page)], [])

    def test_paths_of_the_repository_exist(self):
        about_code = [p for p in pages() if re.search(r"docs/(architecture|contributing|decisions/.*)\.md$", p)]
        self.assertGreater(len(about_code), 5)
        self.assertEqual([p for page in about_code for p in broken_paths(page)], [])

    def test_every_page_is_reachable_from_the_index(self):
        index = text_of("docs/README.md")
        lost = [page for page in pages()
                if re.fullmatch(r"docs/[\w-]+\.md", page) and page != "docs/README.md"
                and os.path.basename(page) not in index]
        self.assertEqual(lost, [])


if __name__ == "__main__":
    sys.exit(unittest.main())
