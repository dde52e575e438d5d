import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { type DatabaseUrl, shownHost } from '../../database/database-url.ts'
import { within } from '../../database/within.ts'
import type { Finding } from '../check.ts'
import { checksOf } from './login.ts'

const ANSWER_MS = 10_000

/** @throws DATABASE_UNREACHABLE */
export async function resolveName(url: DatabaseUrl, signal: AbortSignal): Promise<Finding> {
  const { host, socket } = url
  if (socket !== null) return { skipped: 'the URL names a socket' }
  if (isIP(host) !== 0) return { skipped: 'the URL names an address' }
  const addresses = await explained(url, () =>
    within(
      { within: ANSWER_MS, signal },
      `the name service, asked for ${host},`,
      () => lookup(host, { all: true }),
      () => {},
    ),
  )
  return { figure: `${host} is ${addresses.map(({ address }) => address).join(', ')}` }
}

/** @throws DATABASE_UNREACHABLE */
export async function reachServer(url: DatabaseUrl, signal: AbortSignal): Promise<Finding> {
  const started = performance.now()
  const address = await withConnection(url, signal, async ({ remoteAddress }) => remoteAddress ?? '')
  const milliseconds = Math.round(performance.now() - started)
  const at = address === '' || address === url.host ? '' : ` at ${address}`
  return { figure: `${shownHost(url)} answers${at}, ${milliseconds} ms` }
}

/**
 * Opens a connection to the server and works with it. Neither side has sent anything yet.
 *
 * @throws as a login: DATABASE_UNREACHABLE, TLS; the signal's reason
 */
export async function withConnection<T>(
  url: DatabaseUrl,
  signal: AbortSignal,
  work: (socket: Socket) => Promise<T>,
): Promise<T> {
  const { socketPath } = await checksOf(url)
  const socket = url.socket === null ? connect({ host: url.host, port: url.port }) : connect(socketPath(url))
  // The waiting code gets errors by itself; without a listener an error event would end the process.
  socket.on('error', () => {})
  let isAccepted = false
  const begin = async (): Promise<T> => {
    try {
      await once(socket, 'connect')
      isAccepted = true
      return await work(socket)
    } finally {
      socket.destroy()
    }
  }
  return explained(
    url,
    () => within({ within: ANSWER_MS, signal }, shownHost(url), begin, () => socket.destroy()),
    () => isAccepted,
  )
}

/** Throws errors of the network and of TLS as those of the dialect's login. */
async function explained<T>(
  url: DatabaseUrl,
  work: () => Promise<T>,
  isAccepted: () => boolean = () => false,
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    const { loginError } = await checksOf(url)
    throw loginError(thrown, url, url.user, isAccepted())
  }
}
