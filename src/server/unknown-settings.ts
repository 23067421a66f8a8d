/** Nothing but Shearwater's settings should begin like this, so anything else is a slip of the keyboard. */
const OURS = /^(AUTH|SHEARWATER)_/;
const CLOSE = 3;

/** One sentence for each variable that looks like a setting and is none. */
export function unknownSettings(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): string[] {
  return Object.keys(env)
    .filter((name) => OURS.test(name) && !known.includes(name))
    .sort()
    .map((name) => {
      const meant = closest(name, known);
      return `unknown setting ${name}${meant ? `; did you mean ${meant}?` : ''}`;
    });
}

/** The known name that differs least, with and without the product's name in front; undefined when none is close. */
export function closest(name: string, known: readonly string[]): string | undefined {
  const bare = name.replace(/^SHEARWATER_/, '');
  const [best] = known
    .map((candidate) => ({
      candidate,
      edits: Math.min(editDistance(name, candidate), editDistance(bare, candidate)),
    }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits <= CLOSE ? best.candidate : undefined;
}

/** Levenshtein's: how many letters to insert, remove or change to get from one word to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column += 1) {
      const change = row[column - 1]! + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(change, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
