// What a browser remembers of a person's choices: never a credential, never what a customer wrote.
export interface Remembered<T extends string> {
  read: () => T | null
  write: (value: T) => void
}

/** A choice that outlives the page; a browser that stores nothing makes it last as long as the page. */
export function remembered<T extends string>(name: string, allowed?: readonly T[]): Remembered<T> {
  const key = `caseplane.${name}`
  let kept: T | null = null
  return {
    read: () => {
      try {
        const found = localStorage.getItem(key) as T | null
        return found !== null && (!allowed || allowed.includes(found)) ? found : kept
      } catch {
        return kept
      }
    },
    write: (value) => {
      kept = value
      try {
        localStorage.setItem(key, value)
      } catch {
        // Private windows may refuse.
      }
    },
  }
}
