/** What a tool did with the values of a case. */
export type Outcome =
  | { readonly result: 'exact'; readonly type: string }
  | { readonly result: 'lossy'; readonly type: string; readonly how: string }
  | { readonly result: 'refused' | 'crash'; readonly message: string }
  | { readonly result: 'not run' }

export const NOT_RUN: Outcome = { result: 'not run' }
