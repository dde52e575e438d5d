import { BatchQueryError } from '../errors/index.ts'

export const STARTING_HINT =
  'The server may be starting: an Aurora that was paused takes 15 to 30 s, and connect_timeout= in the URL waits longer.'

/** What took the connection said nothing: network and port are right. */
export const silentServer = (host: string, cause: unknown): BatchQueryError =>
  new BatchQueryError('DATABASE_UNREACHABLE', `${host} took the connection and said nothing`, {
    hint: `${STARTING_HINT} Otherwise look at its load, and at what is between: a proxy or a tunnel answers for a server that is gone.`,
    cause,
  })
