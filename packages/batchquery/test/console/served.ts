import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { expect, onTestFinished } from 'vitest'
import { startConsole } from '../../src/console/server/start-console.ts'
import { Log } from '../../src/platform/index.ts'
import { openHome } from '../../src/submit/home.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

interface SendOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

interface ServeOptions {
  /** A directory, or `s3`. */
  readonly store: string
  readonly bucket: string
  readonly isReadOnly?: boolean
  readonly environment?: NodeJS.ProcessEnv
  /** Relative paths start here. @default - the store */
  readonly folder?: string
}

/** A console that this process serves, and a client that has its token. */
export class Served {
  readonly base: string
  readonly token: string
  /** What the console wrote to stderr. */
  readonly talk: readonly string[]

  private constructor(url: string, talk: readonly string[]) {
    const [base = '', token = ''] = url.split('/#token=')
    this.base = base
    this.token = token
    this.talk = talk
  }

  static async start({
    store,
    bucket,
    isReadOnly = false,
    environment = {},
    folder = store,
  }: ServeOptions): Promise<Served> {
    const talk: string[] = []
    const context = { environment, folder, log: new Log('normal', entry => talk.push(entry)) }
    const options = { store, bucket }
    const home = await openHome(options, context)
    const running = await startConsole({ home, options, context, port: 0, isReadOnly })
    onTestFinished(() => running.close())
    return new Served(running.url, talk)
  }

  /** Connects to a console of another process. */
  static at(url: string): Served {
    return new Served(url, [])
  }

  /** Sends a request as it is: without the token. */
  async send(path: string, { method = 'GET', headers = {}, body }: SendOptions = {}): Promise<Answer> {
    const { hostname, port } = new URL(this.base)
    const sent = httpRequest({ hostname, port, path, method, headers })
    sent.end(body)
    const [received] = await once(sent, 'response')
    const chunks: Buffer[] = []
    for await (const chunk of received) chunks.push(chunk)
    return { status: received.statusCode, headers: received.headers, text: Buffer.concat(chunks).toString() }
  }

  get authorization(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.token}` }
  }

  /** The document of a path. */
  async get(path: string) {
    const { status, text } = await this.send(path, { headers: this.authorization })
    expect(status, text).toBe(200)
    return JSON.parse(text)
  }

  /** The error of a path. */
  async refusal(path: string) {
    const { status, text } = await this.send(path, { headers: this.authorization })
    expect(status, text).toBeGreaterThanOrEqual(400)
    return { status, ...JSON.parse(text).error }
  }

  post(path: string, body: unknown): Promise<Answer> {
    const headers = { ...this.authorization, 'content-type': 'application/json' }
    return this.send(path, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  /** The document of a job when it is over. */
  async job(path: string, body: unknown) {
    const started = await this.post(path, body)
    expect(started.status, started.text).toBe(200)
    const { id } = JSON.parse(started.text)
    await expect.poll(async () => (await this.get(`/api/jobs/${id}`)).state).not.toBe('working')
    return this.get(`/api/jobs/${id}`)
  }
}
