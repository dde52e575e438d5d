/** Set if the files of this machine disappear with the run: by the image, and by a runner for its scripts. */
export const EPHEMERAL = { BATCHQUERY_EPHEMERAL: '1' } as const

export const isEphemeral = ({ BATCHQUERY_EPHEMERAL }: NodeJS.ProcessEnv): boolean =>
  BATCHQUERY_EPHEMERAL === EPHEMERAL.BATCHQUERY_EPHEMERAL
