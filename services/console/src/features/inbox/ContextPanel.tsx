import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import type { DraftRead, TicketContext } from '../../api/schema'
import { useTexts } from '../../texts'
import { CustomerSection, DraftSection, SimilarSection } from './asked'
import { EvidenceSection, HandoffSection } from './handed'

interface Props {
  context: TicketContext
  onInsert: (text: string, draft?: DraftRead) => void
  onTicket: (ticketId: string) => void
  onClose: () => void
}

/** What an agent needs to know beside the conversation. */
export function ContextPanel({ context, onInsert, onTicket, onClose }: Props) {
  const { t } = useTexts()
  const id = context.ticket.ticket_id
  return (
    <aside className="context" aria-label={t.context.label}>
      <button type="button" className="only-medium close" onClick={onClose} aria-label={t.close}>
        ×
      </button>
      <Tabs key={id}>
        <TabList aria-label={t.context.label}>
          <Tab id="handoff">{t.context.handoff}</Tab>
          <Tab id="evidence">{t.context.evidence}</Tab>
          <Tab id="draft">{t.context.draft}</Tab>
          <Tab id="similar">{t.context.similar}</Tab>
          <Tab id="customer">{t.context.customer}</Tab>
        </TabList>
        <TabPanel id="handoff">
          <HandoffSection context={context} onInsert={onInsert} />
        </TabPanel>
        <TabPanel id="evidence">
          <EvidenceSection context={context} onInsert={onInsert} />
        </TabPanel>
        <TabPanel id="draft">
          <DraftSection ticketId={id} onInsert={onInsert} />
        </TabPanel>
        <TabPanel id="similar">
          <SimilarSection context={context} onTicket={onTicket} />
        </TabPanel>
        <TabPanel id="customer">
          <CustomerSection context={context} onTicket={onTicket} />
        </TabPanel>
      </Tabs>
    </aside>
  )
}
