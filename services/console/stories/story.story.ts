// A visitor asks in the chat on a page of another origin; an agent, signed in, sees it live, replies and solves.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from './browser'
import { agent, chosenTicket, url } from './platform'

const schemes = ['light', 'dark'] as const
let browser: Browser

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

/** A page that fails the story with whatever its console calls an error. */
async function open(context: BrowserContext, errors: string[]): Promise<Page> {
  const page = await context.newPage()
  page.on('console', (said) => said.type() === 'error' && errors.push(said.text()))
  page.on('pageerror', (error) => errors.push(error.message))
  return page
}

async function signedIn(context: BrowserContext, errors: string[]): Promise<Page> {
  const page = await open(context, errors)
  await page.goto(await agent.link())
  await page.getByRole('button', { name: 'Waiting' }).waitFor()
  return page
}

/** What axe calls serious or critical on a page. */
async function serious(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const found = await page.evaluate(async () => {
    const { axe: here } = window as unknown as { axe: { run: () => Promise<import('axe-core').AxeResults> } }
    return (await here.run()).violations
  })
  return found
    .filter((each) => each.impact === 'serious' || each.impact === 'critical')
    .map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

describe('the chat on a page of another origin', () => {
  let host: Server
  let origin: string

  beforeAll(async () => {
    host = createServer((_, answer) => {
      answer.setHeader('Content-Type', 'text/html')
      // As strict as a page can be that has the chat.
      answer.setHeader('Content-Security-Policy', `default-src 'none'; script-src ${url}; connect-src ${url}`)
      answer.end(`<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1></main>
        <script src="${url}/widget.js" data-organisation="demo" async></script>`)
    })
    await new Promise<void>((done) => host.listen(0, '127.0.0.1', done))
    origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
    await agent.allow(origin)
  })
  afterAll(() => host.close())

  it('carries a question to an agent and the answer back', async () => {
    const errors: string[] = []
    const asked: string[] = []
    const visitor = await browser.newContext({ locale: 'en-GB' })
    const shop = await open(visitor, errors)
    shop.on('request', (request) => asked.push(new URL(request.url()).origin))
    await shop.goto(origin)
    await shop.getByRole('button', { name: 'Open the chat' }).click()
    const question = `My parcel ${Date.now()} did not arrive. Please let me talk to a person.`
    await shop.getByPlaceholder('Write a message').fill(question)
    await shop.keyboard.press('Enter')
    await shop.getByText('A person will answer here').waitFor({ timeout: 90_000 })
    expect(await serious(shop)).toEqual([])

    const desk = await browser.newContext({ locale: 'en-GB' })
    const inbox = await signedIn(desk, errors)
    await inbox.getByRole('searchbox').fill(question.slice(0, 20))
    // Until the search has answered, the list still shows other tickets.
    await inbox.getByRole('option').filter({ hasText: question.slice(0, 20) }).click()
    await inbox.locator('.timeline').getByText(question).waitFor()

    // By keyboard alone from here.
    await inbox.locator('.timeline').focus()
    await inbox.keyboard.press('a')
    await inbox.getByText('Assigned to You').waitFor()
    await inbox.locator('.timeline').focus()
    await inbox.keyboard.press('r')
    await inbox.keyboard.press('Control+Shift+Enter')
    await inbox.getByText('Write a reply first').waitFor()
    await inbox.keyboard.type('It comes **tomorrow**.')
    await inbox.keyboard.press('Control+Shift+Enter')
    await inbox.getByText('Solved. The reply goes out').waitFor()
    await inbox.getByRole('button', { name: 'Undo' }).click()
    await inbox.locator('.timeline').waitFor()
    expect(await inbox.getByRole('textbox', { name: 'Reply' }).inputValue()).toBe('It comes **tomorrow**.')
    await inbox.getByRole('textbox', { name: 'Reply' }).press('Control+Enter')

    await shop.locator('#caseplane-chat').getByText('tomorrow').waitFor({ timeout: 90_000 })
    expect(await shop.locator('#caseplane-chat li.agent strong').textContent()).toBe('tomorrow')
    expect(new Set(asked)).toEqual(new Set([origin, url]))

    await shop.reload()
    await shop.getByRole('button', { name: 'Open the chat' }).click()
    await shop.locator('#caseplane-chat').getByText('tomorrow').waitFor({ timeout: 90_000 })
    expect(errors).toEqual([])
    await Promise.all([visitor.close(), desk.close()])
  })
})

describe('the console', () => {
  it.each(schemes)('has nothing serious for axe in %s, from 360 to 2560 pixels', async (colorScheme) => {
    const errors: string[] = []
    const context = await browser.newContext({ colorScheme, locale: 'en-GB' })
    const entry = await open(context, errors)
    await entry.goto(url)
    await entry.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(await serious(entry)).toEqual([])
    const page = await signedIn(context, errors)
    for (const width of [1280, 360, 2560]) {
      await page.setViewportSize({ width, height: 800 })
      expect(await serious(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    }
    await page.setViewportSize({ width: 1280, height: 800 })
    await chosenTicket(page)
    for (const tab of ['Handoff', 'Evidence', 'Draft', 'Similar', 'Customer']) {
      await page.getByRole('tab', { name: tab }).click()
      expect(await serious(page)).toEqual([])
    }
    expect(errors).toEqual([])
    await context.close()
  })

  it('shows what attacks in a message as what it is', async () => {
    const errors: string[] = []
    const context = await browser.newContext({ locale: 'en-GB' })
    const page = await signedIn(context, errors)
    const attack = '<img src=x onerror="document.title=1"><script>document.title=2</script> [x](javascript:document.title=3)'
    const { ticket_id } = await agent.ask<{ ticket_id: string }>('POST', '/tickets', {
      subject: `Attack ${attack}`,
      description: attack,
      requester_id: attack.slice(0, 60),
      tags: ['story'],
    })
    await agent.ask('POST', `/tickets/${ticket_id}/comments`, { body: attack, visibility: 'internal' })
    await page.goto(`${url}/#/inbox/waiting/${ticket_id}`)
    await page.locator('.timeline li.note').waitFor()
    expect(await page.title()).toBe('Caseplane')
    expect(await page.locator('.conversation img, .conversation script, .conversation a').count()).toBe(0)
    await agent.ask('PUT', `/tickets/${ticket_id}/resolve`, { status: 'solved', without_reply: 'spam' })
    expect(errors).toEqual([])
    await context.close()
  })

  it('signs out, and takes what was written along', async () => {
    const context = await browser.newContext({ locale: 'en-GB' })
    const page = await signedIn(context, [])
    await page.getByRole('button', { name: 'You' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
    expect(kept).not.toMatch(/cp[sk]_/)
    expect(await context.cookies()).toEqual([])
    await context.close()
  })
})
