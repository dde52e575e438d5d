/** The types that a task may declare. */
export const PARAMETER_TYPES = ['text', 'int', 'decimal', 'date', 'json', 'secret'] as const

/** `secret` is text that stays out of records and logs. */
export type ParameterType = (typeof PARAMETER_TYPES)[number]

export const PARAMETER_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** One `-- @param` line of a task. */
export interface ParameterDeclaration {
  readonly name: string
  readonly type: ParameterType
  /** `int[]`: one value or more, with commas between them. */
  readonly isList: boolean
  /** As `-p` would give it; null if the caller must give a value. */
  readonly defaultText: string | null
  /** In the task's file, from 1. */
  readonly line: number
}

/** Whether the value of a parameter must stay out of records, logs and messages. */
export const isSecret = (declarations: readonly ParameterDeclaration[], name: string): boolean =>
  declarations.some(declaration => declaration.name === name && declaration.type === 'secret')

const isType = (word: string): word is ParameterType => PARAMETER_TYPES.some(type => type === word)

export const parameterType = (word: string): ParameterType | null => {
  const lowerCase = word.toLowerCase()
  return isType(lowerCase) ? lowerCase : null
}
