import type { Option } from 'commander'

/** `-d`, `--database`. */
export const flagsOf = ({ short, long }: Option): string[] => [short, long].filter(flag => flag !== undefined)

/** Flags with a value behind them. */
export const takesValue = ({ required, optional }: Option): boolean => required || optional

/** Between single quotes, which bash and zsh read alike. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
