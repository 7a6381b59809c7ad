/** "Did you mean": the candidate nearest to a word that was not understood. */

/** The nearest of `candidates` within a third of the word's length in edits (at least one); null if none is near. */
export function closest(word: string, candidates: Iterable<string>): string | null {
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Three rows of the table, reused: a file of nothing but mistakes asks this often. */
let before = new Uint16Array(64);
let row = new Uint16Array(64);
let next = new Uint16Array(64);

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`; `limit` if it is not below that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  if (b.length >= row.length)
    [before, row, next] = [0, 1, 2].map(() => new Uint16Array(b.length * 2)) as [Uint16Array<ArrayBuffer>, Uint16Array<ArrayBuffer>, Uint16Array<ArrayBuffer>];
  for (let j = 0; j <= b.length; j++) row[j] = j;
  for (let i = 1; i <= a.length; i++) {
    next[0] = i;
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1;
      let cost = Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + same);
      if (i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1)) cost = Math.min(cost, (before[j - 2] as number) + 1);
      next[j] = cost;
      if (cost < least) least = cost;
    }
    // A swap reaches over one row only, so two rows above the limit stay above it.
    if (least > limit) return limit;
    [before, row, next] = [row, next, before];
  }
  return Math.min(row[b.length] as number, limit);
}
