/** The reader's own way of writing numbers and times, in the language of the texts. */
const locale = (language: string) => navigator.languages.find((each) => each.startsWith(language)) ?? language

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** How much time lies between two moments, in the largest fitting unit: "3 hours". */
export function span(from: Date, to: Date, language: string): string {
  const seconds = Math.abs(to.getTime() - from.getTime()) / 1000
  const [unit, size] = UNITS.find(([, each]) => seconds >= each) ?? ['minute', 60]
  const count = Math.max(1, Math.floor(seconds / size))
  return new Intl.NumberFormat(locale(language), { style: 'unit', unit, unitDisplay: 'short' }).format(count)
}

/** A moment for reading: only the time if it is today. */
export function moment(at: string, language: string): string {
  const date = new Date(at)
  const today = date.toDateString() === new Date().toDateString()
  return new Intl.DateTimeFormat(locale(language), { timeStyle: 'short', ...(today ? {} : { dateStyle: 'medium' }) }).format(date)
}

export const percent = (share: number, language: string) =>
  new Intl.NumberFormat(locale(language), { style: 'percent' }).format(share)
