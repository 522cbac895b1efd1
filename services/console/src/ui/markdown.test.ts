import { describe, expect, it } from 'vitest'
import { renderMarkdown } from './markdown'

function html(text: string): string {
  const holder = document.createElement('div')
  holder.append(renderMarkdown(text))
  return holder.innerHTML
}

describe('renderMarkdown', () => {
  it.each([
    ['**bold** and *soft* and `a<b`', '<p><strong>bold</strong> and <em>soft</em> and <code>a&lt;b</code></p>'],
    ['- one\n- two\n  1. deep', '<ul><li>one</li><li>two<ol><li>deep</li></ol></li></ul>'],
    ['3. three\n4. four', '<ol start="3"><li>three</li><li>four</li></ol>'],
    ['```sh\na && b\n```', '<pre><code>a &amp;&amp; b</code></pre>'],
    ['> said', '<blockquote><p>said</p></blockquote>'],
    ['# Head', '<p><strong>Head</strong></p>'],
    ['1 < 2 & "3"', '<p>1 &lt; 2 &amp; "3"</p>'],
    ['[docs](https://a.example/x)', '<p><a href="https://a.example/x" target="_blank" rel="noopener noreferrer">docs</a></p>'],
  ])('shows %j', (text, expected) => {
    expect(html(text)).toBe(expected)
  })

  it('shows a table', () => {
    expect(html('| a | b |\n|---|---|\n| 1 | 2 |')).toContain('<td>1</td><td>2</td>')
  })

  it.each([
    '<img src=x onerror=alert(1)>',
    '<script>alert(1)</script>',
    'a <b onclick="alert(1)">b</b>',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](java\nscript:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](data:text/html,<script>alert(1)</script>)',
    '[x](vbscript:x)',
    '![x](https://spy.example/pixel.png)',
    '![x](javascript:alert(1))',
    '<a href="javascript:alert(1)">x</a>',
    '<svg/onload=alert(1)>',
    '<iframe src="https://evil.example"></iframe>',
    '<style>*{display:none}</style>',
    '[a][b]\n\n[b]: javascript:alert(1)',
    '<javascript:alert(1)>',
    '```\n</code></pre><script>alert(1)</script>\n```',
    '`</code><script>alert(1)</script>`',
    '| <img src=x onerror=alert(1)> |\n|---|\n| <script>1</script> |',
  ])('makes nothing that runs, loads or leads astray of %j', (text) => {
    const holder = document.createElement('div')
    holder.append(renderMarkdown(text))

    for (const each of holder.querySelectorAll('*')) {
      expect(['P', 'A', 'SPAN', 'PRE', 'CODE', 'DIV', 'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD']).toContain(each.tagName)
      for (const { name, value } of each.attributes) {
        expect(['href', 'target', 'rel', 'class']).toContain(name)
        if (name === 'href') expect(value).toMatch(/^(https?:|mailto:|tel:)/)
      }
    }
  })
})
