import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { remembered } from '../app/remembered'
import { de } from './de'
import { en, type Texts } from './en'

export const languages = { en, de }
export type Language = keyof typeof languages

const chosen = remembered<Language>('language', ['en', 'de'])

function preferred(): Language {
  return navigator.languages.some((each) => each.startsWith('de')) && !navigator.languages[0]?.startsWith('en') ? 'de' : 'en'
}

interface Speaking {
  t: Texts
  language: Language
  setLanguage: (language: Language) => void
}

const Context = createContext<Speaking>({ t: en, language: 'en', setLanguage: () => undefined })

export function TextsProvider({ children }: { children: ReactNode }) {
  const [language, set] = useState<Language>(() => chosen.read() ?? preferred())
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const value = useMemo(
    () => ({
      t: languages[language],
      language,
      setLanguage: (wanted: Language) => {
        chosen.write(wanted)
        set(wanted)
      },
    }),
    [language],
  )
  return <Context.Provider value={value}>{children}</Context.Provider>
}

export const useTexts = () => useContext(Context)
