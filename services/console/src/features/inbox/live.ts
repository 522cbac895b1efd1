import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

const EVENTS = ['message', 'status', 'escalation', 'resolution', 'takeover'] as const

/** Reads a conversation anew whenever something happens in it; the browser resumes a broken stream by itself. */
export function useLive(tenant: string, session: string | null, ticketId: string) {
  const client = useQueryClient()
  useEffect(() => {
    if (session === null) return
    const source = new EventSource(`/api/v1/sessions/${session}/stream`)
    let timer: ReturnType<typeof setTimeout> | undefined
    const changed = () => {
      clearTimeout(timer) // the stream begins with all that has happened: one reading is enough
      timer = setTimeout(() => {
        void client.invalidateQueries({ queryKey: [tenant, 'session', session] })
        void client.invalidateQueries({ queryKey: [tenant, 'ticket', ticketId, 'context'] })
        void client.invalidateQueries({ queryKey: [tenant, 'tickets'] })
      }, 150)
    }
    for (const each of EVENTS) source.addEventListener(each, changed)
    return () => {
      clearTimeout(timer)
      source.close()
    }
  }, [client, tenant, session, ticketId])
}
