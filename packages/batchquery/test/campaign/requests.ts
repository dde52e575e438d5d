import type { FaultRule, ProxiedRequest } from '../faults/fault-proxy.ts'

type Match = Required<Pick<FaultRule, 'method' | 'url'>>

/** The kinds of requests that the store sends, and how to recognize them. */
export const REQUESTS = {
  'begin an upload': { method: 'POST', url: /[?&]uploads/ },
  'send a chunk': { method: 'PUT', url: /[?&]partNumber=/ },
  'list the chunks': { method: 'GET', url: /[?&]uploadId=/ },
  'complete an upload': { method: 'POST', url: /[?&]uploadId=/ },
  put: { method: 'PUT', url: /x-id=PutObject/ },
  get: { method: 'GET', url: /x-id=GetObject/ },
  list: { method: 'GET', url: /[?&]list-type=2/ },
  head: { method: 'HEAD', url: /./ },
  delete: { method: 'DELETE', url: /x-id=DeleteObject/ },
} as const satisfies Record<string, Match>

export type RequestKind = keyof typeof REQUESTS

export const REQUEST_KINDS = Object.keys(REQUESTS).filter((kind): kind is RequestKind => kind in REQUESTS)

export type RequestCounts = ReadonlyMap<RequestKind, number>

export function countRequests(requests: readonly ProxiedRequest[]): RequestCounts {
  const counts = new Map<RequestKind, number>()
  for (const { method, url } of requests) {
    const kind = REQUEST_KINDS.find(name => REQUESTS[name].method === method && REQUESTS[name].url.test(url))
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return counts
}
