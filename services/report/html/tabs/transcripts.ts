import { counted, fixed } from '../../format.ts';
import type { ReportModel } from '../../model.ts';
import { Html, html } from '../markup.ts';

/** The transcript browser: choices, and the data that the page's script shows. Null when the report carries no transcripts. */
export function transcriptsTab({ manifest, sections: { transcripts } }: ReportModel): Html | null {
  if (!transcripts || transcripts.sessions.length === 0) return null;
  const { total, sessions, users, maxBytes } = transcripts;
  const all = sessions.length === total;
  const what = users.length > 0 ? ` of ${users.join(', ')}` : '';
  return html`<p class="note">${
    all
      ? `All ${counted(total, 'recorded session')}${what} are here.`
      : `${fixed(sessions.length, 0)} of ${counted(total, 'recorded session')}${what} are here, since a page holds at most ${fixed(maxBytes, 0)} bytes of them: whole trajectories of users drawn at random, the same for every method, and sessions of every method that failed or were answered wrongly.`
  } ${!all && html`Others come with <code>attune report ${manifest.runId} --transcripts USER</code> (several users with commas between them), more of them with <code>--transcript-bytes N</code>.`}</p>
<noscript><p>Choosing a transcript needs JavaScript, which is off. The records are in sessions.ndjson and verdicts.ndjson of the run.</p></noscript>
<form class="chooser" hidden aria-label="Choose a transcript">
<label>Show <select name="filter"><option value="">all sessions here</option><option value="failed">failed or answered wrongly</option><option value="violated">with a violated preference</option><option value="enforced">with an enforcing user</option><option value="probe">with a conflict probe</option></select></label>
<label>Method <select name="method"></select></label>
<label>User <select name="user"></select></label>
<label>Session <select name="session"></select></label>
<span class="steps"><button type="button" name="previous">← Previous</button> <button type="button" name="next">Next →</button></span>
</form>
<div class="transcript" aria-live="polite"></div>
<script type="application/json" id="transcript-data">${embedded({ sessions, preferences: transcripts.preferences })}</script>`;
}

/** JSON that can neither end its element nor start a comment, whatever users wrote: every < is written as an escape. */
function embedded(data: unknown): Html {
  return new Html(JSON.stringify(data).replace(/[<>\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`));
}
