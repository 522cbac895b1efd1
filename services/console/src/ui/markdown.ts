// Markdown as elements. The parser only tells what there is; each element is made here, from a closed list, and text is
// only ever text. So a message cannot bring markup of its own, whatever it contains.
import { Lexer, type Token, type Tokens } from 'marked'

const SAFE = /^(https?:|mailto:|tel:)/i

export function renderMarkdown(text: string): DocumentFragment {
  const made = document.createDocumentFragment()
  made.append(...blocks(new Lexer({ gfm: true }).lex(text)))
  return made
}

function element(tag: string, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag)
  made.append(...children)
  return made
}

const blocks = (tokens: Token[] = []): (Node | string)[] => tokens.flatMap(block)

function block(token: Token): (Node | string)[] {
  switch (token.type) {
    case 'space':
    case 'def':
      return []
    case 'hr':
      return [element('hr')]
    case 'heading':
      // Inside a message there is no outline to be part of.
      return [element('p', element('strong', ...inline(token.tokens)))]
    case 'paragraph':
      return [element('p', ...inline(token.tokens))]
    case 'code':
      return [element('pre', element('code', (token as Tokens.Code).text))]
    case 'blockquote':
      return [element('blockquote', ...blocks(token.tokens))]
    case 'list':
      return [list(token as Tokens.List)]
    case 'table':
      return [table(token as Tokens.Table)]
    case 'text':
      return token.tokens ? inline(token.tokens) : [plain(token.text)]
    default:
      return [element('p', token.raw.trim())]
  }
}

function list(token: Tokens.List): HTMLElement {
  const made = element(token.ordered ? 'ol' : 'ul', ...token.items.map((item) => element('li', ...blocks(item.tokens))))
  if (token.ordered && typeof token.start === 'number' && token.start !== 1) made.setAttribute('start', String(token.start))
  return made
}

function table(token: Tokens.Table): HTMLElement {
  const row = (tag: string, cells: Tokens.TableCell[]) =>
    element('tr', ...cells.map((cell) => element(tag, ...inline(cell.tokens))))
  const made = element('table', element('thead', row('th', token.header)), element('tbody', ...token.rows.map((r) => row('td', r))))
  const wide = element('div', made)
  wide.className = 'wide'
  return wide
}

const inline = (tokens: Token[] = []): (Node | string)[] => tokens.flatMap(piece)

function piece(token: Token): (Node | string)[] {
  switch (token.type) {
    case 'strong':
    case 'em':
    case 'del':
      return [element(token.type, ...inline((token as Tokens.Strong).tokens))]
    case 'codespan':
      return [element('code', plain((token as Tokens.Codespan).text))]
    case 'br':
      return [element('br')]
    case 'link':
      return [link(token as Tokens.Link)]
    case 'image':
      // Never loaded: the address would learn who reads this, and when.
      return [(token as Tokens.Image).text]
    case 'escape':
      return [plain((token as Tokens.Escape).text)]
    case 'text': {
      const { tokens } = token as Tokens.Text
      return tokens ? inline(tokens) : [plain((token as Tokens.Text).text)]
    }
    default:
      return [token.raw]
  }
}

function link(token: Tokens.Link): HTMLElement | string {
  const words = inline(token.tokens)
  if (!SAFE.test(token.href)) return element('span', ...words)
  const made = element('a', ...words) as HTMLAnchorElement
  made.href = token.href
  made.target = '_blank'
  made.rel = 'noopener noreferrer'
  return made
}

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }

/** Text as it was written, where the parser has already prepared it for HTML. */
const plain = (text: string) => text.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity)
