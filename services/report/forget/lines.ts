/** Whether a line of a run's NDJSON files is about a user: a record or a verdict of theirs, or a fact that names them. */
export function isLineOf(line: string, userId: string): boolean {
  // Most lines name somebody else, which is told without reading them whole.
  if (!line.includes(JSON.stringify(userId).slice(1, -1))) return false;
  const value = JSON.parse(line) as NamesUser;
  if (value.userId === userId) return true;
  for (const fact of [value.sessionStarted, value.turnCompleted, value.sessionEnded, value.sessionJudged]) {
    if (fact?.userId === userId || fact?.key?.user?.userId === userId) return true;
  }
  return namesUser(value.faultSeen?.detail ?? '', userId);
}

/** Whether a sentence about a fault or about work that was given up names a user, as "method/user" with what follows. */
export function namesUser(text: string, userId: string): boolean {
  return new RegExp(`/${userId.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?=[/:,;\\s]|[.](?:\\s|$)|$)`, 'u').test(text);
}

interface NamesUser extends Named {
  sessionStarted?: Named;
  turnCompleted?: Named;
  sessionEnded?: Named;
  sessionJudged?: Named;
  faultSeen?: { detail?: string };
}

interface Named {
  userId?: string;
  key?: { user?: { userId?: string } };
}
