// A real browser for the stories: Debian's chromium, or whichever CHROMIUM names.
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const PLACES = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export async function openBrowser(): Promise<Browser> {
  const executablePath = PLACES.find((each) => each && existsSync(each))
  if (!executablePath) throw new Error('No browser: install chromium, or name one in CHROMIUM.')
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
  })
}
