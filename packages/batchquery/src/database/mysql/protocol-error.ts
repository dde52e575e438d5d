import { BatchQueryError } from '../../errors/index.ts'

const HINT =
  'Something between server and client changed the bytes. Use TLS (sslmode=verify-full) and run again.'

export function malformedRow(column: number): BatchQueryError {
  return new BatchQueryError(
    'DATABASE_LOST',
    `the server sent a row that ends wrongly at column ${column + 1}`,
    {
      hint: HINT,
    },
  )
}

export function malformedPacket(cause: unknown): BatchQueryError {
  return new BatchQueryError('DATABASE_LOST', "the server's answer cannot be read", { hint: HINT, cause })
}

export function packetOutOfOrder(expected: number, found: number): BatchQueryError {
  return new BatchQueryError(
    'DATABASE_LOST',
    `the server's packets are out of order: number ${found} came in place of ${expected}`,
    { hint: HINT },
  )
}
