"""What customers are shown can neither load, run nor lead anywhere but to the web."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from caseplane.text.markdown import escaped, escaped_uri, link, safe, web_address
from caseplane.text.plain import plain

ATTACKS = [
    "\\\\<img src=x>",  # the backslash before the mark is itself shown, and protects nothing
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "text\n<script>\nalert(1)\n</script>",
    "![a](https://track.example/p.png)",
    "[![a](https://track.example/p.png)](https://shop.example)",
    "![a][b]\n\n[b]: https://track.example/p.png",
    "[a](javascript:alert(1))",
    "[a](<javascript:alert(1)>)",
    "[a](jav&#x09;ascript:alert(1))",
    "[a](JAVASCRIPT:alert(1))",
    "[a](data:text/html,x)",
    "[a][b]\n\n[b]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "<a href='javascript:x'>y</a>",
    "`<b>` and <b>",
    "a `` ` <img src=x> ``b` <img src=y>",
    "~~~\n<img>\n~~~\n<img src=x>",
    "<!-- x --><style>*{}</style>",
    "[a](https://ok.example \"t\") ![",
]  # fmt: skip


def active(markdown: str) -> list[str]:
    """What a careless program would load, run or follow; by a parser that refuses no address."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    tokens = [t for token in parser.parse(markdown) for t in (token, *(token.children or ()))]
    found = [t.type for t in tokens if t.type in ("html_inline", "html_block", "image")]
    links = [str(t.attrs["href"]) for t in tokens if t.type == "link_open"]
    return found + [href for href in links if not href.startswith(("https://", "http://", "mailto:", "tel:"))]


@pytest.mark.parametrize("attack", ATTACKS)
def test_given_an_attack_when_made_safe_then_nothing_is_active(attack: str) -> None:
    assert active(attack)[:1] or "https://ok" in attack

    assert active(safe(attack)) == []
    assert active(safe(escaped(attack))) == []


@given(st.lists(st.sampled_from([*"[]()<>!`\\~*_ \n\t:", "a", "javascript:", "https://x.example", "<img src=x>", "    ", "```", "]: "])).map("".join))  # fmt: skip
def test_given_any_marks_when_made_safe_then_nothing_is_active(text: str) -> None:
    assert active(safe(text)) == []
    assert active(safe(escaped(text))) == []


def test_given_links_lists_and_code_when_made_safe_then_they_stay() -> None:
    text = "See [here](https://x.example/a).\n\n1. **One**\n2. `a <b>`\n\n```sh\nrun <file>\n```"

    assert safe(text) == text


@pytest.mark.parametrize(
    ("address", "page", "expected"),
    [
        ("https://id.example/reset", "", "https://id.example/reset"),
        ("../b.html", "https://h.example/docs/a/c", "https://h.example/docs/b.html"),
        ("/x y(z)", "https://h.example/docs/", "https://h.example/x%20y%28z%29"),
        ("#part", "https://h.example/a", "https://h.example/a#part"),
        ("über[1]?a=b&c=%20", "https://h.example/", "https://h.example/%C3%BCber%5B1%5D?a=b&c=%20"),
        ("mailto:help@shop.example", "docs/a.md", "mailto:help@shop.example"),
        ("guide.md", "docs/a.md", None),
        ("java\nscript:alert(1)", "https://h.example/", None),
        ("\x01javascript:alert(1)", "https://h.example/", None),
        ("file:///etc/passwd", "https://h.example/", None),
        ("https://[::1", "", None),
    ],
)
def test_given_a_link_of_a_page_when_resolved_then_it_is_absolute_or_nothing(
    address: str, page: str, expected: str | None
) -> None:
    assert web_address(address, page) == expected


def test_given_an_address_that_is_escaped_in_part_when_escaped_then_twice_is_once() -> None:
    once = escaped_uri("docs/über uns [neu] 100%.md")

    assert once == "docs/%C3%BCber%20uns%20%5Bneu%5D%20100%25.md"
    assert escaped_uri(once) == once


def test_given_markdown_when_plain_then_its_words_lists_and_addresses_stay() -> None:
    markdown = (
        f"See {link('here', 'https://x.example')} or <https://y.example>. **Bold** and `code`.\n\n"
        "3. One\n4. Two\n   - sub\n\n| Plan | Price |\n| --- | --- |\n| Pro | $20 |\n\n```sh\nrun\n```"
    )

    assert plain(markdown) == (
        "See here (https://x.example) or https://y.example. Bold and code.\n\n"
        "3. One\n4. Two\n  - sub\n\nPlan: Pro; Price: $20\n\nrun"
    )
