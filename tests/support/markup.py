"""Hostile texts, and the tags that a Markdown text is rendered to."""

from html.parser import HTMLParser

from markdown_it import MarkdownIt

HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "an image": "![x](http://example.org/x.png) <img src=x onerror=alert(1)>",
    "backticks": "`` ` ``` <script>alert(1)</script> ```",
    "pipes": "| a | b |\n|---|---|\n| <script>alert(1)</script> | c |",
    "lines": "no\n\n<script>alert(1)</script>\n\n# a heading\n\n---\n",
    "a backslash before it": "\\<script>alert(1)</script>\\",
    "a link": "[x](javascript:alert(1)) <javascript:alert(1)>",
    "stars": "**bold** *text* __init__",
    "a comment": "<!-- --><script>alert(1)</script>",
    "a fence": "\n```\n<script>alert(1)</script>\n```\n",
}


class Tags(HTMLParser):
    """Collects the tags and the text of a document."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self.tags.add(tag)

    def handle_comment(self, data: str) -> None:  # noqa: ARG002
        self.tags.add("comment")

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(text: str) -> Tags:
    return Tags(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
