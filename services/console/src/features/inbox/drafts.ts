// What an agent has written and not sent, by ticket. It lies in the browser until the server has it, and goes when the
// agent signs out.
export type Kind = 'reply' | 'note'

const PREFIX = 'caseplane.unsent.'
const key = (tenant: string, ticket: string, kind: Kind) => `${PREFIX}${tenant}.${ticket}.${kind}`
const unstored = new Map<string, string>()

export function readUnsent(tenant: string, ticket: string, kind: Kind): string {
  const name = key(tenant, ticket, kind)
  try {
    return localStorage.getItem(name) ?? unstored.get(name) ?? ''
  } catch {
    return unstored.get(name) ?? ''
  }
}

export function keepUnsent(tenant: string, ticket: string, kind: Kind, text: string) {
  const name = key(tenant, ticket, kind)
  if (text) unstored.set(name, text)
  else unstored.delete(name)
  try {
    if (text) localStorage.setItem(name, text)
    else localStorage.removeItem(name)
  } catch {
    // A full or forbidden storage: it lasts as long as the page.
  }
}

export function forgetUnsent() {
  unstored.clear()
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name)
  } catch {
    // Nothing was stored then.
  }
}
