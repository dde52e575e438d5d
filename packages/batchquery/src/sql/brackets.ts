/** The kind of an open bracket, which decides the meaning of a colon inside it. */
type Bracket = 'plain' | 'subscript' | 'struct key' | 'struct value'

/**
 * Keeps the brackets that are open around the current token, to say what a colon means there:
 *
 *     a[1:n]      subscript: the colon separates bounds (`a[(:n)]` is a parameter again)
 *     [:x, :y]    list: the colons start parameters
 *     {'a': :x}   struct: the first colon after a key separates, the next starts a parameter
 */
export class Brackets {
  readonly #open: Bracket[] = []

  open(bracket: Bracket): void {
    this.#open.push(bracket)
  }

  close(): void {
    this.#open.pop()
  }

  comma(): void {
    if (this.#open.at(-1) === 'struct value') this.#open[this.#open.length - 1] = 'struct key'
  }

  /** @param afterKey there is a token between the opening brace or the last comma and this colon */
  colonSeparates(afterKey: boolean): boolean {
    const innermost = this.#open.at(-1)
    if (innermost === 'struct key' && afterKey) {
      this.#open[this.#open.length - 1] = 'struct value'
      return true
    }
    return innermost === 'subscript'
  }
}
