import type { Duplex } from 'node:stream'

const FAREWELL_MS = 2_000

/**
 * Destroys a connection two seconds after we have logged out, unless the server closes it before. A server that is gone does not close it, and
 * it would keep the process alive.
 */
export function closeSoon(stream: Duplex): void {
  const timer = setTimeout(() => stream.destroy(), FAREWELL_MS).unref()
  stream.once('close', () => clearTimeout(timer))
}
