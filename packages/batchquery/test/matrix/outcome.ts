/** The result of one tool for one case. */
export type Outcome =
  | { readonly result: 'exact'; readonly type: string }
  | { readonly result: 'lossy'; readonly type: string; readonly how: string }
  | { readonly result: 'refused' | 'crash'; readonly message: string }

const LONGEST_MESSAGE = 200

/** An outcome in a line. @param folder a temporary folder, whose name is removed */
export function showOutcome(outcome: Outcome, folder: string): string {
  switch (outcome.result) {
    case 'exact':
      return `exact ${outcome.type}`
    case 'lossy':
      return `lossy ${outcome.type}: ${oneLine(outcome.how, folder)}`
    default:
      return `${outcome.result}: ${oneLine(outcome.message, folder)}`
  }
}

const oneLine = (text: string, folder: string): string =>
  text
    .replaceAll(folder, '')
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_MESSAGE)
