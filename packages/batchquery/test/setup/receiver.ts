import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Certificates } from './certificates.ts'

/** What the receiver does with a request: a status, a redirect to an address, or nothing at all. */
export type Answer =
  | number
  | { readonly location: string }
  | { readonly status: number; readonly words: string }
  | 'nothing'

export interface Received {
  readonly method: string
  readonly path: string
  readonly type: string
  readonly body: string
}

/** A server that takes notifications. Each request gets the next answer, and further ones the last. */
export class Receiver {
  readonly #server: http.Server | https.Server
  readonly received: Received[] = []
  #answers: readonly Answer[] = [200]
  #scheme: string

  private constructor(certificates: Certificates | null) {
    const take = (request: IncomingMessage, response: ServerResponse) => void this.#take(request, response)
    this.#scheme = certificates === null ? 'http' : 'https'
    this.#server =
      certificates === null
        ? http.createServer(take)
        : https.createServer(
            { cert: readFileSync(certificates.certFile), key: readFileSync(certificates.keyFile) },
            take,
          )
  }

  /** @param certificates null for http */
  static async start(certificates: Certificates | null): Promise<Receiver> {
    const receiver = new Receiver(certificates)
    receiver.#server.listen(0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get #port(): number {
    const address: AddressInfo | string | null = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the receiver does not listen')
    return address.port
  }

  get host(): string {
    return `localhost:${this.#port}`
  }

  address(path: string): string {
    return `${this.#scheme}://${this.host}${path}`
  }

  /** Forgets what it received, and answers like this from now on. */
  answer(...answers: readonly Answer[]): void {
    this.received.length = 0
    this.#answers = answers
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    request.setEncoding('utf8').on('error', () => {})
    for await (const chunk of request) body += chunk
    const { method = '', url = '', headers } = request
    this.received.push({ method, path: url, type: headers['content-type'] ?? '', body })
    const answer = this.#answers[Math.min(this.received.length, this.#answers.length) - 1]
    if (answer === 'nothing') return
    if (typeof answer === 'number') response.writeHead(answer).end()
    else if ('location' in answer) response.writeHead(302, { location: answer.location }).end()
    else response.writeHead(answer.status).end(answer.words)
  }
}
