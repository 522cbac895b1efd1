// What the assistant handed over with the ticket: why, what it found, and how the workflow judged it.
import type { Evidence, TicketContext } from '../../api/schema'
import { useTexts } from '../../texts'
import { fill } from '../../texts/fill'
import { Words } from '../../ui/Markdown'
import { Empty } from '../../ui/states'
import { moment, percent } from '../../ui/time'

interface Props {
  context: TicketContext
  onInsert: (text: string) => void
}

export function HandoffSection({ context, onInsert }: Props) {
  const { t, language } = useTexts()
  const { packet, ticket } = context
  const triage: [string, string | null | undefined][] = [
    [t.context.category, ticket.category],
    [t.context.severity, ticket.classified_severity ?? ticket.severity],
    [t.context.sentiment, ticket.sentiment],
    [t.context.department, ticket.department],
    [t.context.team, ticket.team],
    [t.context.priority, t.priority[ticket.priority]],
    [t.context.due, ticket.response_due_at && !ticket.first_replied_at ? moment(ticket.response_due_at, language) : null],
  ]
  return (
    <>
      {packet ? (
        <>
          <h3>{t.context.why}</h3>
          <p>
            <strong>{t.reasons[packet.reason.code] ?? packet.reason.code}</strong>
            {packet.reason.confidence != null && (
              <span className="soft"> · {fill(t.context.confidence, { percent: percent(packet.reason.confidence, language) })}</span>
            )}
          </p>
          <p>{packet.reason.rationale}</p>
          {packet.context?.current_intent && (
            <>
              <h3>{t.context.wants}</h3>
              <p>{packet.context.current_intent}</p>
            </>
          )}
          {packet.context?.summary && (
            <>
              <h3>{t.context.summary}</h3>
              <Words text={packet.context.summary} markdown />
            </>
          )}
          <Lines title={t.context.ask} lines={packet.clarifying_questions ?? []} onInsert={onInsert} />
          <Lines title={t.context.steps} lines={packet.suggested_next_steps ?? []} />
          {(packet.attempts ?? []).length > 0 && (
            <>
              <h3>{t.context.tried}</h3>
              {packet.attempts?.map((each, index) => (
                <details key={index}>
                  <summary>{each.question}</summary>
                  <Words text={each.answer ?? ''} markdown />
                </details>
              ))}
            </>
          )}
        </>
      ) : (
        <p className="soft">{t.context.noHandoff}</p>
      )}
      <h3>{t.context.triage}</h3>
      <dl>
        {triage
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </>
  )
}

function Lines({ title, lines, onInsert }: { title: string; lines: string[]; onInsert?: (text: string) => void }) {
  const { t } = useTexts()
  if (!lines.length) return null
  return (
    <>
      <h3>{title}</h3>
      <ul className="lines">
        {lines.map((each) => (
          <li key={each}>
            <span>{each}</span>
            {onInsert && (
              <button type="button" className="small" onClick={() => onInsert(each)}>
                {t.context.insert}
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}

export function EvidenceSection({ context, onInsert }: Props) {
  const { t, language } = useTexts()
  const found = context.packet?.evidence ?? context.ticket.evidence
  if (!found.length) return <Empty>{t.context.noEvidence}</Empty>
  return (
    <ul className="evidence">
      {found.map((each) => (
        <li key={each.chunk_id}>
          <p>
            <Source of={each} /> <span className="soft">{percent(Math.max(0, Math.min(1, each.score)), language)}</span>
          </p>
          {each.quote && <blockquote>{each.quote}</blockquote>}
          {each.quote && (
            <button type="button" className="small" onClick={() => onInsert(quoted(each))}>
              {t.context.insertQuote}
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}

const web = (uri: string) => /^https?:/i.test(uri)

function Source({ of }: { of: Evidence }) {
  if (!web(of.uri)) return <cite>{of.title}</cite>
  return (
    <a href={of.uri} target="_blank" rel="noopener noreferrer">
      {of.title}
    </a>
  )
}

/** A quote as Markdown, with where it stands. */
function quoted(of: Evidence): string {
  const lines = (of.quote ?? '').trim().split('\n').map((line) => `> ${line}`)
  return `${lines.join('\n')}\n>\n> ${web(of.uri) ? `[${of.title}](${of.uri})` : of.title}`
}
