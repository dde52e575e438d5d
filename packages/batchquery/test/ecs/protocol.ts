import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/** A request of AWS's JSON protocol. */
export interface Call {
  /** `RunTask`. */
  readonly action: string
  readonly input: Record<string, unknown>
  readonly accessKeyId: string
}

/** The answer of a service: a document, an exception, or nothing, with the connection broken. */
export type Answer =
  | { readonly kind: 'ok'; readonly output: Record<string, unknown> }
  | {
      readonly kind: 'error'
      readonly status: number
      readonly name: string
      readonly fields: Record<string, unknown>
    }
  | { readonly kind: 'lost' }

export const ok = (output: Record<string, unknown>): Answer => ({ kind: 'ok', output })

export const failed = (
  name: string,
  message: string,
  fields: Record<string, unknown> = {},
  status = 400,
): Answer => ({
  kind: 'error',
  status,
  name,
  fields: { ...fields, message },
})

export interface Handler {
  /** Handles requests of the protocol. */
  call(call: Call): Promise<Answer>
  /** Handles GET requests: a document, or null if there is none. */
  get(path: string, authorization: string | undefined): unknown
}

/** Serves both on a free port of the loopback interface. */
export async function serve(
  handler: Handler,
  version: '1.0' | '1.1' = '1.1',
): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    respond(handler, version, request, response).catch((error: Error) => response.destroy(error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { server, url: `http://127.0.0.1:${address.port}` }
}

async function respond(
  handler: Handler,
  version: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, document: unknown): void => {
    response.writeHead(status, { 'content-type': `application/x-amz-json-${version}` })
    response.end(JSON.stringify(document))
  }
  const { method, url = '', headers } = request
  if (method === 'GET') {
    const document = handler.get(url, headers.authorization)
    send(document === null ? 404 : 200, document ?? {})
    return
  }
  const answer = await handler.call(parseCall(version, headers, await text(request)))
  if (answer.kind === 'lost') response.destroy()
  else if (answer.kind === 'ok') send(200, answer.output)
  else send(answer.status, { __type: answer.name, ...answer.fields })
}

function parseCall(version: string, headers: IncomingMessage['headers'], body: string): Call {
  const action = /^[A-Za-z0-9_]+\.(\w+)$/.exec(String(headers['x-amz-target']))?.[1]
  const accessKeyId = /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1]
  if (
    action === undefined ||
    accessKeyId === undefined ||
    headers['content-type'] !== `application/x-amz-json-${version}`
  )
    throw new Error(`no signed request of JSON ${version}: ${JSON.stringify(headers)}`)
  return { action, input: JSON.parse(body), accessKeyId }
}
