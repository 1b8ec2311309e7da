/**
 * Remembers a pure function's results by its text argument, at most `capacity` of them; the oldest goes first. Where the same
 * texts come again and again, such as the prompts of one session, reading each piece once is what keeps a call cheap.
 */
export function memoize<T>(capacity: number, read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined || known.has(text)) return found as T;
    // Also what is read may consist of pieces of the text.
    const own = ownCopy(text);
    const value = read(own);
    if (known.size >= capacity) known.delete(known.keys().next().value as string);
    known.set(own, value);
    return value;
  };
}

/**
 * The same text in memory of its own. A text that was cut out of a longer one, or joined from several, keeps those in memory for as long as it is kept itself: a cache
 * of short pieces would hold every prompt that one of them came from.
 */
export function ownCopy(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
