import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, type Ref } from 'react'
import { ProblemError } from '../../api/client'
import type { TicketContext } from '../../api/schema'
import { useTexts } from '../../texts'
import { fill } from '../../texts/fill'
import { Words } from '../../ui/Markdown'
import { Empty, Failed, Loading } from '../../ui/states'
import { moment } from '../../ui/time'
import { useMe } from '../session/api'
import { handBack, messagesQuery, patchTicket } from './api'
import { Composer, type ComposerHandle } from './Composer'
import { useLive } from './live'
import { timeline, type Said } from './timeline'

interface Props {
  context: TicketContext
  composer: Ref<ComposerHandle>
  onBack: () => void
  onDetails: () => void
  onSolved: () => void
}

export function Conversation({ context, composer, onBack, onDetails, onSolved }: Props) {
  const { t } = useTexts()
  const me = useMe()
  const client = useQueryClient()
  const { ticket } = context
  const session = ticket.external_conversation_id
  const messages = useQuery({ ...messagesQuery(me.tenant_id, session ?? ''), enabled: session !== null })
  useLive(me.tenant_id, session, ticket.ticket_id)
  const mine = ticket.assigned_to === me.subject
  const done = ticket.status === 'solved' || ticket.status === 'closed'

  const act = useMutation({
    mutationFn: (what: () => Promise<unknown>) => what(),
    onSettled: () => client.invalidateQueries({ queryKey: [me.tenant_id] }),
  })
  const take = () => patchTicket(ticket, { assigned_to: me.subject, ...(ticket.status === 'new' ? { status: 'open' } : {}) })
  const changed = act.error instanceof ProblemError && act.error.problem.status === 412

  return (
    <section className="conversation" aria-label={t.conversation.label}>
      <header>
        <button type="button" className="only-narrow" onClick={onBack} aria-label={t.back}>
          ‹
        </button>
        <div className="title">
          <h2>
            <span className="soft">#{ticket.number}</span> {ticket.subject}
          </h2>
          <p className="soft">
            {t.status[ticket.status]} ·{' '}
            {ticket.assigned_to ? fill(t.conversation.assignedTo, { name: mine ? t.inbox.you : ticket.assigned_to }) : t.inbox.nobody}
          </p>
        </div>
        <div className="actions">
          {!done && (
            <button type="button" id="take" disabled={act.isPending} onClick={() => act.mutate(mine ? () => patchTicket(ticket, { assigned_to: null }) : take)}>
              {mine ? t.conversation.unassign : t.conversation.assign}
            </button>
          )}
          {!done && session && (
            <button type="button" disabled={act.isPending} onClick={() => act.mutate(() => handBack(session))}>
              {t.conversation.handBack}
            </button>
          )}
          <button type="button" className="only-medium" onClick={onDetails}>
            {t.inbox.details}
          </button>
        </div>
      </header>
      {act.error && (
        <p className="problem" role="alert">
          {changed ? t.conversation.changed : act.error.message}
        </p>
      )}
      {session && messages.isPending ? (
        <Loading />
      ) : messages.error && !messages.data ? (
        <Failed error={messages.error} retry={() => void messages.refetch()} />
      ) : (
        <Timeline said={timeline(messages.data?.items ?? [], context.comments)} description={session ? '' : ticket.description} />
      )}
      <Composer key={ticket.ticket_id} ref={composer} ticket={ticket} onSolved={onSolved} />
    </section>
  )
}

function Timeline({ said, description }: { said: Said[]; description: string }) {
  const { t, language } = useTexts()
  const end = useRef<HTMLLIElement>(null)
  const last = said.at(-1)?.id
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' })
  }, [last])
  if (!said.length && !description) return <Empty>{t.conversation.empty}</Empty>
  return (
    // Scrollable, so it must be reachable by keyboard.
    <ol className="timeline" tabIndex={0} aria-label={t.conversation.label} aria-live="polite">
      {description && (
        <li className="customer">
          <Words text={description} markdown={false} />
        </li>
      )}
      {said.map((each, index) => (
        <li key={each.id} className={each.by} ref={index === said.length - 1 ? end : undefined}>
          <p className="who">
            <strong>{t.conversation[each.by]}</strong> <time dateTime={each.at}>{moment(each.at, language)}</time>
          </p>
          <Words text={each.text} markdown={each.markdown} />
          {each.sources.length > 0 && (
            <details>
              <summary>
                {t.conversation.sources} ({each.sources.length})
              </summary>
              <ul>
                {each.sources.map((source) => (
                  <li key={`${source.chunk_id}-${source.start}`}>
                    <cite>{source.title}</cite>
                    <blockquote>{source.quote}</blockquote>
                  </li>
                ))}
              </ul>
            </details>
          )}
        </li>
      ))}
    </ol>
  )
}
