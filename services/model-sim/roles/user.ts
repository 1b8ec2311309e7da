import { finalAnswerOf, isClarifyingOnly } from '../../catalogue/index.ts';
import * as P from '../parameters.ts';
import type { ListedPreference, Prompt } from '../prompt-reader.ts';
import { checkPreference, momentOf } from '../moment.ts';
import { cueFor } from '../user/cues.ts';
import { nextWords, openingMessage } from '../user/opening.ts';
import { readScene, type Scene } from '../user/scene.ts';
import { voicePreference } from '../voice.ts';
import { preferencesThatCount, timesAsked } from '../user/conflicts.ts';
import type { RoleCall } from './role.ts';

/**
 * Plays a person with a problem: opens vaguely, answers questions a little at a time, checks every real reply against the listed preferences
 * and complains in plain words when one is broken; otherwise takes over the reply's answer as the draft, then stops, asks on or gives up.
 * Knows nothing but the prompt. Preferences that no rule is recognised in count as kept.
 */
export function playUser(prompt: Prompt, call: RoleCall): UserTurn {
  const scene = readScene(prompt);
  if (scene.own.length === 0 && !scene.finalOnly) return say(scene, openingMessage(scene, call), 'I start with a vague request and leave the details for later.');
  if (scene.reply === '') return say(scene, '', 'There is no reply to read yet.');
  if (isClarifyingOnly(scene.reply)) return answerQuestion(scene, call);

  const moment = momentOf(scene.own, scene.reply);
  const counting = preferencesThatCount(scene, moment, call);
  const checked = scene.preferences.map((preference) => (counting.has(preference) ? { preference, ...checkPreference(preference, moment) } : { preference, applies: false, kept: null }));
  const complaints = checked.filter(({ preference, applies, kept }) => applies && isFelt(preference, kept, scene, call));
  const checks = checked
    .filter(({ applies, kept, preference }) => applies && (kept !== null || complaints.some((complaint) => complaint.preference === preference)))
    .map(({ preference, kept }) => {
      const broken = complaints.some((complaint) => complaint.preference === preference);
      // A break that the user does not notice or has stopped caring about is not a break to this user.
      return { id: preference.id, applies: true, satisfied: !broken, why: broken ? 'The last reply does not do this.' : kept ? 'The last reply does this.' : 'Close enough for me.' };
    });
  const turn = complaints.length > 0 ? complain(scene, call, complaints.map(({ preference }) => preference)) : goOn(scene, call);
  return { ...turn, preference_checks: checks };
}

/** A break that the user notices and still cares about; or, rarely, a complaint without a reason. */
function isFelt(preference: ListedPreference, kept: boolean | null, scene: Scene, call: RoleCall): boolean {
  if (kept === null) return false;
  const random = call.random('notice', preference.id, scene.reply, scene.own.length);
  if (kept) return random.chance(P.FALSE_COMPLAINT_RATE);
  const patience = call.lasting('patience', scene.persona, preference.id).pick(P.REQUESTS_BEFORE_LETTING_GO);
  return random.chance(P.NOTICE_RATE) && timesAsked(preference, scene.own) < patience;
}

function complain(scene: Scene, call: RoleCall, broken: readonly ListedPreference[]): UserTurn {
  const random = call.random('complain', scene.reply, scene.own.length);
  const named = random.shuffle(broken).slice(0, P.COMPLAINTS_AT_ONCE);
  const disappointed = named.some((preference) => timesAsked(preference, scene.own) > 0) && random.chance(P.DISAPPOINTMENT_RATE);
  const opening = disappointed ? random.pick(DISAPPOINTED) : random.pick(NEUTRAL);
  const response = [opening, ...named.map(voicePreference), random.pick(REDO)].filter((part) => part !== '').join(' ');
  return {
    ...say(scene, scene.finalOnly ? '' : response, 'The reply breaks something I care about, so I ask for that first and leave my draft as it is.'),
    enforce_preferences: true,
    enforced_preference_ids: named.map(({ id }) => id),
    expresses_disappointment: disappointed,
  };
}

function answerQuestion(scene: Scene, call: RoleCall): UserTurn {
  const words = nextWords(scene, call);
  const asked = scene.replies.filter(isClarifyingOnly).length;
  const turn = words === null && asked >= P.QUESTIONS_BEFORE_GIVING_UP ? stop(scene, call, false) : say(scene, words ?? "That's everything I have, please work with that.", 'The agent asks for details, so I give a few more.');
  return { ...turn, agent_was_clarifying: true };
}

/** No complaint: take the answer over, then stop, ask on, or give up. */
function goOn(before: Scene, call: RoleCall): UserTurn {
  const scene = { ...before, draft: finalAnswerOf(before.reply) ?? before.draft };
  if (scene.finalOnly) return say(scene, '', 'I read the last reply and settle my draft.');
  const random = call.random('go-on', scene.reply, scene.own.length);
  const knows = !/i don['’]t know/i.test(scene.draft);
  if (scene.probe !== '' && !scene.own.some((message) => message.includes(scene.probe))) return say(scene, scene.probe, 'There is one more thing I want to ask.');
  const followUps = scene.own.filter((message) => FOLLOW_UPS.some((question) => message.includes(question))).length;
  if (knows) {
    const curious = scene.turnsLeft > P.LAST_TURNS && followUps < P.FOLLOW_UPS_PER_SESSION && random.chance(P.FOLLOW_UP_RATE);
    if (!curious) return stop(scene, call, true);
    const cue = random.chance(P.FOLLOW_UP_CUE_RATE) ? cueFor(scene.preferences, scene.own, random) : null;
    return say(scene, [cue, random.pick(FOLLOW_UPS)].filter(Boolean).join(' '), 'I have an answer, but I want to be surer of it.');
  }
  const unhelpful = scene.replies.filter((reply) => !isClarifyingOnly(reply) && finalAnswerOf(reply) === null).length;
  if (unhelpful >= P.UNHELPFUL_BEFORE_GIVING_UP || scene.turnsLeft <= P.LAST_TURNS) return stop(scene, call, false);
  return say(scene, /\?\s*$/.test(scene.reply) ? random.pick(GO_AHEAD) : random.pick(WHAT_IS_IT), 'I still have no answer to write down.');
}

function stop(scene: Scene, call: RoleCall, content: boolean): UserTurn {
  const closing = call.random('stop', scene.reply, scene.own.length).pick(content ? CONTENT : GIVING_UP);
  const why = content ? 'My draft looks good and nothing is missing.' : 'I do not get any further with this agent.';
  return { ...say(scene, `${closing} TERMINATE`, why), should_terminate: true };
}

function say(scene: Scene, response: string, reasoning: string): UserTurn {
  return {
    preference_checks: [],
    agent_was_clarifying: false,
    enforce_preferences: false,
    enforced_preference_ids: [],
    expresses_disappointment: false,
    reasoning,
    draft_answer: scene.draft,
    should_terminate: false,
    response: scene.finalOnly ? '' : response,
  };
}

const NEUTRAL = ['', 'Hold on.', 'One thing first.', 'Before we go on.', 'Hm.'];
const DISAPPOINTED = ["That's still not what I asked for.", "I already asked for this, and it's frustrating.", 'Again, this is not how I want it, and I am disappointed.'];
const REDO = ['Redo your last message that way.', 'Say it again like that.', 'Change your last message accordingly.', 'Try again with that.'];
const FOLLOW_UPS = ['Why does that work?', 'Are you sure about that?', 'Can you double-check it?', 'How come it is not something else?'];
const GO_AHEAD = ['Yes, go on.', 'Makes sense, carry on.', 'Okay, continue.'];
const WHAT_IS_IT = ['So what comes out in the end?', 'And what is it then, in the end?', "I still can't tell what to write down."];
const CONTENT = ["That's what I needed, thanks.", 'Great, that settles it.', "Good, I'm done here."];
const GIVING_UP = ["I'll leave it here.", "This isn't getting me anywhere, I'll stop.", 'Never mind, I have to go.'];

export interface UserTurn {
  preference_checks: { id: string; applies: boolean; satisfied: boolean | null; why: string }[];
  agent_was_clarifying: boolean;
  enforce_preferences: boolean;
  enforced_preference_ids: string[];
  expresses_disappointment: boolean;
  reasoning: string;
  draft_answer: string;
  should_terminate: boolean;
  response: string;
}
