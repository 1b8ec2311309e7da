import type { Random } from '../../platform/random.ts';
import { topicOf } from './topic.ts';

/** One question back, and no answer: what an assistant says while it does not know which problem is meant. */
export function clarifyingQuestion(userMessages: readonly string[], random: Random): string {
  if (userMessages.length === 0) return 'Hello! What would you like to work on?';
  const topic = topicOf(userMessages);
  return `${random.pick(OPENINGS)}${random.pick(QUESTIONS).replace('TOPIC', topic)}`;
}

const OPENINGS = ['', "I'd be happy to help with that. ", 'Sure. ', 'Thanks for the details so far. '];
const QUESTIONS = [
  'Could you tell me more about what is given for TOPIC, and what exactly has to be found?',
  'Could you share the exact details of the problem about TOPIC?',
  'What are the exact numbers or conditions in the part about TOPIC?',
  'Can you give me more of the problem about TOPIC, in particular what it asks for?',
];
