import { randomBytes } from 'node:crypto'
import type { DownloadDocument } from '../documents.ts'
import { dropOldest } from './run-records.ts'

const MOST = 64
const VALID_MS = 60_000

/** Something to download. */
export interface Download {
  readonly name: string
  readonly type: string
  readonly bytes: number | null
  /** @throws the store's errors, also in the middle of the bytes */
  open(): AsyncIterable<Uint8Array>
}

/** A browser sends no header when it follows a link, so each link has a ticket, which works once. */
export class Downloads {
  readonly #tickets = new Map<string, { readonly download: Download; readonly until: number }>()

  offer(download: Download): DownloadDocument {
    const ticket = randomBytes(24).toString('base64url')
    this.#tickets.set(ticket, { download, until: performance.now() + VALID_MS })
    dropOldest(this.#tickets, MOST)
    const { name, bytes } = download
    return { url: `/download/${ticket}`, name, bytes }
  }

  /** Null if the ticket is used, too old, or none of this server. */
  take(ticket: string): Download | null {
    const found = this.#tickets.get(ticket)
    this.#tickets.delete(ticket)
    return found === undefined || found.until < performance.now() ? null : found.download
  }
}

/**
 * The answer with the bytes. The name may come from another user of the bucket, so it is encoded.
 *
 * @param fail called if the bytes end early. It must end the connection, so that the browser reports a failed download
 */
export function downloadResponse(
  { name, type, bytes, open }: Download,
  fail: (thrown: unknown) => void,
): Response {
  const chunks = open()[Symbol.asyncIterator]()
  const body = new ReadableStream<Uint8Array>({
    pull: async controller => {
      try {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      } catch (thrown) {
        fail(thrown)
      }
    },
    cancel: async () => {
      await chunks.return?.()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll("'", '%27')}`,
      ...(bytes !== null && { 'content-length': String(bytes) }),
    },
  })
}
