import { ProtocolError } from "./errors.ts";

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const utf8 = (text: string): Uint8Array => textEncoder.encode(text);

/** Reads big-endian fields; every read is checked against the end, so a short message is a ProtocolError, never undefined. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  private take(length: number): number {
    if (this.remaining < length) {
      throw new ProtocolError("truncated", `${length} bytes wanted at ${this.offset}, ${this.remaining} left`);
    }
    const at = this.offset;
    this.offset += length;
    return at;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }
  u16(): number {
    return this.view.getUint16(this.take(2));
  }
  i16(): number {
    return this.view.getInt16(this.take(2));
  }
  u32(): number {
    return this.view.getUint32(this.take(4));
  }

  /** Unsigned LEB128 of at most 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw new ProtocolError("out-of-range", "a length over 32 bits");
  }

  /** A view on the next bytes, not a copy: it lives as long as the message does. */
  raw(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  rest(): Uint8Array {
    return this.raw(this.remaining);
  }

  text(length: number): string {
    try {
      return textDecoder.decode(this.raw(length));
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      throw new ProtocolError("bad-text", "not UTF-8");
    }
  }

  end(): void {
    if (this.remaining > 0) throw new ProtocolError("trailing", `${this.remaining} bytes after the last field`);
  }
}

/**
 * Writes what ByteReader reads. Grows as needed; `finish` hands over exactly what was written.
 * A number that does not fit its field is a bug of the caller and throws RangeError: wrapped around, it would be a lie to the peer.
 */
export class ByteWriter {
  private bytes: Uint8Array<ArrayBuffer>;
  private view: DataView;
  private used = 0;

  constructor(expectedBytes = 64) {
    this.bytes = new Uint8Array(expectedBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  get length(): number {
    return this.used;
  }

  private number(length: number, value: number, min: number, max: number): number {
    if (!(value >= min && value <= max)) throw new RangeError(`${value} does not fit a field of ${min}..${max}`);
    return this.reserve(length);
  }

  /** Where the next `length` bytes go. Call it before naming `bytes` or `view`: growing replaces both. */
  private reserve(length: number): number {
    const at = this.used;
    const needed = at + length;
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      grown.set(this.bytes);
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    this.used = needed;
    return at;
  }

  u8(value: number): this {
    const at = this.number(1, value, 0, 0xff);
    this.view.setUint8(at, value);
    return this;
  }
  u16(value: number): this {
    const at = this.number(2, value, 0, 0xffff);
    this.view.setUint16(at, value);
    return this;
  }
  i16(value: number): this {
    const at = this.number(2, value, -0x8000, 0x7fff);
    this.view.setInt16(at, value);
    return this;
  }
  u32(value: number): this {
    const at = this.number(4, value, 0, 0xffffffff);
    this.view.setUint32(at, value);
    return this;
  }

  varint(value: number): this {
    let left = value;
    while (left >= 0x80) {
      this.u8((left % 0x80) | 0x80);
      left = Math.floor(left / 0x80);
    }
    return this.u8(left);
  }

  raw(bytes: Uint8Array): this {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
    return this;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.used);
  }
}
