// What is asked for beside a ticket: a draft, what resembles it, and what is known of the customer.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { DraftRead, LinkRead, TicketContext } from '../../api/schema'
import { useTexts } from '../../texts'
import { fill } from '../../texts/fill'
import { Words } from '../../ui/Markdown'
import { Empty, Failed, Loaded } from '../../ui/states'
import { moment, percent } from '../../ui/time'
import { useMe } from '../session/api'
import { customerQuery, decideLink, draftsQuery, linksQuery, makeDraft } from './api'

interface DraftProps {
  ticketId: string
  onInsert: (text: string, draft?: DraftRead) => void
}

export function DraftSection({ ticketId, onInsert }: DraftProps) {
  const { t, language } = useTexts()
  const me = useMe()
  const client = useQueryClient()
  const query = draftsQuery(me.tenant_id, ticketId)
  const drafts = useQuery(query)
  const make = useMutation({
    mutationFn: () => makeDraft(ticketId),
    onSuccess: () => client.invalidateQueries({ queryKey: query.queryKey }),
  })
  return (
    <Loaded of={drafts}>
      {({ items: [draft] }) => (
        <>
          {draft ? (
            <article className="draft">
              {draft.flags.length > 0 && (
                <p className="notice">{fill(t.context.flags, { flags: draft.flags.map((each) => each.detail).join('; ') })}</p>
              )}
              <Words text={draft.content} markdown />
              {draft.confidence != null && (
                <p className="soft">{fill(t.context.confidence, { percent: percent(draft.confidence, language) })}</p>
              )}
              {draft.citations.map((each, index) => (
                <blockquote key={index}>
                  {each.quote} <cite>{each.title}</cite>
                </blockquote>
              ))}
              {draft.state === 'open' && (
                <button type="button" className="primary" onClick={() => onInsert(draft.content, draft)}>
                  {t.context.insert}
                </button>
              )}
            </article>
          ) : (
            <Empty>{t.context.noDraft}</Empty>
          )}
          {make.error && <Failed error={make.error} />}
          <button type="button" disabled={make.isPending} onClick={() => make.mutate()}>
            {make.isPending ? t.context.drafting : t.context.makeDraft}
          </button>
        </>
      )}
    </Loaded>
  )
}

interface Props {
  context: TicketContext
  onTicket: (ticketId: string) => void
}

export function SimilarSection({ context, onTicket }: Props) {
  const { t } = useTexts()
  const me = useMe()
  const id = context.ticket.ticket_id
  const links = useQuery(linksQuery(me.tenant_id, id))
  return (
    <Loaded of={links}>
      {(found) => {
        const shown = found.filter((each) => each.state !== 'rejected')
        if (!shown.length) return <Empty>{t.context.noSimilar}</Empty>
        return (
          <ul className="evidence">
            {shown.map((each) => (
              <Link key={each.link_id} link={each} ticketId={id} onTicket={onTicket} />
            ))}
          </ul>
        )
      }}
    </Loaded>
  )
}

function Link({ link, ticketId, onTicket }: { link: LinkRead; ticketId: string; onTicket: (id: string) => void }) {
  const { t, language } = useTexts()
  const me = useMe()
  const client = useQueryClient()
  const decide = useMutation({
    mutationFn: (what: 'confirm' | 'reject' | 'merge') => decideLink(link.link_id, what),
    onSettled: () => client.invalidateQueries({ queryKey: [me.tenant_id] }),
  })
  const other = link.ticket_id === ticketId ? link.other_id : link.ticket_id
  return (
    <li>
      <p>
        <button type="button" className="link" onClick={() => onTicket(other)}>
          {link.kind === 'duplicate' ? t.context.duplicate : t.context.related} · {percent(link.score, language)}
        </button>
      </p>
      <p className="soft">{link.reason}</p>
      {decide.error && <Failed error={decide.error} />}
      {link.state === 'suggested' && (
        <div className="actions">
          <button type="button" className="small" onClick={() => decide.mutate('confirm')}>
            {t.context.confirm}
          </button>
          <button type="button" className="small" onClick={() => decide.mutate('reject')}>
            {t.context.reject}
          </button>
          {link.kind === 'duplicate' && (
            <button type="button" className="small" onClick={() => decide.mutate('merge')}>
              {t.context.merge}
            </button>
          )}
        </div>
      )}
    </li>
  )
}

export function CustomerSection({ context, onTicket }: Props) {
  const { t, language } = useTexts()
  const me = useMe()
  const { ticket } = context
  const customer = useQuery(customerQuery(me.tenant_id, ticket.requester_id))
  return (
    <>
      <h3>{ticket.requester_id}</h3>
      <Loaded of={customer}>
        {({ profile, orders }) => {
          const facts = profile ? [profile.name, profile.email, profile.tier, profile.language, profile.note].filter(Boolean) : []
          return (
            <>
              {facts.length > 0 && <p>{facts.join(' · ')}</p>}
              {orders.length > 0 && <h3>{t.context.orders}</h3>}
              <ul className="lines">
                {orders.map((each) => (
                  <li key={each.order_number}>
                    <span>
                      {each.order_number} · {each.status}
                    </span>
                    <time dateTime={each.placed_at}>{moment(each.placed_at, language)}</time>
                  </li>
                ))}
              </ul>
              {!facts.length && !orders.length && !context.other_tickets.length && <p className="soft">{t.context.noCustomer}</p>}
            </>
          )
        }}
      </Loaded>
      {context.other_tickets.length > 0 && <h3>{t.context.otherTickets}</h3>}
      <ul className="lines">
        {context.other_tickets.map((each) => (
          <li key={each.ticket_id}>
            <button type="button" className="link" onClick={() => onTicket(each.ticket_id)}>
              #{each.number} {each.subject}
            </button>
            <span className="soft">{t.status[each.status]}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
