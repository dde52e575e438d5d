import type { Duplex } from 'node:stream'

const FAREWELL_MS = 2_000

/**
 * For a connection that we have said farewell on: a server that is gone does not close it, and it would keep the
 * process alive. After two seconds it is destroyed.
 */
export function closeSoon(stream: Duplex): void {
  const timer = setTimeout(() => stream.destroy(), FAREWELL_MS).unref()
  stream.once('close', () => clearTimeout(timer))
}
