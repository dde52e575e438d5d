/** A number in digits or with an exponent, in one form for each value. Null if the text is not a number. */
export function canonicalNumber(text: string): string | null {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.trim())
  if (parts === null) return null
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts
  if (whole === '' && fraction === '') return null
  return canonical(BigInt(whole + fraction) * (sign === '-' ? -1n : 1n), Number(exponent) - fraction.length)
}

/** A finite double with all its decimal digits, in the same form. */
export function canonicalDouble(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  const bits = bytes.readBigUInt64BE()
  const biased = Number((bits >> 52n) & 0x7ffn)
  const stored = bits & 0xfffffffffffffn
  const mantissa = biased === 0 ? stored : stored | 0x10000000000000n
  const signed = value < 0 ? -mantissa : mantissa
  const power = Math.max(biased, 1) - 1075
  return power >= 0 ? canonical(signed << BigInt(power), 0) : canonical(signed * 5n ** BigInt(-power), power)
}

/** Without zeros at the end of the digits. */
function canonical(digits: bigint, exponent: number): string {
  if (digits === 0n) return '0e0'
  const text = String(digits)
  const trimmed = text.replace(/0+$/, '')
  return `${trimmed}e${exponent + text.length - trimmed.length}`
}

/** A floating-point number in the text of a server. */
export function parseFloating(text: string): number {
  const [, sign = '', name = ''] = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(text.trim()) ?? []
  if (name === '') return canonicalNumber(text) === null ? Number.NaN : Number(text)
  if (name.toLowerCase() === 'nan') return Number.NaN
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}
