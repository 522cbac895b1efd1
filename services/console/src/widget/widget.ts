// The chat on any page, by one line:
//   <script src="https://support.example/widget.js" data-organisation="acme" async></script>
import { de } from '../texts/de'
import { en } from '../texts/en'
import { Refused, Talk, type Message } from './api'
import { View } from './view'

const script = document.currentScript as HTMLScriptElement | null

function start(source: HTMLScriptElement) {
  const organisation = source.dataset['organisation']
  if (!organisation) throw new Error('The script of the chat needs data-organisation.')
  const wanted = source.dataset['language'] ?? document.documentElement.lang ?? navigator.language
  const t = (wanted.startsWith('de') ? de : en).widget
  const talk = new Talk(new URL('/api/v1', source.src).href, organisation)
  const host = document.createElement('div')
  host.id = 'caseplane-chat'
  /** Messages on their way, by what they say. */
  const sending = new Map<string, string>()
  let arrived: Promise<unknown> | null = null
  let listening: string | null = null
  let state = 'open'

  const view = new View(host, t, {
    open: () => void arrive(),
    say: (text, choice) => void say(text, newId(), choice),
    person: () => void attempt(() => talk.person()),
  })

  function arrive() {
    arrived ??= talk
      .arrive()
      .then((visitor) => {
        view.welcome(visitor.name, visitor.greeting ?? t.greeting, visitor.color)
        listen()
      })
      .catch((error: unknown) => {
        arrived = null
        view.fail(error instanceof Refused && error.status < 500 ? t.unavailable : t.failed)
        throw error
      })
    return arrived
  }

  function listen() {
    const id = talk.session?.session_id ?? null
    if (id === null || id === listening) return
    listening = id
    view.state((state = talk.session?.status ?? 'open'))
    void talk.listen(happened)
  }

  async function say(text: string, id: string, choice?: string) {
    view.saying(id, text)
    sending.set(text, id)
    view.think(true)
    const sent = await attempt(() => talk.say(text, id, choice))
    if (sent) return
    sending.delete(text)
    view.think(false)
    view.unsent(id, () => void say(text, id, choice))
  }

  async function attempt(what: () => Promise<unknown>): Promise<boolean> {
    view.fail('')
    try {
      await arrive()
      await what()
      listen()
      return true
    } catch (error) {
      if (!(error instanceof Refused && error.status === 404)) view.fail(t.failed)
      return false
    }
  }

  function happened(name: string, data: unknown) {
    if (name === 'message') {
      const message = data as Message
      if (!view.has(message.message_id)) {
        const sent = message.role === 'customer' ? sending.get(message.content) : undefined
        if (sent) sending.delete(message.content)
        view.show(message, sent)
        view.think(message.role === 'customer' && state === 'open')
      }
    }
    if (name === 'status') view.state((state = (data as { to: string }).to))
  }

  document.body.append(host)
}

const newId = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (each) => each.toString(36)).join('-')

if (script) {
  if (document.body) start(script)
  else addEventListener('DOMContentLoaded', () => start(script))
}
