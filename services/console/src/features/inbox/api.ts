// What the inbox asks the server for. Keys begin with the tenant, so that nothing of one is shown in another.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, seen, unwrap } from '../../api/client'
import type { TicketContext, TicketRead } from '../../api/schema'

export const views = ['waiting', 'mine', 'unassigned', 'solved'] as const
export type View = (typeof views)[number]
export type Silent = 'spam' | 'duplicate' | 'answered_elsewhere' | 'no_reply_needed'

const STATUSES = {
  waiting: ['new', 'open'],
  mine: ['new', 'open', 'pending', 'on_hold'],
  unassigned: ['new', 'open'],
  solved: ['solved', 'closed'],
} as const satisfies Record<View, readonly TicketRead['status'][]>

const POLL = 5_000

export const ticketsQuery = (tenant: string, me: string, view: View, words: string) =>
  infiniteQueryOptions({
    queryKey: [tenant, 'tickets', view, words],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) => {
      const page = await unwrap(
        api.GET('/api/v1/tickets', {
          signal,
          params: {
            query: {
              status: [...STATUSES[view]],
              order: view === 'solved' ? 'newest' : 'oldest',
              ...(view === 'mine' ? { assigned_to: me } : {}),
              ...(view === 'unassigned' ? { assigned: false } : {}),
              ...(words ? { words } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
        }),
      )
      return { ...page, items: page.items.filter((each): each is TicketRead => each.view === 'agent') }
    },
    getNextPageParam: (page) => page.next,
    refetchInterval: POLL,
  })

export const ticketQuery = (tenant: string, id: string) =>
  queryOptions({
    queryKey: [tenant, 'ticket', id, 'context'],
    // The client's types lose that a pair has two members.
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/tickets/{ticket_id}/context', { signal, params: { path: { ticket_id: id } } }),
      ) as Promise<TicketContext>,
  })

export const messagesQuery = (tenant: string, session: string) =>
  queryOptions({
    queryKey: [tenant, 'session', session, 'messages'],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/sessions/{session_id}/messages', {
          signal,
          params: { path: { session_id: session }, query: { limit: 200 } },
        }),
      ),
  })

export const draftsQuery = (tenant: string, id: string) =>
  queryOptions({
    queryKey: [tenant, 'ticket', id, 'drafts'],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/tickets/{ticket_id}/drafts', {
          signal,
          params: { path: { ticket_id: id }, query: { limit: 1 } },
        }),
      ),
  })

export const linksQuery = (tenant: string, id: string) =>
  queryOptions({
    queryKey: [tenant, 'ticket', id, 'links'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/workflow/tickets/{ticket_id}/links', { signal, params: { path: { ticket_id: id } } })),
  })

export const customerQuery = (tenant: string, id: string) =>
  queryOptions({
    queryKey: [tenant, 'customer', id],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/customers/{customer_id}', { signal, params: { path: { customer_id: id } } })),
  })

export const patchTicket = (ticket: TicketRead, change: { assigned_to?: string | null; status?: TicketRead['status'] }) =>
  unwrap(
    api.PATCH('/api/v1/tickets/{ticket_id}', {
      params: { path: { ticket_id: ticket.ticket_id }, header: seen(ticket.version) },
      body: change,
    }),
  )

export const handBack = (session: string) =>
  unwrap(api.POST('/api/v1/sessions/{session_id}/handback', { params: { path: { session_id: session } } }))

export const comment = (id: string, body: string, visibility: 'public' | 'internal', key: string) =>
  unwrap(
    api.POST('/api/v1/tickets/{ticket_id}/comments', {
      params: { path: { ticket_id: id } },
      headers: { 'Idempotency-Key': key },
      body: { body, visibility },
    }),
  )

export interface Solve {
  comment?: string
  without_reply?: Silent
}

/** Solves a ticket; `last` lets the request outlive the page. */
export const solve = (id: string, how: Solve, last = false) =>
  unwrap(
    api.PUT('/api/v1/tickets/{ticket_id}/resolve', {
      params: { path: { ticket_id: id } },
      body: { status: 'solved', ...how },
      keepalive: last,
    }),
  )

export const makeDraft = (id: string) =>
  unwrap(api.POST('/api/v1/tickets/{ticket_id}/draft', { params: { path: { ticket_id: id } }, body: { model_tier: 'small' } }))

export const acceptDraft = (draft: { draft_id: string; version: number }, content: string, ticketVersion: number) =>
  unwrap(
    api.POST('/api/v1/workflow/drafts/{draft_id}/accept', {
      params: { path: { draft_id: draft.draft_id }, header: seen(draft.version) },
      body: { content, ticket_version: ticketVersion },
    }),
  )

export const decideLink = (id: string, what: 'confirm' | 'reject' | 'merge') => {
  const asked = { params: { path: { link_id: id } } }
  if (what === 'confirm') return unwrap(api.POST('/api/v1/workflow/links/{link_id}/confirm', asked))
  if (what === 'reject') return unwrap(api.POST('/api/v1/workflow/links/{link_id}/reject', asked))
  return unwrap(api.POST('/api/v1/workflow/links/{link_id}/merge', asked))
}
