// Pictures of the running product, for people to look at: set PICTURES to a folder.
import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from 'playwright-core'
import { openBrowser } from './browser'
import { agent, chosenTicket, url } from './platform'

const folder = process.env['PICTURES']

describe.skipIf(!folder)('pictures', () => {
  let browser: Browser
  beforeAll(async () => {
    mkdirSync(folder ?? '', { recursive: true })
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  for (const scheme of ['light', 'dark'] as const) {
    it.each([360, 768, 1280, 2560])(`in ${scheme} at %i pixels`, async (width) => {
      const page = await browser.newPage({
        viewport: { width, height: width < 500 ? 740 : width > 2000 ? 1300 : 860 },
        colorScheme: scheme,
        locale: 'en-GB',
      })
      const errors: string[] = []
      page.on('console', (said) => said.type() === 'error' && errors.push(said.text()))
      page.on('pageerror', (error) => errors.push(error.message))
      await page.goto(url)
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      await page.screenshot({ path: `${folder}/sign-in-${width}-${scheme}.png` })
      await page.goto(await agent.link())
      await page.reload()
      await page.getByRole('listbox').waitFor()
      await page.screenshot({ path: `${folder}/list-${width}-${scheme}.png` })
      await chosenTicket(page)
      await page.screenshot({ path: `${folder}/ticket-${width}-${scheme}.png` })
      if (width < 1200) {
        await page.getByRole('button', { name: 'Details' }).click()
        await page.screenshot({ path: `${folder}/details-${width}-${scheme}.png` })
      }
      await page.close()
      expect(errors).toEqual([])
    })
  }
})
