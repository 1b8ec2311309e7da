import { AttuneError } from '../../platform/errors.ts';

/** Work that could not go on for a reason that lies outside it: the run is being stopped, or its coordinator is away. It waits for another try, which costs it nothing. */
export class Interrupted extends AttuneError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('unavailable', message, options);
  }
}
