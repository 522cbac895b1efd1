// What the widget asks the gateway for, with the token of its visitor. Other than the console it has no cookie.
import type { components } from '../api/schema'

type Schemas = components['schemas']
export type Visitor = Schemas['VisitorRead']
export type Message = Schemas['MessageRead']
export type Session = Schemas['SessionRead']
export type Choice = Schemas['Choice']

export class Refused extends Error {
  constructor(readonly status: number, detail: string) {
    super(detail)
  }
}

const KEY = (organisation: string) => `caseplane.visitor.${organisation}`

/** What lasts between two visits: the token, and the conversation it was in. */
interface Kept {
  token: string
  session: string | null
}

export class Talk {
  visitor: Visitor | null = null
  session: Session | null = null
  private stopped = new AbortController()

  constructor(
    private readonly base: string,
    private readonly organisation: string,
  ) {}

  /** Become a visitor, the same as last time if possible. */
  async arrive(): Promise<Visitor> {
    const kept = this.kept()
    const body = { organisation: this.organisation, token: kept?.token ?? null }
    this.visitor = await this.ask<Visitor>('POST', '/visitors', body)
    this.keep({ token: this.visitor.token, session: kept?.session ?? null })
    if (kept?.session) this.session = await this.ask<Session>('GET', `/sessions/${kept.session}`).catch(() => null)
    return this.visitor
  }

  async say(content: string, id: string, choice?: string): Promise<void> {
    const session = this.session ?? (await this.begin())
    const said = await this.ask<{ session_id: string }>('POST', `/sessions/${session.session_id}/messages`, {
      content,
      client_message_id: id,
      choice_id: choice ?? null,
    })
    // A conversation that was resolved long ago goes on in a new one.
    if (said.session_id !== session.session_id) await this.move(said.session_id)
  }

  async person(): Promise<void> {
    const session = this.session ?? (await this.begin())
    await this.ask('POST', `/sessions/${session.session_id}/handoff`, {})
  }

  leave() {
    this.stopped.abort()
  }

  /** Tells everything that happens in the conversation, from its beginning, until `leave`. */
  async listen(event: (name: string, data: unknown) => void): Promise<void> {
    this.stopped.abort()
    const { signal } = (this.stopped = new AbortController())
    const path = `/sessions/${this.session?.session_id}/stream`
    let last = '0'
    while (!signal.aborted) {
      try {
        const answer = await fetch(this.base + path, { headers: { ...this.headers(), 'Last-Event-ID': last }, signal })
        if (answer.status === 401 || answer.status === 403) {
          await this.arrive()
        } else if (answer.ok && answer.body) {
          for await (const [name, id, data] of events(answer.body)) {
            last = id || last
            event(name, data)
          }
        }
      } catch {
        if (signal.aborted) return
      }
      await new Promise((wake) => setTimeout(wake, 1_500))
    }
  }

  private async begin(): Promise<Session> {
    return this.move((await this.ask<Session>('POST', '/sessions', { channel: 'web' })).session_id)
  }

  private async move(id: string): Promise<Session> {
    this.session = await this.ask<Session>('GET', `/sessions/${id}`)
    if (this.visitor) this.keep({ token: this.visitor.token, session: id })
    return this.session
  }

  private headers(): Record<string, string> {
    return this.visitor ? { Authorization: `Bearer ${this.visitor.token}` } : {}
  }

  private async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers = path === '/visitors' ? {} : this.headers()
    const answer = await fetch(this.base + path, {
      method,
      headers: { ...headers, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      credentials: 'omit',
    })
    const said = (await answer.json()) as T & { detail?: string }
    if (!answer.ok) throw new Refused(answer.status, said.detail ?? '')
    return said
  }

  private kept(): Kept | null {
    try {
      return JSON.parse(localStorage.getItem(KEY(this.organisation)) ?? 'null') as Kept | null
    } catch {
      return null
    }
  }

  private keep(kept: Kept) {
    try {
      localStorage.setItem(KEY(this.organisation), JSON.stringify(kept))
    } catch {
      // Then the next page begins anew.
    }
  }
}

/** The events of a stream: name, id and data. */
async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<[string, string, unknown]> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
      if (fields['event']) yield [fields['event'], fields['id'] ?? '', JSON.parse(fields['data'] ?? 'null')]
    }
  }
}
