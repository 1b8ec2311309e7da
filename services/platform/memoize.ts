/**
 * Remembers a pure function's results by its text argument, at most `capacity` of them; the oldest goes first. Where the same
 * texts come again and again, such as the prompts of one session, reading each piece once is what keeps a call cheap.
 */
export function memoize<T>(capacity: number, read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined || known.has(text)) return found as T;
    const value = read(text);
    if (known.size >= capacity) known.delete(known.keys().next().value as string);
    known.set(text, value);
    return value;
  };
}
