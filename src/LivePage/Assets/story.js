// What happened, in lines of the log; the buttons that break things; the end with its hash.
import { post } from './api.js';
import { byId, make, say, tell } from './dom.js';

const linesMax = 300;
/** Events that begin a disturbance: from them it is measured for how long no step is applied. */
const disturbances = new Set(['fault-asked', 'worker-died', 'coordinator-died', 'worker-lost', 'worker-silent']);
const lookFor = 4000;        // ms after a disturbance in which its effect is looked for
const looksApart = 250;      // ms: two looks and a little; a shorter gap can't be seen here

/** Puts a line beside the story's title. @param isCount whether it is another in a moment: a screen reader is spared those */
export function announce(line, isCount = false) {
  const place = byId('recovery');
  place.setAttribute('aria-live', isCount ? 'off' : 'polite');
  tell(place, line);
}

export class Story {
  constructor() {
    this.list = byId('story');
    this.waiting = null;
    this.lastStepAt = performance.now();
  }

  /** For who hears all of it anew. What there was meanwhile nobody measured. */
  clear() {
    this.list.replaceChildren();
    this.forget();
  }

  /** Nobody tells what happens: what is being measured will not be known. */
  forget() {
    if (this.waiting) announce('');
    this.waiting = null;
    this.lastStepAt = performance.now();
  }

  /** New lines of the log. Of the workers' own only what somebody should know. */
  add(lines, isFirst) {
    for (const line of lines) {
      // Nor what processes print: how one ended is an event of its own.
      if (line.event === 'process-wrote' || (line.level === 'information' && line.node.startsWith('worker'))) continue;
      const time = new Date(line.time);
      this.list.prepend(make('li', { class: line.level },
        make('time', { class: 'time', datetime: line.time }, time.toLocaleTimeString('en-GB')), make('span', { class: 'node' }, line.node),
        make('span', { class: 'text' }, `${line.level === 'information' ? '' : '⚠ '}${line.text}`)));
      if (!isFirst && disturbances.has(line.event) && !this.waiting) this.waiting = { since: performance.now(), steps: 0, longest: 0, isCounted: false, what: line.text.split(/[;:,(]/)[0].trim() };
    }
    while (this.list.children.length > linesMax) this.list.lastChild.remove();
  }

  /** A step was applied. */
  advance() {
    this.measure();
    this.lastStepAt = performance.now();
    if (this.waiting) this.waiting.steps++;
  }

  /** Time passes. @param isHeld whether no step is due: nobody waits for one @param isOver whether none comes any more */
  wait(isHeld, isOver) {
    const now = performance.now();
    if (isHeld || isOver) this.lastStepAt = now;
    if (!this.waiting) return;
    if (isHeld && !isOver && this.waiting.steps === 0) this.postpone(now);
    this.measure();
    const { since, steps, longest, what } = this.waiting;
    const gap = now - this.lastStepAt;
    if (gap > 2 * looksApart) {
      announce(`${what}: no step for ${(gap / 1000).toFixed(1)} s`, true);
      this.waiting.isCounted = true;
    } else if (now - since > lookFor) {
      announce(steps === 0 ? `${what}: no step was applied after it`
        : longest < looksApart ? `${what}: the next step was applied within ${looksApart / 1000} s, and so were all after it`
        : `${what}: the next step was applied ${(longest / 1000).toFixed(1)} s after the one before`);
      this.waiting = null;
    }
  }

  /** What is done to a run that is paused shows its effect when the run goes on. */
  postpone(now) {
    if (this.waiting.isCounted) announce('');
    Object.assign(this.waiting, { since: now, isCounted: false });
  }

  measure() {
    if (this.waiting) this.waiting.longest = Math.max(this.waiting.longest, performance.now() - this.lastStepAt);
  }
}

const ofWorkers = [['killWorker', 'Kill', 'SIGKILL: gone without a word'], ['stopWorker', 'Stop for 8 s', 'SIGSTOP: it hangs'], ['slowWorker', 'Slow down', 'it gets a tenth of the time for 20 s'],
  ['cutOffWorker', 'Cut off', 'its data connection breaks for 8 s']];
const ofCluster = [['addWorker', 'Add a worker', 'one more process'], ['killCoordinator', 'Kill the coordinator', 'SIGKILL: another goes on from the last checkpoint']];

/** The buttons, anew where the processes are others. @param possible what can be done by whoever serves the page */
export function drawBreakers({ cluster }, possible, onProblem) {
  const box = byId('breakers');
  const key = JSON.stringify(cluster);
  if (box.dataset.key === key) return;
  const focused = document.activeElement?.dataset.button;
  box.dataset.key = key;
  byId('break').hidden = cluster.isOver;
  const press = async (fault, worker) => onProblem((await post('api/break', { fault, ...(worker === undefined ? {} : { worker }) })).problem);
  const button = (fault, worker, name, title, isOff) => make('button', { type: 'button', title, 'data-button': `${fault}${worker ?? ''}`, 'aria-disabled': String(isOff), onclick: () => isOff ? onProblem(`${worker ?? 'the coordinator'} does not run just now`) : press(fault, worker) }, name);
  box.replaceChildren(
    ...cluster.workers.map((worker) => make('div', { class: 'breakers', role: 'group', 'aria-label': worker.name }, make('span', { class: 'who' }, worker.name),
      ...ofWorkers.filter(([fault]) => possible.includes(fault)).map(([fault, name, title]) => button(fault, worker.name, name, title, worker.state === 'gone')))),
    ...(ofCluster.some(([fault]) => possible.includes(fault)) ? [make('div', { class: 'breakers', role: 'group', 'aria-label': 'cluster' }, make('span', { class: 'who' }, 'the cluster'),
      ...ofCluster.map(([fault, name, title]) => button(fault, undefined, name, title, fault === 'killCoordinator' && !cluster.coordinatorRuns)))] : []));
  if (focused) box.querySelector(`[data-button="${CSS.escape(focused)}"]`)?.focus();
}

/** The end: what came of it, and whether it is what an undisturbed run comes to. */
export function drawEnd(summary, control, canCompare, onProblem) {
  const key = JSON.stringify([summary.outcome, summary.reason, summary.steps, summary.parametersSha256, control?.comparison, control?.cluster.isOver]);
  const box = byId('end-body');
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  const comparison = control?.comparison;
  const children = [
    make('p', {}, `${summary.outcome}: ${summary.reason}. ${say(summary.steps)} steps${summary.testAccuracy === null ? '' : `, test accuracy ${(summary.testAccuracy * 100).toFixed(2)} %`}; `
      + `${summary.faults.seen} faults seen, ${summary.faults.slotsReassigned} slots reassigned, ${summary.faults.stepsRedone} steps redone.`),
    make('p', { class: 'quiet' }, `SHA-256 of the ${say(summary.parameterCount)} parameters`), make('p', { class: 'hash' }, summary.parametersSha256 || 'there was no model'),
  ];
  if (comparison) {
    if (comparison.parametersSha256) children.push(make('p', { class: 'quiet' }, 'of the run that nobody disturbed'), make('p', { class: 'hash' }, comparison.parametersSha256));
    children.push(make('p', { class: 'verdict', role: 'status' }, `${comparison.isSame === null ? '' : comparison.isSame ? '✓ ' : '✗ '}${comparison.text}`));
  }
  if (canCompare && control.cluster.isOver && summary.outcome === 'completed' && (!comparison || (comparison.isSame === null && !comparison.isTraining))) {
    children.push(summary.deterministic
      ? make('button', { type: 'button', id: 'compare', onclick: async () => onProblem((await post('api/compare')).problem) }, 'Train it again, undisturbed, and compare')
      : make('p', { class: 'quiet' }, 'This run does not repeat to the bit, with these workers: a second one would have another hash.'));
  }
  const hadFocus = box.contains(document.activeElement);
  box.replaceChildren(...children);
  if (hadFocus) box.focus();
}
