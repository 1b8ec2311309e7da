import type { Random } from '../../platform/random.ts';
import type { Knowledge } from '../knowledge.ts';

/** What a role may use besides the prompt. */
export interface RoleCall {
  /** Chance that depends on the server's seed, the request's seed and what it is drawn for. */
  random(purpose: string, ...content: (string | number)[]): Random;
  /** Chance that does not depend on the request's seed: what a model knows or can do stays the same within a session. */
  lasting(purpose: string, ...content: (string | number)[]): Random;
  readonly knowledge: Knowledge;
}
