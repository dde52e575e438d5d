import type { Interval } from '../../read-ranges.ts'

/**
 * Divides tables by the numbers of their blocks. The first interval has no lower bound and the last one has no upper bound, so no row is
 * missing if the tables grow. Several tables are the parts of one: then an interval has the same blocks of each of them, because the server
 * compares the ctid of each row in its own table.
 *
 * @param blocks of each table
 */
export function blockIntervals(blocks: readonly number[], count: number): readonly Interval[] {
  const total = blocks.reduce((sum, of) => sum + of, 0)
  const most = Math.max(0, ...blocks)
  const bounds: number[] = []
  for (let index = 1; index < count; index++) {
    const bound = blockAt(blocks, (total * index) / count)
    if (bound > (bounds.at(-1) ?? 0) && bound < most) bounds.push(bound)
  }
  const edges = [0, ...bounds, most]
  return edges.slice(0, -1).map((from, index) => {
    const to = edges[index + 1]
    const lower = index === 0 ? [] : [`ctid >= '(${from},0)'`]
    const upper = index === edges.length - 2 ? [] : [`ctid < '(${to},0)'`]
    const conditions = [...lower, ...upper]
    return {
      where: conditions.length === 0 ? 'true' : conditions.join(' AND '),
      share: total === 0 ? 1 : (below(blocks, to) - below(blocks, from)) / total,
    }
  })
}

/** How many blocks of all tables have a number below this one. */
const below = (blocks: readonly number[], number: number): number =>
  blocks.reduce((sum, of) => sum + Math.min(of, number), 0)

/** The smallest number below which there are so many blocks. */
function blockAt(blocks: readonly number[], wanted: number): number {
  let least = 0
  let most = Math.max(0, ...blocks)
  while (least < most) {
    const middle = Math.floor((least + most) / 2)
    if (below(blocks, middle) >= wanted) most = middle
    else least = middle + 1
  }
  return least
}
