/** https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html */
const HEADER = 4

export interface Packet {
  readonly sequence: number
  readonly payload: Buffer
}

/** Cuts a stream into packets. Packets of 16 MiB and more do not occur. */
export class PacketCutter {
  #rest: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): Packet[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const packets: Packet[] = []
    for (;;) {
      if (this.#rest.length < HEADER) return packets
      const end = HEADER + this.#rest.readUIntLE(0, 3)
      if (this.#rest.length < end) return packets
      packets.push({ sequence: this.#rest[3] ?? 0, payload: this.#rest.subarray(HEADER, end) })
      this.#rest = this.#rest.subarray(end)
    }
  }
}

export function packetBytes({ sequence, payload }: Packet): Buffer {
  const header = Buffer.alloc(HEADER)
  header.writeUIntLE(payload.length, 0, 3)
  header[3] = sequence
  return Buffer.concat([header, payload])
}

export function errorPacket(number: number, message: string): Packet {
  const code = Buffer.alloc(2)
  code.writeUInt16LE(number)
  return { sequence: 1, payload: Buffer.concat([Buffer.from([0xff]), code, Buffer.from(`#HY000${message}`)]) }
}

export const isError = ({ payload }: Packet): boolean => payload[0] === 0xff
