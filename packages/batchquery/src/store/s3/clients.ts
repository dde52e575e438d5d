import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { clientOptions, watched } from '../../aws/index.ts'
import { ChunkBody, sha256Of } from './chunk-body.ts'
import type { S3Commands } from './s3-commands.ts'

/** What the SDK's default chain would say otherwise. */
export type ClientSettings = Pick<S3ClientConfig, 'credentials' | 'endpoint' | 'region'>

export interface ClientOptions {
  readonly settings: ClientSettings
  /** PEM certificates that are trusted instead of Node's own list. */
  readonly ca: string | undefined
  /** How long a connection may be without a byte in either direction. */
  readonly stallMs: number
}

const CONNECT_MS = 10_000

/**
 * One client of the SDK for each region that is met. The SDK's own way to follow a bucket to its region changes the
 * region of a client under the requests that are under way, so each bucket's region is remembered here instead.
 */
export class Clients {
  /** The `Date` of the latest answer of any client. */
  latestDate: Date | null = null
  readonly #options: ClientOptions
  readonly #byRegion = new Map<string, Promise<S3Commands>>()
  readonly #regionOfBucket = new Map<string, string>()

  constructor(options: ClientOptions) {
    this.#options = options
  }

  of(bucket: string): Promise<S3Commands> {
    const region = this.#regionOfBucket.get(bucket) ?? ''
    const client = this.#byRegion.get(region) ?? this.#make(region)
    this.#byRegion.set(region, client)
    return client
  }

  /** From now on. False where that was known already. */
  setRegion(bucket: string, region: string): boolean {
    if (this.#regionOfBucket.get(bucket) === region) return false
    this.#regionOfBucket.set(bucket, region)
    return true
  }

  /** @param region empty: as set, or as the SDK finds it */
  async #make(region: string): Promise<S3Commands> {
    const { settings, ca, stallMs } = this.#options
    const patience = { connectionTimeout: CONNECT_MS, socketTimeout: stallMs }
    const common = await clientOptions(null, patience, ca)
    const { S3Commands } = await import('./s3-commands.ts')
    const client = new S3Commands({
      ...common,
      ...settings,
      ...(region === '' ? {} : { region }),
      // The retries are ours: they know which request may be sent again, and name it.
      maxAttempts: 1,
      // Asking before each chunk costs a round trip, and only the first request could be sent elsewhere.
      expectContinueHeader: false,
    })
    usePathStyle(client)
    signChunks(client)
    this.#watchDate(client)
    return watched(client)
  }

  #watchDate(client: S3Commands): void {
    client.middlewareStack.add(
      next => async args => {
        const result = await next(args)
        const date = Date.parse(headersOf(result.response).date ?? '')
        if (!Number.isNaN(date)) this.latestDate = new Date(date)
        return result
      },
      { step: 'deserialize', priority: 'low', name: 'batchqueryDate' },
    )
  }
}

/**
 * An endpoint of one's own seldom has a DNS name for each bucket. The SDK has no setting for that outside of code.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html#path-style-access
 */
function usePathStyle(client: S3Commands): void {
  const resolve = client.config.endpointProvider
  client.config.endpointProvider = (parameters, context) => {
    const ForcePathStyle = parameters.Endpoint !== undefined
    return resolve({ ...parameters, ForcePathStyle }, context)
  }
}

/**
 * The SDK does not hash streams. Over TLS a chunk with a checksum need not be hashed for its signature too: that is
 * half of the cost of sending it. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
function signChunks(client: S3Commands): void {
  client.middlewareStack.add(
    next => args => {
      const { request } = args
      if (!isRequest(request) || !(request.body instanceof ChunkBody)) return next(args)
      const isSecure = request.protocol === 'https:' && request.headers['x-amz-checksum-crc32'] !== undefined
      request.headers['x-amz-content-sha256'] = isSecure ? 'UNSIGNED-PAYLOAD' : sha256Of(request.body.pieces)
      return next(args)
    },
    { step: 'build', priority: 'low', name: 'batchquerySignChunks' },
  )
}

interface Request {
  readonly protocol: string
  readonly headers: Record<string, string>
  readonly body?: unknown
}

const isRequest = (request: unknown): request is Request =>
  typeof request === 'object' && request !== null && 'protocol' in request && 'headers' in request

const hasHeaders = (response: unknown): response is { readonly headers: Record<string, string> } =>
  typeof response === 'object' && response !== null && 'headers' in response

const headersOf = (response: unknown): Record<string, string> =>
  hasHeaders(response) ? response.headers : {}
