import { BatchQueryError } from '../errors/index.ts'

export const STARTING_HINT =
  'The server may be starting: an Aurora that was paused takes 15 to 30 s, and connect_timeout= in the URL waits longer.'

/** The other side accepted the connection and sent nothing, so network and port are right. */
export const silentServer = (host: string, cause: unknown): BatchQueryError =>
  new BatchQueryError('DATABASE_UNREACHABLE', `${host} accepted the connection and sent nothing`, {
    hint: `${STARTING_HINT} Otherwise look at its load, and at a proxy or tunnel on the way: it accepts connections for a server that is gone.`,
    cause,
  })
