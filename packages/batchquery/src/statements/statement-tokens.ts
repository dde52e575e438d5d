import { type Dialect, Lexer, type Statement } from '../sql/index.ts'

export type StatementText = Pick<Statement, 'text' | 'origin' | 'stringRules'>

/** A token of a statement that is code. */
export interface StatementToken {
  readonly text: string
  /** In upper case; empty for any other token. */
  readonly keyword: string
  /** Without quotes, in lower case. Null if it is no name. */
  readonly name: string | null
  /** A user variable in lower case; null if it is none. */
  readonly variable: string | null
  /** How many parentheses are open around it. */
  readonly depth: number
}

export function tokensOf({ text, origin, stringRules }: StatementText, dialect: Dialect): StatementToken[] {
  const lexer = new Lexer(text, dialect, origin, stringRules)
  const tokens: StatementToken[] = []
  let depth = 0
  while (lexer.nextCode()) {
    const isName = lexer.kind === 'word' || lexer.kind === 'identifier'
    if (lexer.isOperator(')')) depth--
    tokens.push({
      ...{ text: lexer.text, keyword: lexer.keyword, depth },
      name: isName ? lexer.text.replace(/^["`]|["`]$/g, '').toLowerCase() : null,
      variable: lexer.kind === 'variable' && !lexer.text.startsWith('@@') ? lexer.text.toLowerCase() : null,
    })
    if (lexer.isOperator('(')) depth++
  }
  return tokens
}
