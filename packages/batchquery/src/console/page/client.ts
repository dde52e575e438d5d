import type { ErrorDocument, Problem } from '../documents.ts'

const TOKEN = 'batchquery-token'

/** Takes the token out of the address, which then can be shown and copied. The fragment was sent to no server. */
export function takeToken(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return
  sessionStorage.setItem(TOKEN, token)
  history.replaceState(history.state, '', location.pathname + location.search)
}

/** The token as the fragment of a link, so that the link also works in another tab. */
export const tokenFragment = (): string => {
  const token = sessionStorage.getItem(TOKEN)
  return token === null ? '' : `#token=${token}`
}

/** What a request failed with. */
export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

const UNREACHABLE: Problem = {
  code: 'CONSOLE_UNREACHABLE',
  message: 'the server of this console does not answer',
  hint: 'Check whether `batchquery ui` still runs. The page goes on when it answers again.',
  manual: null,
}

/** @throws ApiError */
export const getDocument = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  send<T>(path, { signal: signal ?? null })

/** @throws ApiError */
export const postDocument = <T>(path: string, body: object): Promise<T> =>
  send<T>(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })

async function send<T>(path: string, init: RequestInit): Promise<T> {
  const headers = { ...init.headers, authorization: `Bearer ${sessionStorage.getItem(TOKEN) ?? ''}` }
  let response: Response
  try {
    response = await fetch(path, { ...init, headers })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new ApiError(UNREACHABLE)
  }
  const document: T & ErrorDocument = await response.json()
  if (!response.ok) throw new ApiError(document.error)
  return document
}

/** The problem of anything that was thrown. */
export const problemOf = (thrown: unknown): Problem =>
  thrown instanceof ApiError
    ? thrown.problem
    : { code: 'INTERNAL', message: String(thrown), hint: 'Reload the page.', manual: null }
