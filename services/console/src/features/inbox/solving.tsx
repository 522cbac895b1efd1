// "Reply and solve" can be taken back for ten seconds: until then nothing has left this page. Leaving the page sends it.
import { useQueryClient } from '@tanstack/react-query'
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { ProblemError } from '../../api/client'
import { useTexts } from '../../texts'
import { fill } from '../../texts/fill'
import { useMe } from '../session/api'
import { solve, type Solve } from './api'
import { keepUnsent } from './drafts'

const SECONDS = 10

interface Waiting {
  ticketId: string
  number: number
  how: Solve
  left: number
}

interface Solving {
  /** Tickets that count as solved already. */
  solved: ReadonlySet<string>
  begin: (ticketId: string, number: number, how: Solve) => void
}

const Context = createContext<Solving>({ solved: new Set(), begin: () => undefined })
export const useSolving = () => useContext(Context)

export function SolvingProvider({ children, onUndo }: { children: ReactNode; onUndo: (ticketId: string) => void }) {
  const { t } = useTexts()
  const me = useMe()
  const client = useQueryClient()
  const [waiting, setWaiting] = useState<Waiting[]>([])
  const [failed, setFailed] = useState<string | null>(null)
  const current = useRef(waiting)
  current.current = waiting

  const send = useCallback(
    async (each: Waiting, last = false) => {
      setWaiting((all) => all.filter((one) => one.ticketId !== each.ticketId))
      try {
        await solve(each.ticketId, each.how, last)
        keepUnsent(me.tenant_id, each.ticketId, 'reply', '')
      } catch (error) {
        // The text is still kept with the ticket.
        setFailed(`#${each.number}: ${error instanceof ProblemError ? error.message : t.offline}`)
      }
      await client.invalidateQueries({ queryKey: [me.tenant_id] })
    },
    [client, me.tenant_id, t.offline],
  )

  useEffect(() => {
    if (!waiting.length) return
    const timer = setTimeout(() => {
      for (const each of waiting) if (each.left <= 1) void send(each)
      setWaiting((all) => all.map((each) => ({ ...each, left: each.left - 1 })))
    }, 1_000)
    return () => clearTimeout(timer)
  }, [waiting, send])

  useEffect(() => {
    const leave = () => current.current.forEach((each) => void send(each, true))
    addEventListener('pagehide', leave)
    return () => removeEventListener('pagehide', leave)
  }, [send])

  const begin = useCallback((ticketId: string, number: number, how: Solve) => {
    setFailed(null)
    setWaiting((all) => [...all.filter((each) => each.ticketId !== ticketId), { ticketId, number, how, left: SECONDS }])
  }, [])

  const value = useMemo(() => ({ solved: new Set(waiting.map((each) => each.ticketId)), begin }), [waiting, begin])

  return (
    <Context.Provider value={value}>
      {children}
      <div className="toasts" role="status">
        {waiting.map((each) => (
          <div className="toast" key={each.ticketId}>
            <span>
              #{each.number} {fill(t.composer.solving, { seconds: each.left })}
            </span>
            <button
              type="button"
              onClick={() => {
                setWaiting((all) => all.filter((one) => one.ticketId !== each.ticketId))
                onUndo(each.ticketId)
              }}
            >
              {t.composer.undo}
            </button>
          </div>
        ))}
        {failed && (
          <div className="toast failed">
            <span>{failed}</span>
            <button type="button" onClick={() => setFailed(null)}>
              {t.close}
            </button>
          </div>
        )}
      </div>
    </Context.Provider>
  )
}
