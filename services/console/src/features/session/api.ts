import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { api, ProblemError, unwrap } from '../../api/client'
import type { SignedIn } from '../../api/schema'

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/auth/session', { signal })),
  staleTime: 60_000,
})

export const redeem = (code: string) => unwrap(api.POST('/api/v1/auth/session', { body: { code } }))

export const providersOf = (organisation: string) =>
  unwrap(api.GET('/api/v1/auth/providers', { params: { query: { organisation } } }))

export const signOut = () => unwrap(api.DELETE('/api/v1/auth/session'))

/** Who is signed in; a screen that asks is only shown to somebody who is. */
export function useMe(): SignedIn {
  const { data } = useQuery(sessionQuery)
  if (!data?.signed_in) throw new Error('Nobody is signed in.')
  return data
}

/** Renews the session before it expires; of several open pages, one does. */
export function useRenewal(me: SignedIn) {
  const client = useQueryClient()
  useEffect(() => {
    const left = Date.parse(me.expires_at) - Date.now()
    const timer = setTimeout(() => void renew(), Math.max(1_000, Math.min(left * 0.7, 0x7fffffff)))
    async function renew() {
      try {
        const renewed = await navigator.locks.request('caseplane.renewal', () =>
          unwrap(api.POST('/api/v1/auth/session/renew')),
        )
        client.setQueryData(sessionQuery.queryKey, renewed)
      } catch (error) {
        if (error instanceof ProblemError) void client.invalidateQueries({ queryKey: sessionQuery.queryKey })
      }
    }
    return () => clearTimeout(timer)
  }, [client, me.expires_at])
}
