import { Role } from '../../services/gen/attune/conversation/v1/conversation.ts';
import type { Message } from '../../services/gen/attune/conversation/v1/conversation.ts';
import { JudgeSessionRequest } from '../../services/gen/attune/judge/v1/judge.ts';
import { Preference } from '../../services/gen/attune/profile/v1/profile.ts';
import { chatAnswer, startScriptedServer } from '../../services/platform/models/scripted-server.ts';
import type { AskedRequest, ScriptedAnswer } from '../../services/platform/models/scripted-server.ts';
import { connect } from '../../services/platform/rpc.ts';
import type { Client } from '../../services/platform/rpc.ts';
import { JUDGE_DEFAULTS } from '../../services/judge/config.ts';
import type { JudgeConfig } from '../../services/judge/config.ts';
import { createJudge, JudgeDefinition } from '../../services/judge/service.ts';

/**
 * The judge as its callers reach it, with a model that says what `answer` gives for a prompt: an object is sent as JSON, a text as it is, a
 * ScriptedAnswer under `raw` raw.
 */
export async function startScriptedJudge(answer: (asked: JudgePrompt) => object | string, options: ScriptedJudgeOptions = {}): Promise<ScriptedJudge> {
  const server = await startScriptedServer(({ number, body }) => {
    const text = body.messages?.[0]?.content ?? '';
    const format = body['response_format'] as { json_schema?: { name?: string } } | undefined;
    const said = answer({ number, schema: format?.json_schema?.name ?? '', text, preferences: preferencesOf(text), model: body.model ?? '', seed: Number(body['seed']) });
    if (typeof said === 'object' && 'raw' in said) return said.raw as ScriptedAnswer;
    return chatAnswer(typeof said === 'string' ? said : JSON.stringify(said));
  });
  const hub = server.hub({}, options.cacheDir === undefined ? {} : { cache: { mode: 'read-write', dir: options.cacheDir } });
  const panel = (options.panel ?? ['scripted-judge']).map((model) => hub.client('judge', { endpoint: 'main', model }));
  const { client, close } = connect(JudgeDefinition, createJudge({ ...JUDGE_DEFAULTS, ...options.config }, { panel }));
  return {
    client,
    asked: server.asked,
    async [Symbol.asyncDispose]() {
      await close();
      await hub.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The verdict on one turn as a judge's model says it; preferences are numbers of the prompt. */
export function turnJson(turn: number, changes: Partial<TurnJson> = {}): TurnJson {
  return { turn, overruled: [], applicable_preferences: [], followed: [], violated: [], over_personalization: [], certainty: 0.5, ...changes };
}

/** Three preferences of which the first has a rule, and a session with a greeting, two agent turns and a last message of the user. */
export function judgedSession(changes: Partial<JudgeSessionRequest> = {}): JudgeSessionRequest {
  return {
    ...JudgeSessionRequest.fromPartial({
      profile: { userId: 'u-1', persona: 'A gardener.', preferences: [BULLETS, KIND, PROOF] },
      dialogue: [
        says('assistant', 'Hello! What can I do?'),
        says('user', 'How many tulips are there?'),
        says('assistant', 'There are twelve tulips.'),
        says('user', 'Please use bullet points.'),
        says('assistant', '- There are four rows.\n- They hold twelve tulips.'),
        says('user', 'Thanks.'),
      ],
      seed: 5,
    }),
    ...changes,
  };
}

/** One message of a dialogue. */
export function says(role: 'user' | 'assistant', content: string): Message {
  return { role: role === 'user' ? Role.USER : Role.ASSISTANT, content };
}

export const BULLETS = Preference.fromPartial({ id: 'bullets', action: 'answer in bullet points', rule: 'bullets' });
export const KIND = Preference.fromPartial({ id: 'kind', action: 'sound like an old friend' });
export const PROOF = Preference.fromPartial({ id: 'proof', condition: 'a proof is asked for', action: 'end with a recap' });

/** The numbered texts of a prompt's list, in its order. */
function preferencesOf(prompt: string): string[] {
  const list = /<preferences>\n(.*?)\n<\/preferences>/s.exec(prompt)?.[1] ?? '';
  return [...list.matchAll(/^\d+\. (.*)$/gm)].map(([, text]) => text ?? '');
}

export interface JudgePrompt {
  /** 0 for the first call. */
  number: number;
  /** What kind of verdict is wanted. */
  schema: string;
  text: string;
  /** The preferences' texts in the order shown; number n of the prompt is at n - 1. */
  preferences: string[];
  /** The model that is asked. */
  model: string;
  seed: number;
}

export interface ScriptedJudgeOptions {
  config?: Partial<JudgeConfig>;
  /** Names of the models; one named "scripted-judge" unless told. */
  panel?: readonly string[];
  /** Where answers are kept; nowhere unless told. */
  cacheDir?: string;
}

export interface TurnJson {
  turn: number;
  overruled: number[];
  applicable_preferences: number[];
  followed: number[];
  violated: { preference: number; type: string }[];
  over_personalization: number[];
  certainty: number;
}

interface ScriptedJudge extends AsyncDisposable {
  client: Client<typeof JudgeDefinition>;
  /** What the model was asked, oldest first. */
  asked: AskedRequest[];
}
