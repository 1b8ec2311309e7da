/**
 * Turns the sections of the page into tabs (the WAI-ARIA pattern): arrow keys, Home and End move, the address keeps the tab. Without this script all
 * sections stand one after another, and the list of tabs is a table of contents.
 */
const bar = /** @type {HTMLElement} */ (document.querySelector('.tabs'));
const tabs = [...bar.querySelectorAll('a')];
const panels = tabs.map((tab) => /** @type {HTMLElement} */ (document.getElementById(tab.hash.slice(1))));

bar.setAttribute('role', 'tablist');
for (const [index, tab] of tabs.entries()) {
  const panel = /** @type {HTMLElement} */ (panels[index]);
  tab.setAttribute('role', 'tab');
  tab.setAttribute('aria-controls', panel.id);
  panel.setAttribute('role', 'tabpanel');
  panel.setAttribute('aria-labelledby', tab.id);
  panel.tabIndex = 0;
  tab.addEventListener('click', (event) => {
    event.preventDefault();
    open(index, true);
  });
}

bar.addEventListener('keydown', (event) => {
  const now = tabs.findIndex((tab) => tab === document.activeElement);
  const last = tabs.length - 1;
  /** @type {Record<string, number>} */
  const goals = { ArrowRight: now === last ? 0 : now + 1, ArrowLeft: now === 0 ? last : now - 1, Home: 0, End: last };
  const goal = goals[{ ArrowDown: 'ArrowRight', ArrowUp: 'ArrowLeft' }[event.key] ?? event.key];
  if (now < 0 || goal === undefined || event.ctrlKey || event.altKey || event.metaKey) {
    if (event.key !== ' ' || now < 0) return;
    open(now, true);
  } else {
    open(goal, true);
    tabs[goal]?.focus();
  }
  event.preventDefault();
});

const wide = matchMedia('(min-width: 64rem)');
const turn = () => bar.setAttribute('aria-orientation', wide.matches ? 'vertical' : 'horizontal');
wide.addEventListener('change', turn);
turn();
window.addEventListener('hashchange', follow);
document.documentElement.classList.add('tabbed');
follow();

/** Opens the panel that the address names, or that holds what it names. */
function follow() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const index = target ? panels.findIndex((panel) => panel.contains(target)) : 0;
  open(Math.max(0, index), false);
  if (target && !panels.includes(target)) target.scrollIntoView();
}

/**
 * @param {number} chosen
 * @param {boolean} remember
 */
function open(chosen, remember) {
  for (const [index, tab] of tabs.entries()) {
    tab.setAttribute('aria-selected', String(index === chosen));
    tab.tabIndex = index === chosen ? 0 : -1;
    const panel = panels[index];
    if (panel) panel.hidden = index !== chosen;
  }
  const tab = tabs[chosen];
  if (!tab) return;
  const { left, width } = tab.getBoundingClientRect();
  bar.scrollBy({ left: left - bar.getBoundingClientRect().left - (bar.clientWidth - width) / 2 });
  if (remember) history.replaceState(null, '', tab.hash);
}
