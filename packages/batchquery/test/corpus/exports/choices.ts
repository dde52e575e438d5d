import { createHash } from 'node:crypto'
import type { TextLayout } from '../../../src/format/index.ts'
import { Dice } from '../../campaign/dice.ts'
import { PIECES, type Table } from '../../integration/csv/hard-rows.ts'

/** Chance of an export's own, so that a new export changes nothing of the others. */
export const diceOf = (id: string): Dice => new Dice(createHash('sha256').update(id).digest().readInt32LE())

/** `001`, `002` and so on. */
export const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => String(at + 1).padStart(3, '0'))

export const bytes = (text: string): Buffer => Buffer.from(text)

const CHARACTERS = [...'",\';|\t\\ 0123456789.e+-ntrbZNxy\r\n#\0']
const STRINGS = [
  ...CHARACTERS,
  ...['', ', ', '\r\n', '||', '§', ';;', 'ab', '\n', 'é', 'nn', '.x', '\\x', '%$#'],
]

/** Any layout that INTO OUTFILE takes but the fixed width. */
export function anyTextLayout(dice: Dice): Partial<TextLayout> {
  const some = (texts: readonly string[], probability: number) =>
    dice.chance(probability) ? bytes(dice.pick(texts)) : null
  const fields = some(STRINGS, 0.8)
  const enclosedBy = fields?.length === 0 ? bytes('"') : some(['', ...CHARACTERS], 0.6)
  const escapedBy = some(['', '\\', ...CHARACTERS], 0.4)
  const startingBy = some(STRINGS, 0.3)
  const lines = some(STRINGS, 0.5)
  return {
    ...(fields && { fieldsTerminatedBy: fields }),
    ...(enclosedBy && { enclosedBy, optionallyEnclosed: dice.chance(0.5) }),
    ...(escapedBy && { escapedBy }),
    ...(startingBy && { linesStartingBy: startingBy }),
    ...(lines && { linesTerminatedBy: lines }),
  }
}

const CSV_CHARACTERS = [...',;|\t"\'!#$%&()*+-/:<=>?@[]^_`{}~ \\a0x\x01\x7f']

/** Any layout of CSV whose lines end in LF. */
export function anyCsvLayout(dice: Dice): Partial<TextLayout> {
  const delimiter = dice.pick(CSV_CHARACTERS)
  const quote = dice.pick(CSV_CHARACTERS.filter(character => character !== delimiter))
  return { fieldsTerminatedBy: bytes(delimiter), enclosedBy: bytes(quote) }
}

/** A few of a list, in any order, at least one. */
export function someOf<T>(dice: Dice, list: readonly T[]): T[] {
  const keyed = list.filter(() => dice.chance(0.4)).map(item => ({ item, key: dice.fraction() }))
  const chosen = keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
  return chosen.length > 0 ? chosen : [dice.pick(list)]
}

/** Rows of texts that are hard to write, the given ones among them; the last row has no NULL, which would have no type. */
export function hardTable(dice: Dice, columns: number, more: readonly string[] = []): Table {
  const pieces = [...PIECES, ...more]
  const value = () => {
    if (dice.chance(0.15)) return null
    return Array.from({ length: Math.floor(dice.fraction() * 6) }, () => dice.pick(pieces)).join('')
  }
  const rows = Array.from({ length: 8 }, () => Array.from({ length: columns }, value))
  return [...rows, Array.from({ length: columns }, () => 'end')]
}

/** Character sets with what PostgreSQL calls them, and texts: of many the second byte looks like a separator. */
export const CHARACTER_SETS = [
  { characterSet: 'utf8mb4', encoding: 'UTF8', texts: ['é', '日|本', '"𝄞",', '€@', '한'] },
  { characterSet: 'latin1', encoding: 'WIN1252', texts: ['é', 'ü|ö', '"ß",', '€@', 'ñ'] },
  { characterSet: 'sjis', encoding: 'SJIS', texts: ['ポ', 'ソ表能', 'ア@|ァ', 'ミ"ポ,', '能|'] },
  { characterSet: 'cp932', encoding: 'SJIS', texts: ['ポ', 'ソ表能', '①|ァ', 'ミ"ポ,', '髙'] },
  { characterSet: 'gbk', encoding: 'GBK', texts: ['丂', '亅|亗', '弢"@', '乗\\', '中文'] },
  { characterSet: 'big5', encoding: 'BIG5', texts: ['功', '許蓋', '育"|', '一@', '中文'] },
  { characterSet: 'euckr', encoding: 'EUC_KR', texts: ['한글', '가|나', '"다",', '@', '라'] },
  { characterSet: 'gb2312', encoding: 'EUC_CN', texts: ['中文', '一|二', '"三",', '@', '四'] },
  { characterSet: 'ujis', encoding: 'EUC_JP', texts: ['ポ', 'ソ表能', 'ア|ァ', '"ミ",', '日本'] },
  { characterSet: 'cp1251', encoding: 'WIN1251', texts: ['Привет', '№|Ё', '"я",', '@', 'ж'] },
  { characterSet: 'koi8r', encoding: 'KOI8R', texts: ['Привет', 'Ж|Ё', '"я",', '@', '─'] },
  { characterSet: 'greek', encoding: 'ISO_8859_7', texts: ['αβγ', 'δ|ε', '"ζ",', '@', 'Ω'] },
] as const

/** A table of the texts of a character set, with NULLs and empty strings. */
export const textsTable = (texts: readonly string[]): Table =>
  texts.map((text, at) => [text, `${texts[(at + 1) % texts.length]}\t\\`, at % 2 === 0 ? null : ''])
