import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseplane.text.html import html_to_text, is_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello,</p><p>bye</p>", "Hello,\n\nbye"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("one<br>two", "one\ntwo"),
        ("<ul>\n <li>a</li>\n <li>b</li>\n</ul>", "- a\n- b"),
        ('<a href="https://x.example/a">here</a>', "here (https://x.example/a)"),
        ('<a href="https://x.example/a">https://x.example/a</a>', "https://x.example/a"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ('<a href="mailto:a@x.example">write</a>', "write (a@x.example)"),
        ("<p>a</p><blockquote><p>b</p></blockquote><p>c</p>", "a\n\n> b\n\nc"),
        ("<style>p {}</style><script>x()</script><p>a &amp; b</p>", "a & b"),
        ("<table><tr><td>Plan</td><td>Price</td></tr><tr><td>Pro</td><td>20</td></tr></table>", "Plan Price\nPro 20"),
        ("<p></p>", "<p></p>"),
    ],
)  # fmt: skip
def test_given_html_when_made_text_then_blocks_are_lines_and_links_have_addresses(
    html: str, text: str
) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<p>Hello</p>", True),
        ("Hi<br>How do I export?<br>Tom", True),
        ("How can I use <div> in my template?", False),
        ("a < b and c > d", False),
        ("Why does `<p>a</p>` show <br>?", False),
        ("I <3 it", False),
        ("Set <name> and <value> in the file.", False),
    ],
)
def test_given_a_text_when_looked_at_then_html_is_told_from_words_about_it(text: str, html: bool) -> None:
    assert is_html(text) is html


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<div>", "<br>", "<a href='x'>", "<!--", "&", "x", "<li>", "]]>"])
    )
)
def test_given_any_tags_when_made_text_then_something_stays(parts: list[str]) -> None:
    html = "".join(parts)

    assert bool(html_to_text(html).strip()) == bool(html.strip())
