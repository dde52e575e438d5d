import { BatchQueryError } from '../errors/index.ts'

export const STARTING_HINT =
  'Wait and run again, or raise connect_timeout= in the URL. The server may be starting; a paused Aurora takes 15 to 30 s.'

/** The other side accepted the connection and sent nothing, so network and port are right. */
export const silentServer = (host: string, cause: unknown): BatchQueryError =>
  new BatchQueryError('DATABASE_UNREACHABLE', `${host} accepted the connection and sent nothing`, {
    hint: `${STARTING_HINT} If it does not answer then, check its load, and check the proxies and tunnels on the way: they accept connections even if the server is down.`,
    cause,
  })
