// The one way to the server: typed by its OpenAPI document, signed in by the cookie, failing with its problems.
import createClient from 'openapi-fetch'
import type { paths, Problem } from './schema'

export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title)
  }
  get slug(): string {
    return this.problem.type.slice(this.problem.type.lastIndexOf('/') + 1)
  }
}

export const api = createClient<paths>({ fetch: (request) => fetch(request) })

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The content of an answer; throws `ProblemError` for everything else, also for an answer that is no problem. */
export async function unwrap<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked
  if (response.ok) return data as T
  const said = error as Problem | undefined
  throw new ProblemError(
    said?.title
      ? said
      : { type: 'about:blank', title: response.statusText || 'Error', status: response.status, detail: '', instance: null },
  )
}

/** The header that makes a change apply only to the version that was seen. */
export const seen = (version: number) => ({ 'if-match': `"${version}"` })
