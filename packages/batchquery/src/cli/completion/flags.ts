import type { Option } from 'commander'

/** `-d`, `--database`. */
export const flagsOf = ({ short, long }: Option): string[] => [short, long].filter(flag => flag !== undefined)

/** Whether a value follows the flag. */
export const takesValue = ({ required, optional }: Option): boolean => required || optional

/** Quotes a text with single quotes, for bash and zsh. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
