// What the stories need of a running platform, through its public API.
import type { Page } from 'playwright-core'

export const url = process.env['CASEPLANE_URL'] ?? 'http://127.0.0.1:8080'

export class Platform {
  constructor(private readonly key: string) {}

  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.key}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
    return (answer.status === 204 ? null : await answer.json()) as T
  }

  /** Let pages of an origin have the chat too; needs the platform's key in CASEPLANE_PLATFORM_ADMIN_KEY. */
  async allow(origin: string): Promise<void> {
    const platform = new Platform(process.env['CASEPLANE_PLATFORM_ADMIN_KEY'] ?? '')
    const { tenant_id } = await this.ask<{ tenant_id: string }>('GET', '/me')
    const path = `/tenants/${tenant_id}`
    const { settings } = await platform.ask<{ settings: { widget?: { origins?: string[] } } }>('GET', path)
    const origins = [...new Set([...(settings.widget?.origins ?? []), origin])]
    await platform.ask('PATCH', path, { settings: { widget: { ...settings.widget, origins } } })
  }

  /** A link that signs a browser in once, as the key. */
  async link(): Promise<string> {
    const { code } = await this.ask<{ code: string }>('POST', '/auth/codes')
    return `${url}/#code=${code}`
  }
}

/** An agent of the tenant, by the key in CASEPLANE_API_KEY. */
export const agent = new Platform(process.env['CASEPLANE_API_KEY'] ?? '')

/** Opens the first ticket of the list, and waits until its conversation is there. */
export async function chosenTicket(page: Page) {
  await page.getByRole('option').first().click()
  await page.locator('.timeline li').first().waitFor()
}
