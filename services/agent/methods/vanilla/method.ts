import { defineMethod } from '../../method.ts';

/** No memory at all: the baseline every other method is compared with (spec: algorithm.md 3.3). */
export default defineMethod({
  summary: 'No memory: each session starts from nothing.',
  version: '1',
  initialState: null,
  recall: async () => ({ block: '' }),
});
