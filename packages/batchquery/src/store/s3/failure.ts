import { AwsFailure, factsOf, field } from '../../aws/index.ts'

/** The reason why a request to S3 failed, as S3 or the network reported it. The code is empty if there is none. */
export class S3Failure extends AwsFailure {
  override readonly name = 'S3Failure'
  /** The region of the bucket, if S3 reported it. */
  readonly bucketRegion: string | null
  /** Whether the SDK has read the difference of the clocks from the answer. It would sign the same request with another time. */
  readonly clockCorrected: boolean

  constructor(code: string, message: string, status: number | null, thrown: unknown) {
    super({ code, message, status })
    const headers = field(field(thrown, '$response'), 'headers')
    this.bucketRegion = text(field(headers, 'x-amz-bucket-region')) ?? text(field(thrown, 'Region'))
    this.clockCorrected = field(field(thrown, '$metadata'), 'clockSkewCorrected') === true
  }

  /** Includes the status, because the answer to HEAD has no body with more. */
  override describe(): string {
    const facts = [this.code, this.status === null ? '' : `HTTP ${this.status}`]
    const said = facts.filter(fact => fact !== '' && fact !== this.message).join(', ')
    if (this.message === '') return said
    return said === '' ? this.message : `${this.message} (${said})`
  }
}

/** Null if the thrown value is not the failure of a request, but a defect or one of our own errors. */
export function failureOf(thrown: unknown): S3Failure | null {
  const facts = factsOf(thrown)
  if (facts === null) return null
  return new S3Failure(unlessNothing(facts.code), unlessNothing(facts.message), facts.status, thrown)
}

/** Removes the words that the SDK uses for an answer without a body, or with one that is not S3's. */
const unlessNothing = (said: string): string => (/^(?:Unknown|UnknownError|Error)$/.test(said) ? '' : said)

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
