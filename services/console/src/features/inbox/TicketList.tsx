import { useInfiniteQuery } from '@tanstack/react-query'
import { useDeferredValue, useEffect, useState } from 'react'
import { ListBox, ListBoxItem } from 'react-aria-components'
import type { TicketRead } from '../../api/schema'
import { useTexts } from '../../texts'
import { fill } from '../../texts/fill'
import { Empty, Failed, Loading } from '../../ui/states'
import { span } from '../../ui/time'
import { useMe } from '../session/api'
import { ticketsQuery, views, type View } from './api'
import { useSolving } from './solving'

interface Props {
  view: View
  selected: string | null
  onView: (view: View) => void
  onSelect: (ticketId: string) => void
}

export function TicketList({ view, selected, onView, onSelect }: Props) {
  const { t } = useTexts()
  const me = useMe()
  const { solved } = useSolving()
  const [search, setSearch] = useState('')
  const words = useDeferredValue(search.trim())
  const found = useInfiniteQuery(ticketsQuery(me.tenant_id, me.subject, view, words))
  const tickets = found.data?.pages.flatMap((page) => page.items).filter((each) => view === 'solved' || !solved.has(each.ticket_id))
  const now = useMinute()

  return (
    <section className="list" aria-label={t.inbox.tickets}>
      <div className="list-head">
        <input
          type="search"
          id="search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          placeholder={t.inbox.search}
          aria-label={t.inbox.search}
          maxLength={200}
        />
        <div className="views" role="group" aria-label={t.inbox.title}>
          {views.map((each) => (
            <button key={each} type="button" aria-pressed={each === view} onClick={() => onView(each)}>
              {t.inbox.views[each]}
            </button>
          ))}
        </div>
      </div>
      {found.error && <Failed error={found.error} retry={() => void found.refetch()} />}
      {!tickets && !found.error && <Loading />}
      {tickets && (
        <>
          <ListBox
            aria-label={t.inbox.tickets}
            className="tickets"
            selectionMode="single"
            selectionBehavior="replace"
            disallowEmptySelection
            selectedKeys={selected ? [selected] : []}
            onSelectionChange={(keys) => {
              const [key] = keys === 'all' ? [] : [...keys]
              if (key !== undefined && key !== selected) onSelect(String(key))
            }}
            renderEmptyState={() =>
              words ? <Empty>{t.inbox.emptySearch}</Empty> : <Empty hint={t.inbox.emptyHint}>{t.inbox.empty}</Empty>
            }
          >
            {tickets.map((each) => (
              <ListBoxItem key={each.ticket_id} id={each.ticket_id} textValue={`#${each.number} ${each.subject}`}>
                <Row ticket={each} mine={each.assigned_to === me.subject} now={now} />
              </ListBoxItem>
            ))}
          </ListBox>
          {found.hasNextPage && (
            <button type="button" className="more" onClick={() => void found.fetchNextPage()} disabled={found.isFetchingNextPage}>
              {t.inbox.more}
            </button>
          )}
        </>
      )}
    </section>
  )
}

function Row({ ticket, mine, now }: { ticket: TicketRead; mine: boolean; now: Date }) {
  const { t, language } = useTexts()
  const done = ticket.status === 'solved' || ticket.status === 'closed'
  const due = ticket.response_due_at && !ticket.first_replied_at && !done ? new Date(ticket.response_due_at) : null
  const late = due !== null && due < now
  return (
    <>
      <span className="row-top">
        <span className="subject">{ticket.subject}</span>
        <time dateTime={ticket.created_at}>{span(new Date(ticket.created_at), now, language)}</time>
      </span>
      <span className="row-sub">
        #{ticket.number} · {ticket.requester_id}
      </span>
      <span className="tags">
        {ticket.ai_escalation_reason && <span>{t.reasons[ticket.ai_escalation_reason] ?? ticket.ai_escalation_reason}</span>}
        {ticket.priority !== 'normal' && <span className={ticket.priority}>{t.priority[ticket.priority]}</span>}
        {ticket.status !== 'new' && <span>{t.status[ticket.status]}</span>}
        {due && <span className={late ? 'urgent' : ''}>{late ? t.inbox.overdue : fill(t.inbox.dueIn, { time: span(now, due, language) })}</span>}
        {mine && <span className="mine">{t.inbox.you}</span>}
      </span>
    </>
  )
}

/** The present time, anew each minute. */
function useMinute(): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 60_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
