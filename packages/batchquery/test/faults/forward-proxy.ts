import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { afterAll } from 'vitest'

/**
 * A proxy like those of companies: it forwards http:// requests by their whole address, and makes a tunnel for
 * https:// (CONNECT). https://www.rfc-editor.org/rfc/rfc9110#name-connect
 */
export class ForwardProxy {
  /** The requests so far: `GET http://host/...`, `CONNECT host:port`. */
  readonly asked: string[] = []
  /** The header Proxy-Authorization of each. */
  readonly logins: (string | undefined)[] = []
  /** If set, refuses every request with this page. */
  refusal: { readonly status: number; readonly page: string } | null = null
  readonly #server = http.createServer((request, response) => this.#forward(request, response))
  readonly #sockets = new Set<net.Socket>()

  private constructor() {
    this.#server.on('connect', (request, socket: net.Socket) => this.#tunnel(request, socket))
  }

  /** For the rest of a test file. */
  static async start(): Promise<ForwardProxy> {
    const proxy = new ForwardProxy()
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    afterAll(() => proxy.#stop())
    return proxy
  }

  /** Host and port. */
  get address(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
    return `127.0.0.1:${address.port}`
  }

  reset(): void {
    this.asked.length = 0
    this.logins.length = 0
    this.refusal = null
  }

  #note({ method, url, headers }: http.IncomingMessage): void {
    this.asked.push(`${method} ${url}`)
    this.logins.push(headers['proxy-authorization'])
  }

  #forward(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.#note(request)
    const { method, url = '', headers } = request
    if (this.refusal !== null) {
      response.writeHead(this.refusal.status, { 'content-type': 'text/html' })
      response.end(this.refusal.page)
      return
    }
    const { 'proxy-authorization': _, 'proxy-connection': __, ...sent } = headers
    const onward = http.request(url, { method, headers: sent }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  }

  #tunnel(request: http.IncomingMessage, socket: net.Socket): void {
    this.#note(request)
    socket.on('error', () => {})
    if (this.refusal !== null) {
      const { status, page } = this.refusal
      const head = [
        `HTTP/1.1 ${status} Refused`,
        'Content-Type: text/html',
        `Content-Length: ${page.length}`,
        '',
        '',
      ]
      socket.end(`${head.join('\r\n')}${page}`)
      return
    }
    const [host = '', port] = (request.url ?? '').split(':')
    const onward = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    for (const each of [socket, onward]) this.#sockets.add(each)
  }

  async #stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}
