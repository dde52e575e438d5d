/** How rows may stand on stdout. */
export const PRINT_FORMATS = ['table', 'tsv', 'csv', 'json'] as const
export type PrintFormat = (typeof PRINT_FORMATS)[number]
