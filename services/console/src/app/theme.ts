import { remembered } from './remembered'

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const chosen = remembered<Theme>('theme', themes)

export const currentTheme = (): Theme => chosen.read() ?? 'auto'

export function applyTheme(theme: Theme = currentTheme()) {
  document.documentElement.dataset['theme'] = theme
}

export function setTheme(theme: Theme) {
  chosen.write(theme)
  applyTheme(theme)
}
