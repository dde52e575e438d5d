import { describe } from 'vitest'
import { attack } from './attack.ts'
import { expanded, hostileText, pumpedText } from './mutation.ts'
import { READERS } from './readers.ts'

describe('the readers read or refuse any input', () => {
  for (const { name, corpus, pieces, read } of READERS) attack(name, hostileText(corpus, pieces), read)
})

describe('the readers read or refuse long inputs that repeat themselves', () => {
  for (const { name, corpus, pieces, read } of READERS)
    attack(name, pumpedText(corpus, pieces), text => read(expanded(text, 100_000)), 10)
})
