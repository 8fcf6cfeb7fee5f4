/**
 * The bytes of an address as people write it: 4 of an IPv4 address, 16 of an IPv6 one, whose zone (`%eth0`) does not count.
 * @returns undefined for anything else, host names among them
 */
export function ipBytes(text: string): Uint8Array | undefined {
  if (!text.includes(":")) return ipv4Bytes(text);
  const [plain = ""] = text.split("%", 1);
  const halves = plain.split("::");
  if (halves.length > 2) return undefined;
  const front = groupBytes(halves[0] ?? "", halves.length === 1);
  const back = groupBytes(halves[1] ?? "", true);
  if (front === undefined || back === undefined) return undefined;
  const missing = 16 - front.length - back.length;
  // `::` stands for one group of zeros or more.
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return Uint8Array.of(...front, ...new Uint8Array(missing), ...back);
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const numbers = text.split(".");
  const isAddress =
    numbers.length === 4 && numbers.every((one) => /^(0|[1-9][0-9]{0,2})$/.test(one) && Number(one) < 256);
  return isAddress ? Uint8Array.from(numbers, Number) : undefined;
}

/** Groups of four hexadecimal digits; at the end of the whole address an IPv4 address may stand for two of them. */
function groupBytes(text: string, isEnd: boolean): number[] | undefined {
  const bytes: number[] = [];
  const groups = text === "" ? [] : text.split(":");
  for (const [index, group] of groups.entries()) {
    const ipv4 = isEnd && index === groups.length - 1 ? ipv4Bytes(group) : undefined;
    if (ipv4 !== undefined) bytes.push(...ipv4);
    else if (/^[0-9a-f]{1,4}$/i.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

/**
 * The one way to write an address (RFC 5952): lower case, the longest run of zero groups as `::`.
 * @param bytes 4 or 16 of them
 */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) throw new RangeError(`${bytes.length} bytes are no address`);
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  let [runStart, runLength] = [0, 0];
  for (let start = 0; start < 8; start += 1) {
    const end = groups.findIndex((group, at) => at >= start && group !== "0");
    const length = (end === -1 ? 8 : end) - start;
    if (length > runLength) [runStart, runLength] = [start, length];
  }
  // A single zero group is written as it is.
  if (runLength < 2) return groups.join(":");
  return `${groups.slice(0, runStart).join(":")}::${groups.slice(runStart + runLength).join(":")}`;
}
