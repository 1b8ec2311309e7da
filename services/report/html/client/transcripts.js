/**
 * Shows one transcript at a time. Everything from the records becomes text nodes, never markup.
 * @typedef {import('../../sections/transcripts/model.ts').Transcript} Transcript
 * @typedef {import('../../sections/transcripts/model.ts').TranscriptTurn} Turn
 * @typedef {{ sessions: Transcript[], preferences: Record<string, Record<string, string>> }} Data
 */

/** @type {Record<string, string>} */
const STATUS = { ok: 'by the user', timeout: 'all turns used', sim_error: 'the simulated user failed', agent_error: 'the agent failed' };

const source = document.getElementById('transcript-data');
if (source) {
  /** @type {unknown} */
  const data = JSON.parse(source.textContent ?? '');
  browse(/** @type {Data} */ (data));
}

/** @param {Data} data */
function browse({ sessions, preferences }) {
  const form = /** @type {HTMLFormElement} */ (document.querySelector('.chooser'));
  const view = /** @type {HTMLElement} */ (document.querySelector('.transcript'));
  const [filter, method, user, session] = ['filter', 'method', 'user', 'session'].map((name) => /** @type {HTMLSelectElement} */ (form.elements.namedItem(name)));
  const [previous, next] = ['previous', 'next'].map((name) => /** @type {HTMLButtonElement} */ (form.elements.namedItem(name)));
  if (!filter || !method || !user || !session || !previous || !next) return;
  /** @type {Transcript[]} */
  let found = [];

  const choose = () => {
    found = sessions.filter((one) => fits(one, filter.value));
    fill(method, found.map((one) => one.method));
    const ofMethod = found.filter((one) => one.method === method.value);
    fill(user, ofMethod.map((one) => one.userId));
    const ofUser = ofMethod.filter((one) => one.userId === user.value);
    fill(session, ofUser.map((one) => String(one.session)));
    show(ofUser.find((one) => String(one.session) === session.value));
  };
  /** @param {Transcript | undefined} one */
  const show = (one) => {
    view.replaceChildren(...(one ? transcript(one, preferences[one.userId] ?? {}) : [el('p', {}, 'No session fits.')]));
    const at = one ? found.indexOf(one) : -1;
    previous.disabled = at <= 0;
    next.disabled = at < 0 || at >= found.length - 1;
  };
  /** @param {number} by */
  const step = (by) => {
    const at = found.findIndex((one) => one.method === method.value && one.userId === user.value && String(one.session) === session.value);
    const goal = found[at + by];
    if (!goal) return;
    method.value = goal.method;
    fill(user, found.filter((one) => one.method === goal.method).map((one) => one.userId), goal.userId);
    fill(session, found.filter((one) => one.method === goal.method && one.userId === goal.userId).map((one) => String(one.session)), String(goal.session));
    show(goal);
  };
  form.addEventListener('change', choose);
  form.addEventListener('submit', (event) => event.preventDefault());
  previous.addEventListener('click', () => step(-1));
  next.addEventListener('click', () => step(1));
  form.hidden = false;
  choose();
}

/**
 * Offers each value once; what was chosen stays chosen where it can, so that another method shows the same session.
 * @param {HTMLSelectElement} select
 * @param {string[]} values
 */
function fill(select, values, chosen = select.value) {
  const unique = [...new Set(values)];
  select.replaceChildren(...unique.map((value) => new Option(value, value)));
  if (unique.includes(chosen)) select.value = chosen;
}

/**
 * @param {Transcript} one
 * @param {string} filter
 */
function fits(one, filter) {
  if (filter === 'failed') return one.status !== 'ok' || one.task?.correct === false;
  if (filter === 'violated') return one.turns.some(({ agent }) => agent?.verdict?.violated);
  if (filter === 'enforced') return one.turns.some(({ user }) => user.enforced);
  if (filter === 'probe') return one.probe !== undefined;
  return true;
}

/**
 * @param {Transcript} one
 * @param {Record<string, string>} texts
 */
function transcript(one, texts) {
  const { status, task, probe } = one;
  /** @param {string} id */
  const name = (id) => texts[id] ?? id;
  const answer = task?.correct === undefined ? ['–', 'not scored'] : task.correct ? ['✓', 'right'] : ['✗', 'wrong'];
  /** @type {[string, string][]} */
  const facts = [
    ['Ended', one.error ? `${STATUS[status] ?? status}: ${one.error}` : (STATUS[status] ?? status)],
    ['Answer', `${answer.join(' ')}${task?.reason ? `: ${task.reason}` : ''}`],
    ['Final draft', one.finalDraft ?? '–'],
    ['Problem', `${one.dataset}, ${one.problemId}`],
    ['Memory after it', `${one.memoryTokens} tokens`],
    ...(probe ? [/** @type {[string, string]} */ (['Conflict probe', probeText(probe, name)])] : []),
    ...(one.faults ? [/** @type {[string, string]} */ (['Faults', one.faults.join('; ')])] : []),
  ];
  let memory = '';
  return [
    el('h3', {}, `${one.method}, ${one.userId}, session ${one.session}`),
    el('dl', { class: 'first-lines' }, ...facts.map(([term, text]) => el('div', {}, el('dt', {}, term), el('dd', {}, text)))),
    ...(one.greeting ? [el('div', { class: 'turn' }, el('div', { class: 'said agent' }, el('p', { class: 'who' }, 'Agent, greeting'), el('p', { class: 'words' }, one.greeting)))] : []),
    ...one.turns.flatMap((turn, index) => {
      const given = turn.agent?.memory;
      if (given !== undefined && given !== '=') memory = given;
      return turnParts(turn, index, given === undefined ? '' : memory, given === '=', name);
    }),
  ];
}

/**
 * @param {Turn} turn
 * @param {number} index
 * @param {string} memory
 * @param {boolean} same
 * @param {(id: string) => string} name
 */
function turnParts({ user, agent }, index, memory, same, name) {
  const asides = [
    ...(user.enforced ?? []).map((id) => el('li', { class: 'enforced' }, `Asks again: ${name(id)}`)),
    ...(user.disappointed ? [el('li', {}, 'Disappointed')] : []),
    ...(user.probe ? [el('li', {}, 'Carries the conflict probe')] : []),
    ...(user.stop ? [el('li', {}, 'Ends the session')] : []),
    ...(user.draft ? [el('li', { class: 'quiet' }, `Draft answer: ${user.draft}`)] : []),
  ];
  return [
    row(`User, turn ${index}`, 'user', user.text, asides.length > 0 ? [el('ul', {}, ...asides)] : []),
    ...(agent ? [row(`Agent, turn ${index}`, 'agent', agent.text, [...verdictParts(agent.verdict, name), ...memoryParts(agent, memory, same)])] : []),
  ];
}

/**
 * @param {NonNullable<Turn['agent']>['verdict']} verdict
 * @param {(id: string) => string} name
 */
function verdictParts(verdict, name) {
  if (!verdict) return [el('p', { class: 'quiet' }, 'No verdict')];
  if (verdict.unscored !== undefined) return [el('p', {}, `Not scored: ${verdict.unscored}`)];
  /** @param {string} id */
  const rule = (id) => (verdict.byRule?.includes(id) ? ' (by rule)' : '');
  const items = [
    ...(verdict.violated ?? []).map(({ id, type }) => el('li', { class: 'violated' }, `✗ Violated, ${type.replaceAll('_', ' ')}: ${name(id)}${rule(id)}`)),
    ...(verdict.followed ?? []).map((id) => el('li', { class: 'followed' }, `✓ Followed: ${name(id)}${rule(id)}`)),
    ...(verdict.overApplied ?? []).map((id) => el('li', { class: 'over' }, `! Applied where it does not belong: ${name(id)}${rule(id)}`)),
  ];
  return items.length > 0 ? [el('ul', {}, ...items)] : [el('p', { class: 'quiet' }, 'No preference applies')];
}

/**
 * @param {NonNullable<Turn['agent']>} agent
 * @param {string} memory
 * @param {boolean} same
 */
function memoryParts(agent, memory, same) {
  return [
    ...(memory ? [el('details', {}, el('summary', {}, `Memory given: ${agent.memoryTokens ?? 0} tokens${same ? ', as in the turn before' : ''}`), el('pre', {}, memory))] : []),
    ...(agent.extracted ? [el('p', { class: 'quiet' }, `Read from the user's message: ${agent.extracted.join('; ')}`)] : []),
  ];
}

/**
 * @param {string} who
 * @param {string} side
 * @param {string} words
 * @param {Element[]} asides
 */
function row(who, side, words, asides) {
  return el('div', { class: 'turn' }, el('div', { class: `said ${side}` }, el('p', { class: 'who' }, who), el('p', { class: 'words' }, words || '(empty)')), el('div', { class: 'aside' }, ...asides));
}

/**
 * @param {NonNullable<Transcript['probe']>} probe
 * @param {(id: string) => string} name
 */
function probeText({ group, variant, query, expected, followed, confused, unscored }, name) {
  const outcome =
    unscored !== undefined ? `not scored: ${unscored}` : confused ? 'the reply tried to satisfy several' : followed === expected ? '✓ followed' : followed ? `✗ followed instead: ${name(followed)}` : '✗ followed neither';
  return `${group}, ${variant}: “${query}” Right is: ${name(expected)}. Outcome: ${outcome}`;
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(string | Element)} children
 */
function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
