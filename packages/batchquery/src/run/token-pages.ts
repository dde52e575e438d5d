import type { StageToken } from '../store/store.ts'
import { CoalescedWrite } from './coalesced-write.ts'

const TOKENS_IN_PAGE = 256
const WRITES_OF_PAGE = 16

/**
 * The pages of tokens that one process stages for an export. A new page begins when it is full or was written often. So the bytes written stay in
 * proportion to the tokens, however slowly they come.
 */
export class TokenPages {
  readonly #writePage: (page: number, tokens: readonly StageToken[]) => Promise<void>
  #number = 0
  #writes = 0
  #tokens: StageToken[] = []
  #write: CoalescedWrite | null = null

  /** @param writePage writes a page, numbered from 1, over what it had before */
  constructor(writePage: (page: number, tokens: readonly StageToken[]) => Promise<void>) {
    this.#writePage = writePage
  }

  /** Resolves when the store has the token. Many calls at once share a write. */
  async add(token: StageToken): Promise<void> {
    const write =
      this.#write === null || this.#tokens.length >= TOKENS_IN_PAGE || this.#writes >= WRITES_OF_PAGE
        ? this.#begin()
        : this.#write
    this.#tokens.push(token)
    await write.request()
  }

  #begin(): CoalescedWrite {
    const tokens: StageToken[] = []
    const number = ++this.#number
    this.#tokens = tokens
    this.#writes = 0
    const write = new CoalescedWrite(() => {
      this.#writes++
      return this.#writePage(number, tokens)
    })
    this.#write = write
    return write
  }
}
