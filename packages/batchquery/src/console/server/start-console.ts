import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { BatchQueryError } from '../../errors/index.ts'
import type { HomeOptions, ProcessContext } from '../../submit/configuration.ts'
import type { Home } from '../../submit/home.ts'
import { Access } from './access.ts'
import { consoleApp } from './app.ts'
import { openConsole } from './open-console.ts'
import { storeProblem } from './session-document.ts'

/** No other machine can reach it. */
const HOST = '127.0.0.1'

export interface ConsoleRequest {
  readonly home: Home
  /** The options that opened the home, for homes with other settings. */
  readonly options: HomeOptions
  readonly context: ProcessContext
  /** 0 for any free port. */
  readonly port: number
  readonly isReadOnly: boolean
}

export interface RunningConsole {
  /** With the token in its fragment, which a browser sends to no server. */
  readonly url: string
  /** Ends the connections. The runs that it started go on. */
  close(): Promise<void>
}

/**
 * Starts the server of the console. If the store cannot be read, it logs why, and starts all the same: the store may come back.
 *
 * @throws USAGE if the port is in use or this user may not open it
 */
export async function startConsole(request: ConsoleRequest): Promise<RunningConsole> {
  const { home, options, context, port, isReadOnly } = request
  // The checks of a request need the port, which is known when the server listens.
  let app: ReturnType<typeof consoleApp> | null = null
  const listener = getRequestListener(
    (received, bindings) => app?.fetch(received, bindings) ?? new Response(null, { status: 503 }),
    { overrideGlobalObjects: false },
  )
  const server = createServer(listener)
  const opened = await listen(server, port)
  const access = new Access(opened, isReadOnly)
  const served = openConsole(home, options, context, isReadOnly)
  app = consoleApp(served, access)
  await storeProblem(served)
  return {
    url: `http://${HOST}:${opened}/#token=${access.token}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** @returns the port */
async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: Error) => reject(refused(port, cause))
    server.once('error', fail)
    server.listen(port, HOST, () => {
      server.off('error', fail)
      resolve()
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new BatchQueryError('INTERNAL', 'the server of the console has no port')
  return address.port
}

function refused(port: number, cause: Error): BatchQueryError {
  const code = 'code' in cause ? cause.code : null
  const why =
    code === 'EADDRINUSE'
      ? 'another program uses it'
      : code === 'EACCES'
        ? 'this user may not open it'
        : cause.message
  return new BatchQueryError('USAGE', `the console cannot listen on ${HOST}:${port}: ${why}`, {
    cause,
    hint: 'Leave --port out, and any free port is taken.',
  })
}
