/** The data of a picture of bars: scripts/docs/bars.mjs draws it. */
export interface Bars {
  readonly title: string
  /** The names of the parts of each bar. */
  readonly parts: readonly string[]
  readonly columns: number
  readonly groups: readonly {
    readonly title: string
    readonly bars: readonly {
      readonly name: string
      readonly isOurs: boolean
      /** Empty if there is no result. */
      readonly values: readonly number[]
      readonly note: string
    }[]
  }[]
}
