import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { ProblemError } from '../../api/client'
import type { SignInProvider } from '../../api/schema'
import { remembered } from '../../app/remembered'
import { useTexts } from '../../texts'
import { fill } from '../../texts/fill'
import { providersOf, redeem, sessionQuery } from './api'

const organisationChosen = remembered('organisation')

/** Takes the one-time code out of the address, so that it stays in no history. */
export function takeCode(): string | null {
  const code = new URLSearchParams(location.hash.replace(/^#\/?/, '')).get('code')
  if (code) history.replaceState(null, '', location.pathname)
  return code
}

export function SignIn({ code, problem }: { code: string | null; problem: string | null }) {
  const { t } = useTexts()
  const client = useQueryClient()
  const [slug, setSlug] = useState(problem)
  const [working, setWorking] = useState(code !== null)
  const asked = useRef(false)

  useEffect(() => {
    if (code === null || asked.current) return
    asked.current = true // a code is good once, and React may run effects twice
    redeem(code)
      .then((session) => client.setQueryData(sessionQuery.queryKey, session))
      .catch((error: unknown) => setSlug(error instanceof ProblemError ? error.slug : 'other'))
      .finally(() => setWorking(false))
  }, [client, code])

  const problems: Record<string, string> = t.signIn.problems
  return (
    <main className="sign-in">
      <section aria-labelledby="sign-in-title">
        <img src="/icon.svg" alt="" width="48" height="48" />
        <h1 id="sign-in-title">{t.signIn.title}</h1>
        {slug && (
          <p className="notice" role="alert">
            {problems[slug] ?? t.signIn.problems.other}
          </p>
        )}
        {working ? <p role="status">{t.signIn.working}</p> : <Organisation />}
      </section>
    </main>
  )
}

function Organisation() {
  const { t } = useTexts()
  const [organisation, setOrganisation] = useState(organisationChosen.read() ?? '')
  const [found, setFound] = useState<SignInProvider[] | null>(null)
  const [error, setError] = useState<string | null>(null)

  async function look(event: React.FormEvent) {
    event.preventDefault()
    setError(null)
    try {
      const providers = await providersOf(organisation.trim().toLowerCase())
      organisationChosen.write(organisation.trim().toLowerCase())
      if (providers.length === 1 && providers[0]) location.assign(startOf(providers[0]))
      else setFound(providers)
    } catch (failure) {
      setError(failure instanceof ProblemError ? failure.message : t.offline)
    }
  }

  return (
    <>
      <form onSubmit={(event) => void look(event)}>
        <label htmlFor="organisation">{t.signIn.organisation}</label>
        <input
          id="organisation"
          value={organisation}
          onChange={(event) => setOrganisation(event.target.value)}
          aria-describedby="organisation-hint"
          autoComplete="organization"
          autoCapitalize="none"
          spellCheck={false}
          required
          maxLength={63}
        />
        <small id="organisation-hint">{t.signIn.organisationHint}</small>
        <button className="primary">{t.signIn.next}</button>
      </form>
      {error && <p role="alert">{error}</p>}
      {found && found.length === 0 && <p role="status">{t.signIn.none}</p>}
      {found?.map((each) => (
        <a className="button" key={each.identity_provider_id} href={startOf(each)}>
          {fill(t.signIn.at, { name: each.label })}
        </a>
      ))}
      <p className="soft">{t.signIn.local}</p>
    </>
  )
}

const startOf = (provider: SignInProvider) => `/api/v1/auth/oidc/${provider.identity_provider_id}/start`
