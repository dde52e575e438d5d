/** The path of a Node that the set-up installs. */
export function nodeProgram(root: string, major: 20 | 22 | 24): string
