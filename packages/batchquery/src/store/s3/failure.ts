import { AwsFailure, factsOf, field } from '../../aws/index.ts'

/** Why a request of S3 failed, as far as S3, or the way to it, said so. The code is empty where nobody said. */
export class S3Failure extends AwsFailure {
  override readonly name = 'S3Failure'
  /** Where S3 says that the bucket is. */
  readonly bucketRegion: string | null
  /** The SDK has taken the difference of the clocks from the answer; the same request would be signed anew. */
  readonly clockCorrected: boolean

  constructor(code: string, message: string, status: number | null, thrown: unknown) {
    super({ code, message, status })
    const headers = field(field(thrown, '$response'), 'headers')
    this.bucketRegion = text(field(headers, 'x-amz-bucket-region')) ?? text(field(thrown, 'Region'))
    this.clockCorrected = field(field(thrown, '$metadata'), 'clockSkewCorrected') === true
  }

  /** With the status: HEAD has no body to say more in. */
  override describe(): string {
    const facts = [this.code, this.status === null ? '' : `HTTP ${this.status}`]
    const said = facts.filter(fact => fact !== '' && fact !== this.message).join(', ')
    if (this.message === '') return said
    return said === '' ? this.message : `${this.message} (${said})`
  }
}

/** Null where what was thrown is not a failure of a request: a defect, or an error of our own. */
export function failureOf(thrown: unknown): S3Failure | null {
  const facts = factsOf(thrown)
  if (facts === null) return null
  return new S3Failure(unlessNothing(facts.code), unlessNothing(facts.message), facts.status, thrown)
}

/** The SDK has words for an answer without a body, or with one that is not S3's. */
const unlessNothing = (said: string): string => (/^(?:Unknown|UnknownError|Error)$/.test(said) ? '' : said)

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
