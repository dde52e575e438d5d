import { once } from 'node:events'
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { TunnelAgent } from '../aws/proxies.ts'
import { BatchQueryError } from '../errors/index.ts'
import { packageVersion, visible } from '../platform/index.ts'
import { Undelivered } from './undelivered.ts'

/** Far more than the document of any usual run. */
const MOST_BYTES = 4 * 1024 * 1024
/** The receiver's own words in a message. */
const MOST_WORDS = 200

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|ISSUER/

/**
 * Posts JSON, through a proxy if one is configured. The receiver's certificate must be valid. Follows no redirect, because the address
 * that the user named, and no other host, may have the document.
 *
 * @throws Undelivered
 */
export async function post(url: URL, body: Buffer, signal: AbortSignal): Promise<void> {
  if (body.length > MOST_BYTES)
    throw new Undelivered(`the document has ${body.length} bytes, and at most ${MOST_BYTES} are sent`, false)
  // http:// is only for this machine.
  const agent = url.protocol === 'https:' ? new TunnelAgent(undefined) : new http.Agent()
  try {
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        'user-agent': `batchquery/${packageVersion()}`,
      },
      signal,
    })
    await check(await responseTo(request, body), signal)
  } catch (thrown) {
    throw thrown instanceof Undelivered ? thrown : unanswered(thrown, signal)
  } finally {
    agent.destroy()
  }
}

async function responseTo(request: ClientRequest, body: Buffer): Promise<IncomingMessage> {
  // A connection may break also after the response has begun.
  request.on('error', () => {})
  request.end(body)
  const [response] = await once(request, 'response')
  return response
}

async function check(response: IncomingMessage, signal: AbortSignal): Promise<void> {
  const { statusCode = 0, headers } = response
  response.on('error', () => {})
  try {
    if (statusCode >= 200 && statusCode < 300) return
    if (statusCode >= 300 && statusCode < 400)
      throw new Undelivered(
        `it redirects to ${hostIn(headers.location)} (HTTP ${statusCode}), and no redirect is followed`,
        false,
        'Write the address to which it redirects.',
      )
    const mayPass = statusCode === 408 || statusCode === 429 || statusCode >= 500
    const words = await wordsOf(response, signal)
    throw new Undelivered(`HTTP ${statusCode}${words === '' ? '' : `: ${words}`}`, mayPass)
  } finally {
    response.destroy()
  }
}

const hostIn = (location = ''): string =>
  URL.canParse(location) ? new URL(location).host : 'another address'

/** The beginning of the answer. Reads no more of it, however long it is. */
async function wordsOf(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  let text = ''
  try {
    for await (const chunk of response) {
      text += chunk
      if (text.length >= MOST_WORDS || signal.aborted) break
    }
  } catch {
    // The status says enough.
  }
  return visible(text.slice(0, MOST_WORDS)).replace(/\s+/g, ' ')
}

function unanswered(thrown: unknown, signal: AbortSignal): Undelivered {
  if (signal.aborted) return new Undelivered('it did not answer in time', true)
  if (thrown instanceof BatchQueryError) return new Undelivered(thrown.message, false, thrown.hint)
  const { message, code } = reasonOf(thrown)
  if (CERTIFICATE.test(code))
    return new Undelivered(
      `its certificate is not trusted: ${message}`,
      false,
      'Name the authority that signed it in NODE_EXTRA_CA_CERTS.',
    )
  return new Undelivered(message === '' ? code : message, true)
}

/** Several addresses of a host fail with an error that has an empty message. */
const reasonOf = (thrown: unknown): { readonly message: string; readonly code: string } => ({
  message: thrown instanceof Error ? thrown.message : String(thrown),
  code: thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '',
})
