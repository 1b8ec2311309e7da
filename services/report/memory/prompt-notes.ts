/**
 * What a memory block tells the model, read without knowing the method: the notes in it, one a line or, in running text, one a sentence; headings are none. A block
 * that retells conversations ("User: …", "Agent: …") is a history: what stands in it under no speaker are its notes, and `said` holds what the user said.
 */
export function readPromptNotes(block: string): PromptNotes {
  if (latest.block === block) return latest.read;
  const read = readLines(block.split('\n'));
  latest = { block, read };
  return read;
}

/** The line by which a message is looked up in a history: its first one that is not empty. */
export function firstLineOf(message: string): string {
  return message.trim().split('\n', 1)[0]!.trim();
}

function readLines(lines: readonly string[]): PromptNotes {
  const notes: string[] = [];
  const said = new Set<string>();
  let speaker: 'user' | 'agent' | null = null;
  let isHistory = false;
  for (const line of lines) {
    const label = SPEAKER.exec(line);
    if (label) {
      isHistory = true;
      speaker = label[1]!.toLowerCase() === 'user' ? 'user' : 'agent';
      if (speaker === 'user') said.add(line.slice(label[0].length).trim());
    } else if (HEADING.test(line)) speaker = null;
    else if (speaker === null && line.trim() !== '') notes.push(...(BULLET.test(line) ? [line.replace(BULLET, '').trim()] : sentences(line)));
  }
  return { notes, isHistory, said };
}

function sentences(line: string): string[] {
  return line.trim().split(/(?<=[.!?])\s+(?=\p{Lu})/u);
}

/** Methods give all replies of a session the same history, or nearly so. */
let latest: { block: string; read: PromptNotes } = { block: '', read: { notes: [], isHistory: false, said: new Set() } };

const SPEAKER = /^\s*\[?(user|agent|assistant)\]?\s*:\s*/i;
const HEADING = /^\s*(?:#+\s.*|[^-*•\d\s][^:]{0,60}:\s*)$/;
const BULLET = /^\s*(?:[-*•]|\d+[.)])\s+/;

export interface PromptNotes {
  readonly notes: readonly string[];
  readonly isHistory: boolean;
  /** First lines of the user's messages in a history. */
  readonly said: ReadonlySet<string>;
}
