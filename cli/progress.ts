const PLAIN_EVERY_MS = 5_000;

/**
 * One status line: rewritten in place on a terminal, a plain line every five seconds elsewhere. `note` writes
 * above it what must not be missed.
 */
export class ProgressLine {
  #lastPlainMs = Number.NEGATIVE_INFINITY;
  #shown = '';

  update(text: string): void {
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\x1b[2K${text.slice(0, process.stderr.columns - 1)}`);
    } else if (performance.now() - this.#lastPlainMs >= PLAIN_EVERY_MS) {
      this.#lastPlainMs = performance.now();
      process.stderr.write(`${text}\n`);
    }
    this.#shown = text;
  }

  note(text: string): void {
    this.#clear();
    process.stderr.write(`${text}\n`);
    if (process.stderr.isTTY) process.stderr.write(this.#shown);
  }

  done(): void {
    this.#clear();
    this.#shown = '';
  }

  #clear(): void {
    if (process.stderr.isTTY && this.#shown !== '') process.stderr.write('\r\x1b[2K');
  }
}

/** `42 %`, never 100 before the end. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '100 %' : `${Math.min(part < whole ? 99 : 100, Math.floor((part * 100) / whole))} %`;
}
