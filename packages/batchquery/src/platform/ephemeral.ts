/** Set where the files of this machine are gone with the run: in the image, and by a runner for its scripts. */
export const EPHEMERAL = { BATCHQUERY_EPHEMERAL: '1' } as const

export const isEphemeral = ({ BATCHQUERY_EPHEMERAL }: NodeJS.ProcessEnv): boolean =>
  BATCHQUERY_EPHEMERAL === EPHEMERAL.BATCHQUERY_EPHEMERAL
