import type { PageBuffer } from './page-buffer.ts'

/** A run of at least this many equal indices is written as a run; everything else is packed in groups of eight. */
const SHORTEST_RUN = 16

/**
 * Writes the indices of a data page: the width of an index, and then runs and packed groups.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#run-length-encoding--bit-packing-hybrid-rle--3
 */
export function writeIndices(indices: Uint16Array, count: number, entries: number, page: PageBuffer): void {
  const width = entries <= 1 ? entries : 32 - Math.clz32(entries - 1)
  page.room(2 * count + (count >> 2) + 64)
  const out = page.bytes
  let at = page.at
  out[at++] = width
  let from = 0
  while (from < count) {
    const packedEnd = endOfPacked(indices, from, count)
    if (packedEnd > from) {
      at = writePacked(indices, from, packedEnd, width, out, at)
      from = packedEnd
    }
    if (from >= count) break
    const end = endOfRun(indices, from, count)
    at = writeVarint((end - from) * 2, out, at)
    const index = indices[from]
    if (width > 0) out[at++] = index & 255
    if (width > 8) out[at++] = index >>> 8
    from = end
  }
  page.at = at
}

/** The end of the groups of eight before the next run, which starts at the border of a group. */
function endOfPacked(indices: Uint16Array, from: number, count: number): number {
  let end = from | 0
  while (end < count) {
    const index = indices[end]
    const shortest = (end + SHORTEST_RUN) | 0
    let k = (end + 1) | 0
    while (k < shortest && k < count && indices[k] === index) k = (k + 1) | 0
    if (k === shortest) return end
    end = (end + 8) | 0
  }
  return count
}

function endOfRun(indices: Uint16Array, from: number, count: number): number {
  const index = indices[from]
  let end = (from + SHORTEST_RUN) | 0
  while (end < count && indices[end] === index) end = (end + 1) | 0
  return end
}

function writePacked(
  indices: Uint16Array,
  from: number,
  end: number,
  width: number,
  out: Buffer,
  first: number,
): number {
  const groups = (end - from + 7) >> 3
  let at = writeVarint(groups * 2 + 1, out, first) | 0
  let word = 0 | 0
  let bits = 0 | 0
  for (let k = from | 0; k < end; k = (k + 1) | 0) {
    word |= indices[k] << bits
    bits = (bits + width) | 0
    while (bits >= 8) {
      out[at] = word & 255
      at = (at + 1) | 0
      word >>>= 8
      bits = (bits - 8) | 0
    }
  }
  // The last group is filled up with zeros.
  for (let missing = groups * 8 * width - (end - from) * width + bits; missing > 0; missing -= 8) {
    out[at] = word & 255
    at = (at + 1) | 0
    word >>>= 8
  }
  return at
}

function writeVarint(value: number, out: Buffer, first: number): number {
  let at = first
  let rest = value
  for (; rest > 127; rest >>>= 7) out[at++] = (rest & 127) | 128
  out[at++] = rest
  return at
}
