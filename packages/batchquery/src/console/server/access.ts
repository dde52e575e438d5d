import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'

/** Nothing but the files of the page and the answers of this server. The page has no inline script and no inline style. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const

/** Adds the headers to every answer, also to a refusal. */
export const withHeaders: MiddlewareHandler = async (context, next) => {
  await next()
  for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value)
}

/**
 * Decides which requests the server answers.
 *
 * Every program of this machine can reach a port of 127.0.0.1, and so can every page in the user's browser. So a request needs the token,
 * which only the printed URL has. A browser sends cookies of 127.0.0.1 to all its ports, so the token travels in a header. The check of
 * Host refuses a foreign name that was made to point at 127.0.0.1 (DNS rebinding).
 */
export class Access {
  readonly token = randomBytes(32).toString('base64url')
  readonly #hosts: ReadonlySet<string>
  readonly #isReadOnly: boolean

  constructor(port: number, isReadOnly: boolean) {
    this.#hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`])
    this.#isReadOnly = isReadOnly
  }

  /** Refuses requests that do not come from a page of this server. */
  readonly page: MiddlewareHandler = async ({ req }, next) => {
    const host = req.header('host') ?? ''
    if (!this.#hosts.has(host)) throw refused(`the request is for the host ${quoted(host)}`)
    const origin = req.header('origin')
    if (origin !== undefined && origin !== `http://${host}`)
      throw refused(`the request comes from ${quoted(origin)}`)
    await next()
  }

  /** Refuses requests without the token, and those that change something if the console is read-only. */
  readonly data: MiddlewareHandler = async ({ req }, next) => {
    const [, token = ''] = /^Bearer (.+)$/.exec(req.header('authorization') ?? '') ?? []
    if (!isSame(token, this.token))
      throw new BatchQueryError(
        'AUTHENTICATION',
        'the request has no token of this console, or another one',
        {
          hint: 'Open the URL that `batchquery ui` printed last.',
        },
      )
    if (req.method !== 'GET') this.#checkChange(req.header('content-type') ?? '')
    await next()
  }

  /** A form of another page cannot send this type without a question of the browser, which this server never answers. */
  #checkChange(type: string): void {
    if (this.#isReadOnly)
      throw new BatchQueryError('PERMISSION', 'this console is read-only', {
        hint: 'Copy the command line from the page, or start `batchquery ui` without --read-only.',
      })
    if (!/^application\/json(?:;|$)/.test(type))
      throw refused(`the content type of the request is ${quoted(type)}`)
  }
}

const refused = (what: string): BatchQueryError =>
  new BatchQueryError('PERMISSION', `the console refuses the request: ${what}`, {
    hint: 'Open the URL that `batchquery ui` printed, with 127.0.0.1 as its host.',
  })

/** Takes the same time for every token. */
const isSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
