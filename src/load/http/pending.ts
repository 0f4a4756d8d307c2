/** Bytes that wait for more. */
export class Pending {
  bytes: Buffer = Buffer.allocUnsafe(1024);
  size = 0;
  checked = false;

  add(bytes: Buffer, from: number, to: number): void {
    const size = this.size + to - from;
    if (size > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(size, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, 0, this.size);
      this.bytes = larger;
    }
    bytes.copy(this.bytes, this.size, from, to);
    this.size = size;
  }
}
