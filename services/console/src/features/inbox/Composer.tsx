import { useMutation, useQueryClient } from '@tanstack/react-query'
import { forwardRef, useImperativeHandle, useRef, useState } from 'react'
import { Menu, MenuItem, MenuTrigger, Popover, Button } from 'react-aria-components'
import { ProblemError } from '../../api/client'
import type { DraftRead, TicketRead } from '../../api/schema'
import { useTexts } from '../../texts'
import { useMe } from '../session/api'
import { acceptDraft, comment, type Silent } from './api'
import { keepUnsent, readUnsent, type Kind } from './drafts'
import { useSolving } from './solving'

export interface ComposerHandle {
  write: (kind: Kind) => void
  insert: (text: string, draft?: DraftRead) => void
}

const SILENT: Silent[] = ['no_reply_needed', 'answered_elsewhere', 'duplicate', 'spam']

interface Props {
  ticket: TicketRead
  onSolved: () => void
}

export const Composer = forwardRef<ComposerHandle, Props>(function Composer({ ticket, onSolved }, handle) {
  const { t } = useTexts()
  const me = useMe()
  const client = useQueryClient()
  const { begin } = useSolving()
  const [kind, setKind] = useState<Kind>('reply')
  const [texts, setTexts] = useState<Record<Kind, string>>(() => ({
    reply: readUnsent(me.tenant_id, ticket.ticket_id, 'reply'),
    note: readUnsent(me.tenant_id, ticket.ticket_id, 'note'),
  }))
  const [draft, setDraft] = useState<DraftRead | null>(null)
  const [refused, setRefused] = useState<string | null>(null)
  const area = useRef<HTMLTextAreaElement>(null)
  const attempt = useRef<{ text: string; key: string } | null>(null)
  const text = texts[kind]
  const done = ticket.status === 'solved' || ticket.status === 'closed'

  function change(to: Kind, value: string) {
    setTexts((all) => ({ ...all, [to]: value }))
    keepUnsent(me.tenant_id, ticket.ticket_id, to, value)
    setRefused(null)
  }

  useImperativeHandle(handle, () => ({
    write: (to) => {
      setKind(to)
      requestAnimationFrame(() => area.current?.focus())
    },
    insert: (added, from) => {
      setKind('reply')
      if (from) setDraft(from)
      const at = area.current?.selectionStart ?? texts.reply.length
      const before = texts.reply.slice(0, at).replace(/\s*$/, '')
      const after = texts.reply.slice(at).replace(/^\s*/, '')
      change('reply', [before, added, after].filter(Boolean).join('\n\n'))
      requestAnimationFrame(() => area.current?.focus())
    },
  }))

  const send = useMutation({
    mutationFn: async ({ of, said }: { of: Kind; said: string }) => {
      // A second try of the same text is the same comment.
      if (attempt.current?.text !== `${of}:${said}`) attempt.current = { text: `${of}:${said}`, key: newKey() }
      if (of === 'reply' && draft) await acceptDraft(draft, said, ticket.version)
      else await comment(ticket.ticket_id, said, of === 'reply' ? 'public' : 'internal', attempt.current.key)
    },
    onSuccess: async (_, { of }) => {
      attempt.current = null
      if (of === 'reply') setDraft(null)
      change(of, '')
      await client.invalidateQueries({ queryKey: [me.tenant_id] })
    },
  })

  function submit() {
    if (!text.trim() || send.isPending) return
    send.mutate({ of: kind, said: text.trim() })
  }

  function solveWith(silent?: Silent) {
    const said = texts.reply.trim()
    if (!silent && !said) {
      setRefused(t.composer.emptySolve)
      setKind('reply')
      area.current?.focus()
      return
    }
    begin(ticket.ticket_id, ticket.number, silent ? { without_reply: silent } : { comment: said })
    onSolved()
  }

  function pressed(event: React.KeyboardEvent) {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return
    event.preventDefault()
    if (event.shiftKey && kind === 'reply') solveWith()
    else submit()
  }

  if (done) return <p className="composer-closed soft">{t.composer.closed}</p>
  const problem = send.error instanceof ProblemError ? send.error.message : send.error ? t.offline : refused
  return (
    <form
      className={`composer ${kind}`}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <div className="views" role="group" aria-label={t.composer.reply}>
        {(['reply', 'note'] as const).map((each) => (
          <button key={each} type="button" aria-pressed={each === kind} onClick={() => setKind(each)}>
            {t.composer[each]}
          </button>
        ))}
      </div>
      <textarea
        ref={area}
        id="composer-text"
        value={text}
        onChange={(event) => change(kind, event.target.value)}
        onKeyDown={pressed}
        rows={Math.min(12, Math.max(3, text.split('\n').length + 1))}
        maxLength={100_000}
        placeholder={kind === 'reply' ? t.composer.replyHint : t.composer.noteHint}
        aria-label={t.composer[kind]}
        aria-describedby={problem ? 'composer-problem' : undefined}
        aria-invalid={problem ? true : undefined}
      />
      {problem && (
        <p id="composer-problem" className="problem" role="alert">
          {problem}
        </p>
      )}
      <div className="actions">
        <button type="submit" disabled={!text.trim() || send.isPending}>
          {kind === 'reply' ? t.composer.send : t.composer.sendNote}
        </button>
        <span className="split">
          <button type="button" className="primary" onClick={() => solveWith()} title="Ctrl + Shift + Enter">
            {t.composer.solve}
          </button>
          <MenuTrigger>
            <Button className="primary" aria-label={t.composer.solveSilent}>
              ▾
            </Button>
            <Popover isNonModal className="popover" placement="top end">
              <Menu onAction={(key) => solveWith(key as Silent)} aria-label={t.composer.solveSilent}>
                {SILENT.map((each) => (
                  <MenuItem key={each} id={each}>
                    {t.composer.silent[each]}
                  </MenuItem>
                ))}
              </Menu>
            </Popover>
          </MenuTrigger>
        </span>
      </div>
    </form>
  )
})

/** A key for a request that may be sent again; also where a page without TLS has no `randomUUID`. */
const newKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (each) => each.toString(36)).join('-')
