import iconv from 'iconv-lite'
import type { CharacterSet } from './collations.ts'

/** How the servers read a character set of one and two bytes per character, by its difference to iconv's. */
interface Definition {
  readonly iconv: string
  /** The second bytes, as ranges. */
  readonly trails: string
  /** The bytes that are a character by themselves, besides ASCII. */
  readonly singles?: string
  /** The characters of consecutive codes. */
  readonly characters?: Readonly<Record<string, string>>
  /** Ranges of codes of the Private Use Area, with their first code point. Codes of three bytes begin with 8F. */
  readonly privateUse?: Readonly<Record<string, number>>
  /** Ranges of codes without a character. */
  readonly without?: string
}

const EUC_TRAILS = 'A1-FE'

/**
 * test/integration/mysql/text-conversion.test.ts compares each code with the server. The servers have U+FFFD for some
 * codes of big5, which count here as codes without a character.
 */
const DEFINITIONS: Readonly<Partial<Record<CharacterSet, Definition>>> = {
  big5: {
    iconv: 'big5',
    trails: '40-7E A1-FE',
    characters: {
      A145: '•',
      A14E: '､',
      A1C2: '‾',
      A1E3: '∼',
      A1F2: '♁☉',
      A241: '／＼',
      A244: '¥',
      A246: '¢£',
      C6A1: 'ヾゝゞ々ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろゎわゐゑをん',
      C6F8: 'ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶ',
      C7B1: 'ДЕЁЖЗИЙКЛМУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя',
      C7E9: '①②③④⑤⑥⑦⑧⑨⑩⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽',
    },
    without: '8140-A0FE A15A A1C3 A1C5 A1FE A240 A2CC A2CE A3C0-A3E1 C7FD-C8FE F9DD-FEFE',
  },
  cp932: {
    iconv: 'cp932',
    trails: '40-7E 80-FC',
    singles: 'A1-DF',
    privateUse: { 'F040-F9FC': 0xe000 },
    without: 'FC4C-FCFC',
  },
  sjis: {
    iconv: 'sjis',
    trails: '40-7E 80-FC',
    singles: 'A1-DF',
    characters: { '815F': '\\', '8160': '〜‖', '817C': '−', '8191': '¢£', '81CA': '¬' },
    without: '8740-879C ED40-FCFC',
  },
  euckr: { iconv: 'euckr', trails: '41-5A 61-7A 81-FE' },
  gb2312: {
    iconv: 'gb2312',
    trails: EUC_TRAILS,
    characters: { A1A4: '・', A1AA: '―' },
    without: '81A1-A0FE A2A1-A2AA A6E0-A6F5 A8BB-A8C0',
  },
  gbk: {
    iconv: 'gbk',
    trails: '40-7E 80-FE',
    without:
      'A140-A1A0 A240-A2A0 A2AB-A2B0 A2E3-A2E4 A2EF-A2F0 A2FD-A3A0 A440-A4A0 A4F4-A5A0 A5F7-A6A0 A6B9-A6C0 ' +
      'A6D9-A6DF A6EC-A6ED A6F3 A6F6-A7A0 A7C2-A7D0 A7F2-A7FE A896-A8A0 A8BC A8BF A8C1-A8C4 A8EA-A8FE A958 A95B ' +
      'A95D-A95F A989-A995 A997-A9A3 A9F0-A9FE AAA1-AAFE ABA1-ABFE ACA1-ACFE ADA1-ADFE AEA1-AEFE AFA1-AFFE ' +
      'D7FA-D7FE F8A1-F8FE F9A1-F9FE FAA1-FAFE FBA1-FBFE FCA1-FCFE FDA1-FDFE FE50-FEFE',
  },
  gb18030: {
    iconv: 'gb18030',
    trails: '40-7E 80-FE',
    privateUse: { A3A0: 0xe5e5 },
  },
  ujis: {
    iconv: 'eucjp',
    trails: EUC_TRAILS,
    characters: {
      A1C0: '\\',
      A1C1: '〜‖',
      A1DD: '−',
      A1F1: '¢£',
      A2CC: '¬',
      '8FA2B7': '~',
    },
    privateUse: { 'F5A1-FEFE': 0xe000, '8FF5A1-8FFEFE': 0xe3ac },
    without: 'ADA1-ADFC',
  },
  eucjpms: {
    iconv: 'eucjp',
    trails: EUC_TRAILS,
    characters: {
      '8FA2C3': '￤',
      '8FF3F3':
        'ⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ＇＂㈱№℡炻仼僴凬匇匤﨎咊坙﨏塚增寬峵嵓﨑德悅愠敎昻晥晴朗栁﨓﨔橫櫢淸淲瀨凞猪甁皂皞益礰礼神祥福竧靖精綠緖羽荢﨟薰蘒﨡蠇諸譿賴赶﨣﨤逸郞都鄕﨧﨨閒隆﨩霻靍靑飯飼館馞髙魲鶴黑',
    },
    privateUse: { 'F5A1-FEFE': 0xe000, '8FF5A1-8FFEFE': 0xe3ac },
  },
}

/** In place of a code point: the code has no character. */
export const NO_CODE_POINT = 0xfffd

/** The code points of a multi-byte character set. NO_CODE_POINT if a code has none. */
export interface CodePoints {
  /** By code, of one or two bytes. */
  readonly short: Uint16Array
  /** By the last two bytes, for codes of three bytes, which begin with 8F. Empty if the set has none. */
  readonly afterLead8f: Uint16Array
  /** By position in the sequence of codes, for the codes of four bytes in gb18030 below U+10000. Empty in other sets. */
  readonly long: Uint16Array
}

const LEADS = rangeOf('81-FE')
const LEAD_8F = 0x8f
const NEWLINE = 0x0a
const CODES = 0x10000
/** The codes of four bytes in gb18030 for code points below U+10000. */
const LONG_CODES = 39_420

/** Null if the set is none of those with codes of one and two bytes. */
export function codePointsOf(set: CharacterSet): CodePoints | null {
  const definition = DEFINITIONS[set]
  if (definition === undefined) return null
  const { iconv: name, trails, singles = '' } = definition
  const isEuc = name === 'eucjp'
  const points = {
    short: new Uint16Array(CODES).fill(NO_CODE_POINT),
    afterLead8f: new Uint16Array(isEuc ? CODES : 0).fill(NO_CODE_POINT),
    long: set === 'gb18030' ? longCodePoints(name) : new Uint16Array(0),
  }
  for (let ascii = 0; ascii < 0x80; ascii++) points.short[ascii] = ascii
  decodeInto(points.short, name, [], singles === '' ? [] : rangeOf(singles))
  const seconds = trails.split(' ').flatMap(rangeOf)
  for (const lead of LEADS) {
    if (!isEuc || lead !== LEAD_8F) decodeInto(points.short, name, [lead], seconds)
    if (isEuc) decodeInto(points.afterLead8f, name, [LEAD_8F, lead], seconds)
  }
  correct(points, definition, new Set(seconds))
  return points
}

/** Decodes the codes that have the same first bytes. */
function decodeInto(into: Uint16Array, name: string, first: readonly number[], last: readonly number[]) {
  const bytes = Buffer.from(last.flatMap(byte => [...first, byte, NEWLINE]))
  const characters = iconv.decode(bytes, name).split('\n')
  const lead = first.at(-1) ?? 0
  last.forEach((byte, k) => {
    if (characters[k].length === 1) into[(lead << 8) | byte] = characters[k].charCodeAt(0)
  })
}

function longCodePoints(name: string): Uint16Array {
  const bytes = Buffer.alloc(4 * LONG_CODES)
  for (let k = 0; k < LONG_CODES; k++) {
    bytes[4 * k] = 0x81 + Math.floor(k / 12_600)
    bytes[4 * k + 1] = 0x30 + (Math.floor(k / 1260) % 10)
    bytes[4 * k + 2] = 0x81 + (Math.floor(k / 10) % 126)
    bytes[4 * k + 3] = 0x30 + (k % 10)
  }
  const characters = iconv.decode(bytes, name)
  return Uint16Array.from({ length: LONG_CODES }, (_, k) => characters.charCodeAt(k))
}

function correct({ short, afterLead8f }: CodePoints, definition: Definition, seconds: ReadonlySet<number>) {
  const { characters = {}, privateUse = {}, without } = definition
  const put = (code: number, point: number): void => {
    const table = code < CODES ? short : afterLead8f
    table[code % CODES] = point
  }
  const codesFrom = (first: number, last: number): number[] => {
    const codes: number[] = []
    for (let code = first; code <= last; code++) if (seconds.has(code & 0xff)) codes.push(code)
    return codes
  }
  for (const [first, text] of Object.entries(characters)) {
    let code = Number.parseInt(first, 16)
    for (const character of text) {
      while (!seconds.has(code & 0xff)) code++
      put(code++, character.charCodeAt(0))
    }
  }
  for (const [range, point] of Object.entries(privateUse))
    for (const [k, code] of codesFrom(...boundsOf(range)).entries()) put(code, point + k)
  for (const range of without?.split(' ') ?? [])
    for (const code of codesFrom(...boundsOf(range))) put(code, NO_CODE_POINT)
}

function boundsOf(range: string): [first: number, last: number] {
  const [first, last = first] = range.split('-').map(bound => Number.parseInt(bound, 16))
  return [first, last]
}

function rangeOf(range: string): number[] {
  const [first, last] = boundsOf(range)
  return Array.from({ length: last - first + 1 }, (_, k) => first + k)
}
