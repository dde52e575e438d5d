import type { MiddlewareStack } from '@smithy/types'
import { BatchQueryError } from '../errors/index.ts'
import { namesProxy } from './environment-faults.ts'
import { field } from './failure.ts'
import type { Sendable } from './proxies.ts'

export const FOREIGN_HINT =
  'A proxy, a firewall, a login page or the web console of the store answered instead of AWS. Check HTTPS_PROXY, NO_PROXY and the endpoint (AWS_ENDPOINT_URL...).'

/** The most bytes that are read of a web page; its title is at the beginning. */
const MOST_READ = 16 * 1024
const LONGEST_SHOWN = 200

/** An answer in the form of the SDK's handler. */
interface RawAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A client that uses the proxies of the environment, and explains failures that do not come from the service. */
export function watched<Input extends object, Output extends object, Client>(
  client: Client & { readonly middlewareStack: MiddlewareStack<Input, Output> },
): Client {
  client.middlewareStack.add(
    next => async args => {
      const result = await next(await routed(args)).catch((thrown: unknown) => {
        throw unsendable(thrown) ?? thrown
      })
      if (isAnswer(result.response) && isWebPage(result.response)) throw await asFailure(result.response)
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'batchqueryForeignAnswers' },
  )
  client.middlewareStack.add(
    next => async args => {
      try {
        return await next(args)
      } catch (thrown) {
        throw unusableSettings(thrown) ?? thrown
      }
    },
    { step: 'initialize', priority: 'high', name: 'batchquerySettings' },
  )
  return client
}

async function routed<Args extends { request: unknown }>(args: Args): Promise<Args> {
  if (!namesProxy(process.env) || !isSendable(args.request)) return args
  const { byProxy } = await import('./proxies.ts')
  const request = byProxy(args.request)
  return request === null ? args : { ...args, request }
}

const isSendable = (request: unknown): request is Sendable =>
  typeof field(request, 'hostname') === 'string' && typeof field(request, 'path') === 'string'

const isAnswer = (response: unknown): response is RawAnswer =>
  typeof field(response, 'statusCode') === 'number' && typeof field(response, 'headers') === 'object'

/**
 * Whether the answer is a web page. AWS services send one only for an object that is a page, and then with an ETag.
 * Without this check, a page could pass for a successful write, an empty list, or a missing right on S3.
 */
function isWebPage({ statusCode, headers }: RawAnswer): boolean {
  if (!/^text\/html\b/i.test(headers['content-type'] ?? '')) return false
  return statusCode >= 300 || !(headers.etag || headers['x-amz-request-id'])
}

/** In the form in which the SDK throws an error of the service. */
async function asFailure({ statusCode, body }: RawAnswer): Promise<Error> {
  const says = textOf(await beginningOf(body))
  const page = 'a web page came instead of an answer from the service'
  return Object.assign(new Error(says === '' ? page : `${page}: ${JSON.stringify(says)}`), {
    code: 'WebPage',
    $metadata: { httpStatusCode: statusCode },
  })
}

async function beginningOf(body: unknown): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    if (isStream(body))
      for await (const chunk of body) {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes >= MOST_READ) break
      }
  } catch {
    // The bytes that arrived are enough.
  }
  return Buffer.concat(chunks).toString()
}

const isStream = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body

/** The text of a page without its tags. */
const textOf = (html: string): string =>
  html
    .replace(/<(script|style)\b.*?(<\/\1>|$)/gis, ' ')
    .replace(/<[^<>]{0,1000}>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_SHOWN)

/** Node refuses headers with a line end. Its error then concerns a header that contains a secret. */
function unsendable(thrown: unknown): BatchQueryError | null {
  if (field(thrown, 'code') !== 'ERR_INVALID_CHAR') return null
  if (!/authorization|x-amz-security-token/i.test(String(field(thrown, 'message')))) return null
  return new BatchQueryError(
    'AUTHENTICATION',
    'an AWS key or token has a line end or another character that cannot be in one',
    {
      hint: 'Check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, or the key and token that the profile, the role or credential_process returns.',
    },
  )
}

/** The SDK throws untyped errors for unusable settings before it sends anything. */
function unusableSettings(thrown: unknown): BatchQueryError | null {
  if (!(thrown instanceof Error) || thrown instanceof BatchQueryError) return null
  if (typeof field(field(thrown, '$metadata'), 'httpStatusCode') === 'number') return null
  const { message } = thrown
  if (/\bARN\b/i.test(message))
    return settings(
      message,
      'Write the name of the bucket, or unset AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL. Only AWS itself knows ARNs.',
    )
  if (
    /was not a valid URI|^Invalid URL$|^Invalid Configuration|^Unable to (?:determine|parse) endpoint/i.test(
      message,
    )
  )
    return settings(
      message,
      'Check endpoint_url in the profile (AWS_PROFILE, ~/.aws/config), AWS_ENDPOINT_URL and AWS_REGION. Write an endpoint as https://HOST or http://HOST:PORT.',
    )
  if (/^Cannot load env|^Invalid parameter for/i.test(message))
    return settings(message, 'Correct the variable, or unset it.')
  return null
}

const settings = (message: string, hint: string): BatchQueryError =>
  new BatchQueryError('CONFIG', `cannot use the AWS settings: ${message}`, { hint })
