import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { Button, Dialog, DialogTrigger, Heading, Popover } from 'react-aria-components'
import { forgetUnsent } from '../features/inbox/drafts'
import { sessionQuery, signOut, useMe, useRenewal } from '../features/session/api'
import { languages, useTexts, type Language } from '../texts'
import { currentTheme, setTheme, themes, type Theme } from './theme'

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTexts()
  const me = useMe()
  useRenewal(me)
  return (
    <div className="shell">
      <header className="top">
        <img src="/icon.svg" alt="" width="24" height="24" />
        <h1>{t.inbox.title}</h1>
        <span className="soft organisation">{me.organisation_name}</span>
        <Keys />
        <Account />
      </header>
      {children}
    </div>
  )
}

function Account() {
  const { t, language, setLanguage } = useTexts()
  const me = useMe()
  const client = useQueryClient()
  const [theme, choose] = useState<Theme>(currentTheme)

  async function leave() {
    const done = await signOut()
    forgetUnsent()
    client.setQueryData(sessionQuery.queryKey, done)
    client.removeQueries({ predicate: (each) => each.queryKey[0] !== sessionQuery.queryKey[0] })
    if (done.continue_at) location.assign(done.continue_at)
  }

  return (
    <DialogTrigger>
      <Button aria-label={t.account.menu} className="account">
        {me.name.slice(0, 1).toUpperCase()}
      </Button>
      <Popover isNonModal className="popover" placement="bottom end">
        <Dialog className="account-dialog" aria-label={t.account.menu}>
          <strong>{me.name}</strong>
          <span className="soft">{me.roles.join(', ')}</span>
          <label>
            {t.theme.label}
            <select
              value={theme}
              onChange={(event) => {
                const wanted = event.target.value as Theme
                choose(wanted)
                setTheme(wanted)
              }}
            >
              {themes.map((each) => (
                <option key={each} value={each}>
                  {t.theme[each]}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t.account.language}
            <select value={language} onChange={(event) => setLanguage(event.target.value as Language)}>
              {Object.entries(languages).map(([code, texts]) => (
                <option key={code} value={code} lang={code}>
                  {texts.language}
                </option>
              ))}
            </select>
          </label>
          <button type="button" onClick={() => void leave()}>
            {t.account.signOut}
          </button>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}

function Keys() {
  const { t } = useTexts()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    function pressed(event: KeyboardEvent) {
      if (event.key !== '?' || (event.target as HTMLElement).closest('input, textarea')) return
      event.preventDefault()
      dialog.current?.showModal()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
  const { title, ...lines } = t.keys
  return (
    <>
      <button type="button" className="quiet keys" onClick={() => dialog.current?.showModal()} aria-label={title}>
        ?
      </button>
      <dialog ref={dialog} aria-labelledby="keys-title">
        <Heading level={2} id="keys-title">
          {title}
        </Heading>
        <ul>
          {Object.values(lines).map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <form method="dialog">
          <button className="primary">{t.close}</button>
        </form>
      </dialog>
    </>
  )
}
