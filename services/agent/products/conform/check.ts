import type { Examined } from './examined.ts';

/** One thing that is asked of every adapter. */
export interface AdapterCheck {
  /** A stable name for tables and scripts. */
  name: string;
  /** What an adapter does that passes, in one sentence. */
  what: string;
  /** Returns a remark for the table; throws CheckFailed, NotOffered or NotChecked, or what a call threw. */
  run(examined: Examined): Promise<string>;
}
