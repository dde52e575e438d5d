const BLOCK_BYTES = 1 << 16
const HASH_BITS = 14
const HASH = 0x1e35a7bd
/** Matches are looked for only up to here before a block's end, so that no word is read past it. */
const MARGIN = 15
/** The longest literal that is copied by words. */
const SHORT_LITERAL = 64

/** Positions in a block by the hash of the four bytes there. */
const positions = new Uint16Array(1 << HASH_BITS)

/** The most bytes that a block of `count` bytes becomes. */
const blockBound = (count: number): number => 32 + count + ((count / 6) | 0)

const scratch = Buffer.allocUnsafeSlow(blockBound(BLOCK_BYTES))
const scratchView = new DataView(scratch.buffer, scratch.byteOffset, scratch.length)

/**
 * Compresses bytes in Snappy's block format, in blocks of 64 KiB; `take` gets each block's bytes, valid until it returns.
 * https://github.com/google/snappy/blob/main/format_description.txt
 */
export function snappy(source: Buffer, take: (bytes: Buffer) => void): void {
  const view = new DataView(source.buffer, source.byteOffset, source.length)
  let at = 0
  let length = source.length
  while (length > 127) {
    scratch[at++] = (length % 128) | 128
    length = Math.floor(length / 128)
  }
  scratch[at++] = length
  for (let start = 0; start < source.length; start += BLOCK_BYTES) {
    at = block(source, view, start, Math.min(source.length, start + BLOCK_BYTES), at)
    take(scratch.subarray(0, at))
    at = 0
  }
  if (source.length === 0) take(scratch.subarray(0, at))
}

function block(source: Buffer, view: DataView, start: number, end: number, first: number): number {
  const limit = (end - MARGIN) | 0
  let at = first | 0
  if (limit <= start) return literal(source, view, start, end, at)
  positions.fill(0)
  let literalStart = start | 0
  let from = (start + 1) | 0
  for (;;) {
    let skip = 32 | 0
    let next = from | 0
    let candidate = 0 | 0
    let word = 0 | 0
    do {
      from = next
      if (from > limit) return literal(source, view, literalStart, end, at)
      word = view.getInt32(from, true)
      const hash = Math.imul(word, HASH) >>> (32 - HASH_BITS)
      candidate = (start + positions[hash]) | 0
      positions[hash] = from - start
      next = (from + (skip >>> 5)) | 0
      skip = (skip + 1) | 0
    } while (candidate >= from || view.getInt32(candidate, true) !== word)
    at = literal(source, view, literalStart, from, at)
    // Matches that follow one another need no literal between them.
    for (;;) {
      const matched = matchEnd(source, view, from, candidate, end)
      at = copy((from - candidate) | 0, (matched - from) | 0, at)
      from = matched
      literalStart = from
      if (from > limit) return literal(source, view, literalStart, end, at)
      positions[Math.imul(view.getInt32(from - 1, true), HASH) >>> (32 - HASH_BITS)] = from - 1 - start
      word = view.getInt32(from, true)
      const hash = Math.imul(word, HASH) >>> (32 - HASH_BITS)
      candidate = (start + positions[hash]) | 0
      positions[hash] = from - start
      if (candidate >= from || view.getInt32(candidate, true) !== word) break
    }
    from = (from + 1) | 0
  }
}

/** The end of the bytes from `from` that equal those from `candidate`. The first four are known to be equal. */
function matchEnd(source: Buffer, view: DataView, from: number, candidate: number, end: number): number {
  let at = (from + 4) | 0
  let other = (candidate + 4) | 0
  const lastWord = (end - 4) | 0
  while (at <= lastWord) {
    const differing = view.getInt32(at, true) ^ view.getInt32(other, true)
    if (differing !== 0) return (at + ((31 - Math.clz32(differing & -differing)) >>> 3)) | 0
    at = (at + 4) | 0
    other = (other + 4) | 0
  }
  while (at < end && source[at] === source[other]) {
    at = (at + 1) | 0
    other = (other + 1) | 0
  }
  return at
}

function literal(source: Buffer, view: DataView, from: number, end: number, first: number): number {
  const length = (end - from) | 0
  let at = first | 0
  if (length <= 0) return at
  if (length <= 60) scratch[at++] = (length - 1) << 2
  else if (length <= 256) {
    scratch[at++] = 60 << 2
    scratch[at++] = length - 1
  } else {
    scratch[at++] = 61 << 2
    scratch[at++] = (length - 1) & 255
    scratch[at++] = (length - 1) >>> 8
  }
  if (length <= SHORT_LITERAL && end + 3 <= source.length) {
    for (let k = 0; k < length; k = (k + 4) | 0)
      scratchView.setInt32(at + k, view.getInt32(from + k, true), true)
  } else source.copy(scratch, at, from, end)
  return (at + length) | 0
}

/** Copies `length` bytes from `offset` bytes before. */
function copy(offset: number, length: number, first: number): number {
  let at = first | 0
  let rest = length | 0
  // A copy has at most 64 bytes, and the short form needs at least 4.
  while (rest >= 68) {
    at = longCopy(offset, 64, at)
    rest = (rest - 64) | 0
  }
  if (rest > 64) {
    at = longCopy(offset, 60, at)
    rest = (rest - 60) | 0
  }
  if (rest >= 12 || offset >= 2048) return longCopy(offset, rest, at)
  scratch[at] = 1 | ((rest - 4) << 2) | ((offset >>> 8) << 5)
  scratch[at + 1] = offset & 255
  return (at + 2) | 0
}

function longCopy(offset: number, length: number, at: number): number {
  scratch[at] = ((length - 1) << 2) | 2
  scratch[at + 1] = offset & 255
  scratch[at + 2] = offset >>> 8
  return (at + 3) | 0
}
