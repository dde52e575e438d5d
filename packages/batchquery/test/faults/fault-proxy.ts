import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ProxiedRequest {
  readonly method: string
  /** Path and query, as sent. */
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: http.OutgoingHttpHeaders
  readonly body: Buffer
}

/** A part of the server's behavior, around every request. */
export type Manner = (
  request: ProxiedRequest,
  forward: (request: ProxiedRequest) => Promise<Answer>,
) => Promise<Answer>

/** The fault of a request. If the server acts, it does so before the fault. */
export type Fault =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** No byte comes back, and the connection stays open. */
  | { readonly kind: 'stall' }
  /** The connection is dropped, and the server has received nothing. */
  | { readonly kind: 'drop' }
  /** The server acts, and the connection is dropped instead of the answer. */
  | { readonly kind: 'lose the answer' }
  /** The server acts and replies, and the connection is dropped in the middle of the body. */
  | { readonly kind: 'cut the body' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** The server receives the request only when the promise resolves. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** One bit of the body is flipped before anything else sees it. */
  | { readonly kind: 'flip'; readonly at: number }
  /** Calls a function before the server receives the request or after it has answered. The request continues. */
  | { readonly kind: 'call'; readonly when: 'before' | 'after'; readonly call: () => void }

export interface FaultRule {
  /** @default - any */
  readonly method?: string
  /** Matched with path and query. @default - any */
  readonly url?: RegExp
  /** The numbers of the affected requests among the matching ones, from 1. @default - all */
  readonly nth?: readonly number[]
  readonly fault: Fault
}

export interface FaultProxyOptions {
  /** The server that requests go to, over http. */
  readonly upstream: string
  /** Makes the proxy speak https. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** The outermost first. @default - none */
  readonly manners?: readonly Manner[]
}

/**
 * A proxy in front of an S3 server that causes the faults of networks and of the real S3. Requests pass unchanged,
 * also the header Host, so that their signatures stay valid.
 */
export class FaultProxy {
  /** The requests so far, in order. */
  readonly requests: ProxiedRequest[] = []
  readonly #server: http.Server | https.Server
  readonly #scheme: 'http' | 'https'
  readonly #upstream: URL
  readonly #agent = new http.Agent({ keepAlive: true })
  readonly #handle: (request: ProxiedRequest) => Promise<Answer>
  #rules: { readonly rule: FaultRule; matches: number }[] = []

  private constructor({ upstream, tls, manners = [] }: FaultProxyOptions) {
    this.#upstream = new URL(upstream)
    this.#scheme = tls === undefined ? 'http' : 'https'
    const listener: http.RequestListener = (request, response) => {
      this.#answer(request, response).catch(() => request.socket.destroy())
    }
    this.#server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener)
    this.#handle = manners.reduceRight<(request: ProxiedRequest) => Promise<Answer>>(
      (forward, manner) => request => manner(request, forward),
      request => this.#forward(request),
    )
  }

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get endpoint(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
    return `${this.#scheme}://localhost:${address.port}`
  }

  /** Adds a rule. The first matching rule applies. @returns a function that removes the rule */
  fail(rule: FaultRule): () => void {
    const entry = { rule, matches: 0 }
    this.#rules.push(entry)
    return () => {
      this.#rules = this.#rules.filter(known => known !== entry)
    }
  }

  /** Removes the rules and the requests. */
  reset(): void {
    this.#rules = []
    this.requests.length = 0
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    this.#agent.destroy()
    await once(this.#server, 'close')
  }

  async #answer(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = '', url = '', headers, socket } = incoming
    const request: ProxiedRequest = { method, url, headers, body: await buffer(incoming) }
    this.requests.push(request)
    const fault = this.#faultFor(request)
    if (fault?.kind === 'stall') return
    if (fault?.kind === 'drop') return void socket.destroy()
    if (fault?.kind === 'answer') return send(response, fault.answer)
    if (fault?.kind === 'delay') await sleep(fault.ms)
    if (fault?.kind === 'hold') await fault.until
    if (fault?.kind === 'flip') flip(request.body, fault.at)
    if (fault?.kind === 'call' && fault.when === 'before') fault.call()
    const answer = await this.#handle(request)
    if (fault?.kind === 'call' && fault.when === 'after') fault.call()
    if (fault?.kind === 'lose the answer') return void socket.destroy()
    if (fault?.kind === 'cut the body') return cut(response, answer)
    send(response, answer)
  }

  #faultFor({ method, url }: ProxiedRequest): Fault | null {
    for (const entry of this.#rules) {
      const { rule } = entry
      if (rule.method !== undefined && rule.method !== method) continue
      if (rule.url !== undefined && !rule.url.test(url)) continue
      entry.matches++
      if (rule.nth === undefined || rule.nth.includes(entry.matches)) return rule.fault
    }
    return null
  }

  async #forward({ method, url, headers, body }: ProxiedRequest): Promise<Answer> {
    const { hostname, port } = this.#upstream
    const request = http.request({ agent: this.#agent, hostname, port, method, path: url, headers })
    request.end(body)
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once('response', resolve)
      request.once('error', reject)
    })
    // The body is whole by now, so it is no longer chunked. HEAD reports a length without a body.
    const { 'transfer-encoding': pieces, ...sameHeaders } = response.headers
    const whole = await buffer(response)
    const length = pieces === undefined ? {} : { 'content-length': whole.length }
    return { status: response.statusCode ?? 0, headers: { ...sameHeaders, ...length }, body: whole }
  }
}

/** @param at the place in it: at least 0, less than 1 */
function flip(body: Buffer, at: number): void {
  const byte = Math.floor(at * body.length)
  const before = body[byte]
  if (before !== undefined) body[byte] = before ^ 0x10
}

function send(response: http.ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers)
  response.end(body)
}

function cut(response: http.ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers)
  response.write(body.subarray(0, body.length >>> 1), () => response.destroy())
}

/** An error in S3's words. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function s3Error(
  status: number,
  code: string,
  details: Readonly<Record<string, string>> = {},
): Answer {
  const elements = Object.entries({ Code: code, Message: `the proxy says ${code}`, ...details })
  const xml = elements.map(([name, value]) => `<${name}>${value}</${name}>`).join('')
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><Error>${xml}</Error>`)
  return { status, headers: { 'content-type': 'application/xml', 'content-length': body.length }, body }
}
