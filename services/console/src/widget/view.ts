// What the visitor sees: a button, a dialog with the conversation, and a line to write in. All of it in a shadow root, so
// that neither the page's styles nor ours reach into the other.
import type { Texts } from '../texts/en'
import { fill } from '../texts/fill'
import { renderMarkdown } from '../ui/markdown'
import type { Choice, Message } from './api'
import { css } from './style'

type Words = Texts['widget']

export interface Acts {
  open: () => void
  say: (text: string, choice?: string) => void
  person: () => void
}

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

export class View {
  private readonly root: ShadowRoot
  private readonly launcher: HTMLButtonElement
  private readonly panel: HTMLElement
  private readonly title = make('h2')
  private readonly log: HTMLOListElement
  private readonly thinking: HTMLElement
  private readonly standing = make('p', { class: 'standing', role: 'status' })
  private readonly problem = make('p', { class: 'problem', role: 'alert' })
  private readonly area: HTMLTextAreaElement
  private readonly person: HTMLButtonElement
  private readonly shown = new Map<string, HTMLElement>()

  constructor(
    private readonly host: HTMLElement,
    private readonly t: Words,
    private readonly acts: Acts,
  ) {
    this.root = host.attachShadow({ mode: 'open' })
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    this.root.adoptedStyleSheets = [sheet]

    this.launcher = make('button', { class: 'launcher', type: 'button', 'aria-label': t.open, 'aria-expanded': 'false' })
    this.launcher.append(icon())
    this.log = make('ol', { class: 'log', tabindex: '0', 'aria-live': 'polite', 'aria-label': t.title })
    this.thinking = make('p', { class: 'thinking', role: 'status' })
    this.area = make('textarea', { rows: '2', maxlength: '20000', placeholder: t.placeholder, 'aria-label': t.placeholder })
    this.person = make('button', { type: 'button', class: 'person' }, t.person)
    const close = make('button', { type: 'button', class: 'close', 'aria-label': t.close }, '×')
    const form = make('form', {}, this.area, make('button', { class: 'send' }, t.send))
    this.title.id = 'title'
    this.panel = make(
      'section',
      { class: 'panel', role: 'dialog', 'aria-labelledby': 'title', hidden: '' },
      make('header', {}, this.title, close),
      this.log,
      this.thinking,
      this.standing,
      this.problem,
      make('footer', {}, form, this.person),
    )
    this.title.textContent = t.title
    this.root.append(this.panel, this.launcher)

    this.launcher.addEventListener('click', () => (this.panel.hidden ? this.open() : this.close()))
    close.addEventListener('click', () => this.close())
    this.panel.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close()
    })
    this.area.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
      event.preventDefault()
      form.requestSubmit()
    })
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      const text = this.area.value.trim()
      if (!text) return
      this.area.value = ''
      acts.say(text)
    })
    this.person.addEventListener('click', () => acts.person())
  }

  open() {
    this.panel.hidden = false
    this.launcher.setAttribute('aria-expanded', 'true')
    this.launcher.setAttribute('aria-label', this.t.close)
    this.acts.open()
    this.area.focus()
  }

  close() {
    this.panel.hidden = true
    this.launcher.setAttribute('aria-expanded', 'false')
    this.launcher.setAttribute('aria-label', this.t.open)
    this.launcher.focus()
  }

  welcome(name: string, greeting: string, color: string | null) {
    this.title.textContent = name
    if (color) {
      this.host.style.setProperty('--caseplane-color', color)
      this.host.style.setProperty('--caseplane-on-color', readable(color))
    }
    if (!this.shown.size) this.log.replaceChildren(make('li', { class: 'assistant' }, renderMarkdown(greeting)))
  }

  /** Show what the visitor says before the server has it. */
  saying(id: string, text: string): HTMLElement {
    const item = make('li', { class: 'customer sending' }, make('p', { class: 'plain' }, text))
    this.add(id, item)
    return item
  }

  unsent(id: string, again: () => void) {
    const item = this.shown.get(id)
    const retry = make('button', { type: 'button' }, this.t.again)
    retry.addEventListener('click', () => {
      retry.remove()
      again()
    })
    item?.append(retry)
  }

  show(message: Message, sent: string | undefined) {
    if (sent) this.shown.get(sent)?.remove()
    const own = message.role === 'customer'
    const item = make('li', { class: message.role })
    if (!own) item.append(make('span', { class: 'who' }, message.role === 'agent' ? this.t.agent : this.t.assistant))
    if (message.content_format === 'markdown' || message.role === 'agent') item.append(renderMarkdown(message.content))
    else item.append(make('p', { class: 'plain' }, message.content))
    if (message.citations?.length) item.append(this.sources(message.citations))
    if (message.choices?.length) item.append(this.choices(message.choices))
    if (message.replaces) this.shown.get(message.replaces)?.remove()
    this.add(message.message_id, item)
  }

  has = (id: string) => this.shown.has(id)

  think(on: boolean) {
    this.thinking.textContent = on ? this.t.thinking : ''
  }

  fail(text: string) {
    this.problem.textContent = text
  }

  state(status: string) {
    this.person.hidden = status === 'escalated'
    const said: Record<string, string> = { escalated: this.t.personAsked, resolved: this.t.solved }
    this.standing.textContent = said[status] ?? ''
    if (status !== 'open') this.think(false)
  }

  private add(id: string, item: HTMLElement) {
    this.shown.get(id)?.remove()
    this.shown.set(id, item)
    this.log.append(item)
    this.log.scrollTop = this.log.scrollHeight
  }

  private sources(citations: NonNullable<Message['citations']>): HTMLElement {
    const titles = [...new Set(citations.map((each) => each.title))].join(', ')
    const list = make('ul')
    for (const each of citations) {
      const name = /^https?:/i.test(each.uri)
        ? make('a', { href: at(each.uri, each.quote), target: '_blank', rel: 'noopener noreferrer' }, each.title)
        : make('cite', {}, each.title)
      list.append(make('li', {}, name, make('q', {}, each.quote)))
    }
    return make('details', {}, make('summary', {}, fill(this.t.sources, { titles })), list)
  }

  private choices(choices: Choice[]): HTMLElement {
    const group = make('div', { class: 'choices' })
    for (const each of choices) {
      const button = make('button', { type: 'button' }, each.label)
      button.addEventListener('click', () => {
        group.remove()
        this.acts.say(each.label, each.id)
      })
      group.append(button)
    }
    return group
  }
}

/** The address with the quote marked in it, where the browser can (text fragments). */
function at(uri: string, quote: string): string {
  if (uri.includes('#')) return uri
  const words = quote.trim().split(/\s+/)
  const from = encodeURIComponent(words.slice(0, 5).join(' ')).replace(/-/g, '%2D')
  return `${uri}#:~:text=${from}`
}

/** Black or white, whichever can be read on a colour. */
function readable(color: string): string {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const share = parseInt(color.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#000' : '#fff'
}

function icon(): SVGElement {
  const of = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(of, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS(of, 'path')
  path.setAttribute('d', 'M3 4h18v11a3 3 0 0 1-3 3h-6l-5 4v-4H6a3 3 0 0 1-3-3z')
  svg.append(path)
  return svg
}
