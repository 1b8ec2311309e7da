/**
 * What the product stand-ins remember with in place of a model: every sentence of a user is a fact, and of "My <subject> is <value>." the newest stands. What is told twice
 * is there twice: the adapter must not. Search ranks by shared words, the newest first where they are equal, and always gives something, as a search by embedding does.
 */
export function createFactStore(updates: 'replace' | 'end', defect: Defect | null): FactStore {
  let facts: Fact[] = [];
  let count = 0;

  function add(user: string, session: string, sentence: string, at: string): void {
    const subject = /^my (.+?) is /i.exec(sentence)?.[1]?.toLowerCase() ?? null;
    const same = facts.find((fact) => fact.user === user && fact.endedAt === null && (fact.text === sentence || (subject !== null && fact.subject === subject)));
    if (same && same.text !== sentence && subject !== null && defect !== 'keeps_old') {
      if (updates === 'replace') {
        Object.assign(same, { text: sentence, at });
        return;
      }
      same.endedAt = at;
    }
    count += 1;
    facts.push({ id: `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`, number: count, user, session, subject, text: sentence, at, endedAt: null });
  }

  return {
    learn(user, session, text, at) {
      const sentences = [...new Set(text.split(/(?<=[.!?])\s+|\n/).map((one) => one.trim().slice(0, 300)).filter((one) => one !== ''))];
      for (const sentence of sentences) for (let time = 0; time < (defect === 'doubles' ? 2 : 1); time += 1) add(user, session, sentence, at);
    },
    search(users, query, k) {
      const asked = words(query);
      const score = ({ text }: Fact) => {
        const own = words(text);
        return [...own].filter((word) => asked.has(word)).length / Math.sqrt(own.size * asked.size || 1);
      };
      const newest = defect === 'keeps_old' ? -1 : 1;
      return facts
        .filter((fact) => defect === 'leaks' || users.includes(fact.user))
        .map((fact) => ({ ...fact, score: score(fact) }))
        .sort((a, b) => b.score - a.score || newest * (b.number - a.number))
        .slice(0, k);
    },
    of: (user, session) => facts.filter((fact) => fact.user === user && (session === undefined || fact.session === session)),
    forget(user) {
      if (defect !== 'remembers') facts = facts.filter((fact) => fact.user !== user);
    },
    restart() {
      if (defect === 'loses') facts = [];
    },
  };
}

function words(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
}

/** What a bad product does: shows other users' facts, forgets nothing, keeps everything twice, loses all at a restart, or keeps old facts in front of new ones. */
export type Defect = 'leaks' | 'remembers' | 'doubles' | 'loses' | 'keeps_old';

export interface FactStore {
  learn(user: string, session: string, text: string, at: string): void;
  search(users: readonly string[], query: string, k: number): (Fact & { score: number })[];
  of(user: string, session?: string): Fact[];
  forget(user: string): void;
  restart(): void;
}

export interface Fact {
  id: string;
  number: number;
  user: string;
  session: string;
  subject: string | null;
  text: string;
  at: string;
  endedAt: string | null;
}
