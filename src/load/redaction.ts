/** The secrets that a script has read so far: no line of the log shows them. */
export class Redaction {
  #secrets: string[] = [];

  add(secret: string): void {
    if (secret === '' || this.#secrets.includes(secret)) return;
    // A secret that contains another one is masked whole.
    this.#secrets = [...this.#secrets, secret].sort((a, b) => b.length - a.length);
  }

  apply(text: string): string {
    let masked = text;
    for (const secret of this.#secrets) masked = masked.replaceAll(secret, '***SECRET_REDACTED***');
    return masked;
  }
}
