/** The collation numbers of each character set, except for those that `characterSetOf` computes. */
const COLLATIONS = {
  armscii8: '32 64',
  ascii: '11 65',
  big5: '1 84',
  binary: '63',
  cp1250: '26 34 44 66 99',
  cp1251: '14 23 50-52',
  cp1256: '57 67',
  cp1257: '29 58-59',
  cp850: '4 80',
  cp852: '40 81',
  cp866: '36 68',
  cp932: '95-96',
  dec8: '3 69',
  eucjpms: '97-98',
  euckr: '19 85',
  gb18030: '248-250',
  gb2312: '24 86',
  gbk: '28 87',
  geostd8: '92-93',
  greek: '25 70',
  hebrew: '16 71',
  hp8: '6 72',
  keybcs2: '37 73',
  koi8r: '7 74',
  koi8u: '22 75',
  latin1: '5 8 15 31 47-49 94',
  latin2: '2 9 21 27 77',
  latin5: '30 78',
  latin7: '20 41-42 79',
  macce: '38 43',
  macroman: '39 53',
  sjis: '13 88',
  swe7: '10 82',
  tis620: '18 89',
  ucs2: '35 90 128-151 159 640-642',
  ujis: '12 91',
  utf16: '54-55 101-124 672-674',
  utf16le: '56 62',
  utf32: '60-61 160-183 736-738',
  utf8mb3: '33 76 83 192-215 223 576-578',
  utf8mb4: '45-46 224-247 255-323 608-610',
} as const

/** A character set, by the name that MySQL 8 and MariaDB have for it. */
export type CharacterSet = keyof typeof COLLATIONS

/** MariaDB's number for the NOPAD variant of a collation is 1,024 higher. */
const MARIADB_NOPAD = 1024
/** MariaDB's UCA 14.0.0 collations have numbers from 2,048 on, 256 for each of these character sets. */
const MARIADB_UCA1400 = 2048
const UCA1400_SETS = ['utf8mb3', 'utf8mb4', 'ucs2', 'utf16', 'utf32'] as const

const sets: ReadonlyMap<number, CharacterSet> = new Map(
  Object.keys(COLLATIONS)
    .filter(isCharacterSet)
    .flatMap(set => numbersOf(COLLATIONS[set]).map(number => [number, set] as const)),
)

function isCharacterSet(name: string): name is CharacterSet {
  return Object.hasOwn(COLLATIONS, name)
}

function numbersOf(text: string): number[] {
  return text.split(' ').flatMap(range => {
    const [first, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, k) => first + k)
  })
}

/** The character set of a collation number, or null if neither MySQL nor MariaDB is known to have the collation. */
export function characterSetOf(collation: number): CharacterSet | null {
  if (collation >= MARIADB_UCA1400) return UCA1400_SETS[(collation - MARIADB_UCA1400) >> 8] ?? null
  return sets.get(collation >= MARIADB_NOPAD ? collation - MARIADB_NOPAD : collation) ?? null
}
