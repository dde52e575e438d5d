import type http from 'node:http'
import https from 'node:https'
import { Agent, type AgentConnectOpts } from 'agent-base'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { getProxyForUrl } from 'proxy-from-env'
import { BatchQueryError } from '../errors/index.ts'

/*
 * HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in upper or lower case, decide whether requests use a proxy. A proxy
 * without a scheme is used over http, as in curl.
 */

/** The SDK's own limit. */
const MOST_SOCKETS = 50

/**
 * Sends https:// requests through a tunnel, so the proxy sees nothing of them. Each proxy has its own pool of
 * connections, and so do direct connections.
 */
export class TunnelAgent extends Agent {
  readonly #made = new Map<string, http.Agent>()
  readonly #options: https.AgentOptions

  /** @param ca PEM certificates to trust instead of Node's own list */
  constructor(ca: string | undefined) {
    const options = { keepAlive: true, maxSockets: MOST_SOCKETS, ...(ca !== undefined && { ca }) }
    super(options)
    this.#options = options
  }

  override async connect(_: http.ClientRequest, { host, port }: AgentConnectOpts): Promise<http.Agent> {
    const proxy = proxyOf(`https://${bracketed(host ?? 'localhost')}:${port}`)
    const known = this.#made.get(proxy)
    if (known !== undefined) return known
    const agent = proxy === '' ? new https.Agent(this.#options) : new HttpsProxyAgent(proxy, this.#options)
    this.#made.set(proxy, agent)
    return agent
  }

  override destroy(): void {
    for (const agent of this.#made.values()) agent.destroy()
    super.destroy()
  }
}

/** The parts of an SDK request that matter for sending it. */
export interface Sendable {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number | undefined
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * The form in which a proxy takes an http:// request: with the whole address. Null if the request needs no proxy. The
 * signed parts do not change.
 */
export function byProxy<Request extends Sendable>(request: Request): Request | null {
  if (request.protocol !== 'http:') return null
  const { hostname, port, path, headers } = request
  const origin = `http://${bracketed(hostname)}${port === undefined ? '' : `:${port}`}`
  const named = proxyOf(origin)
  if (named === '') return null
  const proxy = new URL(named)
  return Object.assign(Object.create(Object.getPrototypeOf(request)), request, {
    protocol: proxy.protocol,
    hostname: proxy.hostname,
    port: proxy.port === '' ? undefined : Number(proxy.port),
    path: `${origin}${path}`,
    headers: { ...headers, ...loginOf(proxy) },
  })
}

function loginOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }
}

const bracketed = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host)

/** Empty if no proxy is set for the target. @throws CONFIG if the value is no HTTP proxy */
function proxyOf(target: string): string {
  const found = getProxyForUrl(target)
  if (found === '') return ''
  // A proxy without a scheme is returned with the scheme of the target.
  const bare = found.replace(/^https?:\/\//, '')
  const [name, value] = Object.entries(process.env).find(
    ([name, value]) => /^(https?|all)_proxy$/i.test(name) && (value === found || value === bare),
  ) ?? ['HTTPS_PROXY', found]
  const proxy = value === bare && bare !== found ? `http://${bare}` : found
  if (/^https?:\/\//i.test(proxy) && URL.canParse(proxy)) return proxy
  throw new BatchQueryError(
    'CONFIG',
    `${name} is not the URL of a proxy: ${proxy.replace(/\/\/[^/]*@/, '//***@')}`,
    {
      hint: 'Write it as http://HOST:PORT, and list in NO_PROXY the hosts to reach without the proxy.',
    },
  )
}
