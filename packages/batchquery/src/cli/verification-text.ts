import prettyBytes from 'pretty-bytes'
import { visible } from '../platform/index.ts'
import type { RunState } from '../run/index.ts'
import type { VerifiedExport } from '../submit/verified-exports.ts'
import { countText } from './count-text.ts'

/** A verification for the user: a line for each export, then a summary. */
export function verificationText(exports: readonly VerifiedExport[], state: RunState): string {
  return [...exports.map(lineOf), lastLine(exports, state)].map(visible).join('\n')
}

/** With the first difference. Stderr gets all differences. */
function lineOf({ uri, differences, ...sizes }: VerifiedExport): string {
  const [first] = differences
  if (first === undefined) return `ok       ${uri}: ${sizesText(sizes)}`
  const others = differences.length - 1
  const more = others === 0 ? '' : `, and ${countText(others, 'more difference')}`
  return `differs  ${uri}: ${first.message}${more}`
}

function lastLine(exports: readonly VerifiedExport[], state: RunState): string {
  const different = exports.filter(({ differences }) => differences.length > 0).length
  if (different > 0) return `not verified: ${different} of ${countText(exports.length, 'export')} differ`
  if (state !== 'SUCCEEDED') return `not verified: the run is ${state}`
  const total = (size: 'parts' | 'rows' | 'bytes') => exports.reduce((sum, entry) => sum + entry[size], 0)
  const sizes = sizesText({ parts: total('parts'), rows: total('rows'), bytes: total('bytes') })
  return `verified: ${countText(exports.length, 'export')}, ${sizes}`
}

const sizesText = ({ parts, rows, bytes }: Pick<VerifiedExport, 'parts' | 'rows' | 'bytes'>): string =>
  `${countText(parts, 'part')}, ${countText(rows, 'row')}, ${prettyBytes(bytes)}`
