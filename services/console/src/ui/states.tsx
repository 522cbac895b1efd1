// The four states of everything that is loaded: loading, empty, failed, and what was loaded.
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ProblemError } from '../api/client'
import { useTexts } from '../texts'

export function Loading() {
  const { t } = useTexts()
  return (
    <p className="state" role="status">
      {t.loading}
    </p>
  )
}

export function Failed({ error, retry }: { error: Error; retry?: () => void }) {
  const { t } = useTexts()
  const said = error instanceof ProblemError ? error.problem : null
  return (
    <div className="state failed" role="alert">
      <strong>{said?.title ?? t.failed}</strong>
      <span>{said ? said.detail : t.offline}</span>
      {retry && (
        <button type="button" onClick={retry}>
          {t.tryAgain}
        </button>
      )}
    </div>
  )
}

export function Empty({ children, hint }: { children: ReactNode; hint?: string }) {
  return (
    <div className="state">
      <p>{children}</p>
      {hint && <p className="soft">{hint}</p>}
    </div>
  )
}

interface LoadedProps<T> {
  of: UseQueryResult<T>
  children: (data: T) => ReactNode
}

/** What a query brought; an error beside data that are there already leaves these in view. */
export function Loaded<T>({ of, children }: LoadedProps<T>) {
  if (of.data !== undefined) return <>{children(of.data)}</>
  if (of.error) return <Failed error={of.error} retry={() => void of.refetch()} />
  return <Loading />
}
