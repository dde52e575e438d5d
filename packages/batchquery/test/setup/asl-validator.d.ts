/** The package has no types of its own. */
declare module 'asl-validator' {
  interface Validated {
    readonly isValid: boolean
    errorsText(separator?: string): string
  }
  function validate(definition: object): Validated
  export default validate
}
