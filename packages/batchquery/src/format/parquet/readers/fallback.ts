import { type Reader, refused } from './reader.ts'

/** Reads one value and writes it at `at`. Returns false if the type cannot hold it. */
export type ReadOne = (source: Buffer, start: number, end: number, view: DataView, at: number) => boolean

/**
 * A reader of values of fixed width that are nearly all in one form. A slower function reads the others.
 *
 * @param slow for the values that `fast` refuses
 */
export function withFallback(fast: Reader, width: number, slow: ReadOne, refusal: Reader['refusal']): Reader {
  const read: Reader['read'] = (values, from, to, out, view, first) => {
    let at = first
    let next = from
    while (next < to) {
      const end = fast.read(values, next, to, out, view, at)
      if (end >= 0) return end
      const other = -1 - end
      at += width * (other - next)
      if (!slow(values.source, values.starts[other], values.ends[other], view, at)) return refused(other)
      at += width
      next = other + 1
    }
    return at
  }
  return { ...fast, isOneToOne: false, read, refusal }
}
