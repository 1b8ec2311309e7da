import { CAUSES } from '../../memory/blame.ts';
import type { Voiced } from '../../memory/session-view.ts';
import type { Evidence, ViolationEvidence } from './evidence.ts';

/** The evidence of one agent turn for a terminal. */
export function renderEvidence(evidence: Evidence): string {
  const { method, userId, session, turn, unscored, violations, followed } = evidence;
  const head = [`${method} · ${userId} · session ${session} · turn ${turn}`, `The user: ${quote(evidence.userMessage)}`, `The agent: ${quote(evidence.agentMessage)}`];
  if (unscored !== null) return `${[...head, `No verdict: ${unscored}`].join('\n')}\n`;
  if (violations.length === 0) head.push(`No applicable preference was violated${followed.length > 0 ? `; followed: ${followed.join(', ')}` : ''}.`);
  return `${[head.join('\n'), ...violations.map(renderViolation)].join('\n\n')}\n`;
}

function renderViolation(found: ViolationEvidence): string {
  const cause = CAUSES.find(({ id }) => id === found.cause)!;
  return [
    `${found.preferenceId}  ${found.text}`,
    `  ${cause.label}. ${cause.meaning}`,
    ...rows([
      ['stated', voiced(found.stated, 'never before this reply')],
      ['extracted', voiced(found.extracted, 'never before this reply')],
      ['retrieval', retrieval(found)],
      ['memory', [memory(found)]],
      ['dialogue', [found.inDialogue ? 'asked for in this session, and in the prompt' : 'not asked for in this session']],
      ['judge', [judge(found)]],
      ['rule', [rule(found)]],
      ['user', [simulator(found)]],
      ['conflict', found.rivals.length === 0 ? ['no other preference of this user is in its group'] : found.rivals.map(rival)],
    ]),
  ].join('\n');
}

function rows(facts: readonly (readonly [string, readonly string[]])[]): string[] {
  return facts.flatMap(([name, lines]) => lines.map((line, index) => `  ${(index === 0 ? name : '').padEnd(11)}${line}`));
}

function voiced(places: readonly Voiced[], none: string): string[] {
  return places.length === 0 ? [none] : places.map(({ session, turn, text }) => `session ${session}, turn ${turn}: ${quote(text)}`);
}

function retrieval({ ranking }: ViolationEvidence): string[] {
  if (ranking === null) return ['none'];
  if (ranking.cards.length === 0) return [`${ranking.candidates} candidates, none says it`];
  return ranking.cards.map(
    ({ rank, chosen, probability, bonus, text }) => `rank ${rank} of ${ranking.candidates}, ${chosen ? 'chosen' : 'not chosen'} (probability ${probability.toFixed(3)}, vector ${bonus < 0 ? '' : '+'}${bonus.toFixed(4)}): ${quote(text)}`,
  );
}

function memory({ memory: { notes, saying, holds } }: ViolationEvidence): string {
  if (notes === null) return holds ? 'a history in which the user says it' : 'a history in which nobody says it';
  if (saying.length > 0) return `${notes} ${notes === 1 ? 'note' : 'notes'} in the prompt, one of them: ${quote(saying[0]!)}`;
  return notes === 0 ? 'nothing in the prompt' : `${notes} ${notes === 1 ? 'note' : 'notes'} in the prompt, none says it`;
}

function judge({ judge: { type, certainty, votes, against } }: ViolationEvidence): string {
  const said = `violated${type === '' ? '' : ` (${type})`}, certainty ${Math.round(certainty * 100)} %`;
  return votes > 0 ? `${said}; ${against} of ${votes} votes found it violated` : said;
}

function rule({ rule: found }: ViolationEvidence): string {
  if (found === null) return 'none decides this preference';
  const says = found.holds === null ? 'cannot tell' : found.holds ? 'kept' : 'broken';
  return `${found.name}: ${says}${found.decided ? `; it decided, and the judge ${found.judgeDisagreed ? 'had said otherwise' : 'agreed'}` : ''}`;
}

function simulator({ simulator: check }: ViolationEvidence): string {
  if (check === null) return 'noted nothing about it';
  if (!check.applies) return `noted that it does not apply: ${quote(check.why)}`;
  return `noted that it applies and is ${check.satisfied === true ? 'kept' : 'not kept'}: ${quote(check.why)}`;
}

function rival({ id, followed, inMemory }: ViolationEvidence['rivals'][number]): string {
  return `${id}: ${followed ? 'followed' : 'not followed'}, ${inMemory ? 'in the memory' : 'not in the memory'}`;
}

function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return JSON.stringify(line.length > LONGEST ? `${line.slice(0, LONGEST - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : line);
}

const LONGEST = 160;
