/** One line of docs/errors.md: what a code means and what its caller can do. */
export interface ProblemEntry {
  readonly status: number;
  readonly title: string;
  readonly remedy: string;
}
