import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { DraftRead } from '../../api/schema'
import { useTexts } from '../../texts'
import { Empty, Loaded } from '../../ui/states'
import { useMe } from '../session/api'
import { ticketQuery, type View } from './api'
import type { ComposerHandle } from './Composer'
import { ContextPanel } from './ContextPanel'
import { Conversation } from './Conversation'
import { SolvingProvider } from './solving'
import { TicketList } from './TicketList'

interface Props {
  view: View
  ticketId: string | null
  go: (view: View, ticketId: string | null) => void
}

export function Inbox({ view, ticketId, go }: Props) {
  const [details, setDetails] = useState(false)
  const composer = useRef<ComposerHandle>(null)

  useEffect(() => {
    function pressed(event: KeyboardEvent) {
      const at = event.target as HTMLElement
      if (event.ctrlKey || event.metaKey || event.altKey || at.closest('input, textarea, select, [role=menu]')) return
      const action = { r: () => composer.current?.write('reply'), n: () => composer.current?.write('note'), a: take, '/': search }[event.key]
      if (!action) return
      event.preventDefault()
      action()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])

  return (
    <SolvingProvider onUndo={(id) => go(view, id)}>
      <main className={`inbox ${ticketId ? 'chosen' : ''} ${details ? 'details' : ''}`}>
        <TicketList view={view} selected={ticketId} onView={(wanted) => go(wanted, null)} onSelect={(id) => go(view, id)} />
        {ticketId ? (
          <Chosen key={ticketId} ticketId={ticketId} composer={composer} details={details} setDetails={setDetails} go={(id) => go(view, id)} />
        ) : (
          <Nothing />
        )}
      </main>
    </SolvingProvider>
  )
}

const take = () => document.getElementById('take')?.click()
const search = () => document.getElementById('search')?.focus()

function Nothing() {
  const { t } = useTexts()
  return (
    <section className="conversation none">
      <Empty>{t.inbox.choose}</Empty>
    </section>
  )
}

interface ChosenProps {
  ticketId: string
  composer: React.RefObject<ComposerHandle | null>
  details: boolean
  setDetails: (open: boolean) => void
  go: (ticketId: string | null) => void
}

function Chosen({ ticketId, composer, details, setDetails, go }: ChosenProps) {
  const me = useMe()
  const ticket = useQuery(ticketQuery(me.tenant_id, ticketId))
  const insert = (text: string, draft?: DraftRead) => {
    composer.current?.insert(text, draft)
    setDetails(false)
  }
  return (
    <Loaded of={ticket}>
      {(context) => (
        <>
          <Conversation
            context={context}
            composer={composer}
            onBack={() => go(null)}
            onDetails={() => setDetails(!details)}
            onSolved={() => go(null)}
          />
          <ContextPanel context={context} onInsert={insert} onTicket={go} onClose={() => setDetails(false)} />
        </>
      )}
    </Loaded>
  )
}
