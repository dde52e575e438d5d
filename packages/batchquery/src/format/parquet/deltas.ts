import type { CodecName } from './codecs.ts'
import { PageBuffer } from './page-buffer.ts'

// DELTA_BINARY_PACKED: the first value, then blocks of differences to the value before. Each block has its least difference,
// and the rest of each difference in as few bits as its miniblock needs. Differences wrap around, as two's complement does.
// https://parquet.apache.org/docs/file-format/data-pages/encodings/#delta-encoding-delta_binary_packed--5

const BLOCK = 128
const MINIBLOCKS = 4
const MINIBLOCK = BLOCK / MINIBLOCKS
/** The deltas must take at most this share of the PLAIN bytes. */
const WORTHWHILE = 0.75
/**
 * A codec makes PLAIN bytes smaller, and can do little with packed bits. So the deltas must also take at most this share of
 * the entropy of the PLAIN bytes. Measured: above it, a compressed page of deltas is often larger than one of PLAIN values.
 */
const WORTHWHILE_OF_ENTROPY = { ZSTD: 0.9, GZIP: 0.9, SNAPPY: 1.2 } as const
const SAMPLE_BLOCKS = 8
/** Usual bytes of a block before its deltas. */
const BLOCK_HEADER_BYTES = 8
const LONGEST_VARINT = 10
const HEADER_BYTES = 2 + 1 + 2 * LONGEST_VARINT
const MOST_BLOCK_BYTES = LONGEST_VARINT + MINIBLOCKS + 8 * BLOCK

// One block at a time, for all columns. Values of 32 bits have no high halves.
const lows = new Int32Array(BLOCK)
const highs = new Int32Array(BLOCK)
const least = { low: 0, high: 0 }
/** The bits that each miniblock needs for one value. */
const widths = new Uint8Array(MINIBLOCKS)
/** How often each byte occurs in the sample. */
const counts = new Int32Array(256)
const packed = new PageBuffer(HEADER_BYTES + MOST_BLOCK_BYTES)

/**
 * Packs PLAIN integers, which are the page's bytes from `first` on, if that makes them clearly smaller. Returns whether it did.
 *
 * @param width bytes of an integer
 * @param codec compresses the page later
 */
export function packDeltas(page: PageBuffer, first: number, width: 4 | 8, codec: CodecName): boolean {
  const { view, bytes, at: end } = page
  const blockBytes = BLOCK * width
  const most = mostBytes(page, first, width, codec)
  if (most < HEADER_BYTES) return false
  packed.at = 0
  packed.room(most + MOST_BLOCK_BYTES)
  writeHeader(view, first, (end - first) / width, width)
  for (let at = first + width; at < end; at += blockBytes) {
    readBlock(view, at, Math.min(at + blockBytes, end), width)
    writeBlock()
    if (packed.at > most) return false
  }
  packed.bytes.copy(bytes, first, 0, packed.at)
  page.at = first + packed.at
  return true
}

/** Returns how many bytes the deltas may take, or 0 if they will take more: it judges by blocks that are spread over the page. */
function mostBytes(page: PageBuffer, first: number, width: 4 | 8, codec: CodecName): number {
  const { bytes, view, at: end } = page
  const blockBytes = BLOCK * width
  const blocks = Math.ceil((end - first - width) / blockBytes)
  const sampled = Math.min(blocks, SAMPLE_BLOCKS)
  let plain = 0
  let deltas = 0
  counts.fill(0)
  for (let k = 0; k < sampled; k++) {
    const from = first + width + Math.floor(((k + 0.5) * blocks) / sampled) * blockBytes
    const to = Math.min(from + blockBytes, end)
    readBlock(view, from, to, width)
    deltas += BLOCK_HEADER_BYTES
    for (let m = 0; m < MINIBLOCKS; m++) deltas += (MINIBLOCK / 8) * widths[m]
    plain += to - from
    for (let at = from | 0; at < to; at = (at + 1) | 0) counts[bytes[at]]++
  }
  const share =
    codec === 'NONE'
      ? WORTHWHILE
      : Math.min(WORTHWHILE, (WORTHWHILE_OF_ENTROPY[codec] * entropy(plain)) / plain)
  return deltas <= plain * share ? Math.floor((end - first) * share) : 0
}

/** Returns the entropy of the counted bytes, in bytes: about their size after an entropy coder. */
function entropy(total: number): number {
  let bits = total * Math.log2(total)
  for (let k = 0; k < counts.length; k++) if (counts[k] > 1) bits -= counts[k] * Math.log2(counts[k])
  return bits / 8
}

function writeHeader(view: DataView, first: number, count: number, width: 4 | 8): void {
  const low = view.getInt32(first, true)
  writeVarint(BLOCK, 0)
  writeVarint(MINIBLOCKS, 0)
  writeVarint(count, 0)
  writeZigzag(low, width === 4 ? low >> 31 : view.getInt32(first + 4, true))
}

/** Takes the differences of up to 128 values to those before them, less the least one. `from` is never the page's first value. */
function readBlock(view: DataView, from: number, to: number, width: 4 | 8): void {
  if (width === 4) readBlock32(view, from, to)
  else readBlock64(view, from, to)
}

function readBlock32(view: DataView, from: number, to: number): void {
  let before = view.getInt32(from - 4, true)
  let min = 0x7fffffff | 0
  let count = 0 | 0
  for (let at = from | 0; at < to; at = (at + 4) | 0) {
    const value = view.getInt32(at, true)
    const delta = (value - before) | 0
    if (delta < min) min = delta
    lows[count] = delta
    count = (count + 1) | 0
    before = value
  }
  lows.fill(min, count)
  for (let m = 0 | 0, k = 0 | 0; m < MINIBLOCKS; m = (m + 1) | 0) {
    let seen = 0 | 0
    for (const end = (k + MINIBLOCK) | 0; k < end; k = (k + 1) | 0) {
      const rest = (lows[k] - min) | 0
      lows[k] = rest
      seen |= rest
    }
    widths[m] = 32 - Math.clz32(seen)
  }
  least.low = min
  least.high = min >> 31
}

/** Returns what `low - other` borrows from the high half, without a branch, which a processor could not predict. */
const borrow = (low: number, other: number, difference: number): number =>
  ((~low & other) | (~(low ^ other) & difference)) >>> 31

function readBlock64(view: DataView, from: number, to: number): void {
  let lowBefore = view.getInt32(from - 8, true)
  let highBefore = view.getInt32(from - 4, true)
  let minLow = -1 | 0
  let minHigh = 0x7fffffff | 0
  let count = 0 | 0
  for (let at = from | 0; at < to; at = (at + 8) | 0) {
    const low = view.getInt32(at, true)
    const high = view.getInt32(at + 4, true)
    const deltaLow = (low - lowBefore) | 0
    const deltaHigh = (high - highBefore - borrow(low, lowBefore, deltaLow)) | 0
    if (deltaHigh < minHigh || (deltaHigh === minHigh && deltaLow >>> 0 < minLow >>> 0)) {
      minLow = deltaLow
      minHigh = deltaHigh
    }
    lows[count] = deltaLow
    highs[count] = deltaHigh
    count = (count + 1) | 0
    lowBefore = low
    highBefore = high
  }
  lows.fill(minLow, count)
  highs.fill(minHigh, count)
  for (let m = 0 | 0, k = 0 | 0; m < MINIBLOCKS; m = (m + 1) | 0) {
    let seenLow = 0 | 0
    let seenHigh = 0 | 0
    for (const end = (k + MINIBLOCK) | 0; k < end; k = (k + 1) | 0) {
      const low = lows[k]
      const restLow = (low - minLow) | 0
      const restHigh = (highs[k] - minHigh - borrow(low, minLow, restLow)) | 0
      lows[k] = restLow
      highs[k] = restHigh
      seenLow |= restLow
      seenHigh |= restHigh
    }
    widths[m] = seenHigh !== 0 ? 64 - Math.clz32(seenHigh) : 32 - Math.clz32(seenLow)
  }
  least.low = minLow
  least.high = minHigh
}

function writeBlock(): void {
  writeZigzag(least.low, least.high)
  for (let m = 0; m < MINIBLOCKS; m++) packed.bytes[packed.at++] = widths[m]
  for (let m = 0; m < MINIBLOCKS; m++) {
    const first = m * MINIBLOCK
    if (widths[m] <= 32) packLows(packed.view, packed.at, first, widths[m])
    else packWide(packed.view, packed.at, first, widths[m])
    // 32 values of any width end at a whole word.
    packed.at += (MINIBLOCK / 8) * widths[m]
  }
}

/** Packs the low halves of a miniblock with up to 32 bits each. */
function packLows(out: DataView, start: number, first: number, width: number): void {
  if (width === 0) return
  const end = (first + MINIBLOCK) | 0
  let at = start | 0
  let word = 0 | 0
  let bits = 0 | 0
  for (let k = first | 0; k < end; k = (k + 1) | 0) {
    const low = lows[k]
    word |= low << bits
    bits = (bits + width) | 0
    if (bits >= 32) {
      out.setInt32(at, word, true)
      at = (at + 4) | 0
      bits = (bits - 32) | 0
      word = bits === 0 ? 0 : low >>> (width - bits)
    }
  }
}

/** Packs a miniblock with more than 32 bits for each value: the low half, and as many bits of the high half as there are. */
function packWide(out: DataView, start: number, first: number, width: number): void {
  const end = (first + MINIBLOCK) | 0
  const highWidth = (width - 32) | 0
  let at = start | 0
  let word = 0 | 0
  let bits = 0 | 0
  for (let k = first | 0; k < end; k = (k + 1) | 0) {
    const low = lows[k]
    const high = highs[k]
    out.setInt32(at, word | (low << bits), true)
    at = (at + 4) | 0
    word = bits === 0 ? high : (low >>> (32 - bits)) | (high << bits)
    bits = (bits + highWidth) | 0
    if (bits >= 32) {
      out.setInt32(at, word, true)
      at = (at + 4) | 0
      bits = (bits - 32) | 0
      word = bits === 0 ? 0 : high >>> (highWidth - bits)
    }
  }
}

/** Maps numbers of both signs to small unsigned ones: 0, -1, 1, -2, ... */
function writeZigzag(low: number, high: number): void {
  const sign = high >> 31
  writeVarint((low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign)
}

function writeVarint(low: number, high: number): void {
  const { bytes } = packed
  let restLow = low
  let restHigh = high
  for (; restHigh !== 0 || restLow >>> 0 > 127; restHigh >>>= 7) {
    bytes[packed.at++] = (restLow & 127) | 128
    restLow = (restLow >>> 7) | (restHigh << 25)
  }
  bytes[packed.at++] = restLow
}
