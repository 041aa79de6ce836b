// The cluster as a picture: a lane a worker, the parameter server, the update. A step is drawn from its ledger line; while one is
// open for longer than a look takes, from what the exchange says of it.
import { byId, make, say, tell } from './dom.js';

const words = { dealt: '○ dealt', computing: '◔ computing', in: '➜ arrived', averaged: '✓ averaged', late: '! late' };
const flight = 260;      // ms that a gradient is seen on its way

const isStill = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** The slots of a ledger line as they were at a moment of the step. @param at ms since it was opened */
export function slotsAt(line, at) {
  return line.slots.map((slot, index) => {
    const arrived = (slot.arrivedMicroseconds ?? line.milliseconds * 1000) / 1000;
    const began = arrived - slot.computeMicroseconds / 1000;
    return {
      slot: slot.arrival?.slot ?? index, worker: slot.worker, samples: slot.samples, took: slot.computeMicroseconds / 1000, from: slot.arrival?.fromVersion ?? line.step - 1,
      at: slot.arrivedMicroseconds === undefined ? undefined : arrived,   // older ledgers don't say
      state: at >= line.milliseconds ? 'averaged' : at >= arrived ? 'in' : at >= began ? 'computing' : 'dealt',
    };
  });
}

/** The slots of the step that is open, as the exchange told. */
export function openSlots(view) {
  return view.slots.map((slot) => ({
    slot: slot.slot, worker: slot.worker, backup: slot.backup,
    state: slot.isIn ? 'in' : view.isLate || slot.backup ? 'late' : 'computing',
  }));
}

/** What the signs on a tile mean. */
export function drawLegend(isSynchronous) {
  const meanings = { dealt: 'given to a worker', computing: 'the worker computes its gradient', in: 'the gradient is at the server', averaged: isSynchronous ? 'averaged into the new version' : 'applied: a new version', late: 'late: others may compute it too' };
  byId('legend').replaceChildren(...Object.entries(meanings).map(([state, meaning]) => make('span', {}, make('span', { class: `tile sign ${state}`, 'aria-hidden': 'true' }, words[state][0]), meaning)));
}

const isIn = (slot) => slot.state === 'in' || slot.state === 'averaged';

function tile(slot, withTimes) {
  const details = slot.backup ? `also ${slot.backup}` : withTimes && isIn(slot) && slot.at !== undefined ? `at ${say(slot.at, 1)} ms` : slot.samples ? `${slot.samples} samples` : '';
  return make('div', { class: `tile ${slot.state}`, 'data-slot': slot.slot }, make('b', {}, `slot ${slot.slot}`), words[slot.state], ...(details ? [make('br'), details] : []));
}

/** What a tile says of times under the pointer. Not drawn with it: at full speed nothing else is another at each look. */
const timesOf = (slot) => slot.took === undefined ? ''
  : `slot ${slot.slot}: ${slot.samples} samples, computed in ${say(slot.took, 2)} ms${slot.at === undefined ? '' : `, at the server ${say(slot.at, 2)} ms after the step was opened`}`;

/** Replaces an element's children only where they are others: a screen reader and the eye are left in peace. */
function show(element, children, key) {
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  element.replaceChildren(...children());
}

const stateWords = { runs: '', stopped: '‖ stopped (SIGSTOP)', slowed: '~ slowed down', gone: '✗ gone' };

/** What a worker's lane says of versions. */
function holds(connected, mine, scene) {
  if (scene.isNow) return connected ? (connected.version === null ? 'holds no version yet' : `holds version ${say(connected.version)}`) : scene.workers ? '✗ not connected' : '';
  const from = mine.find((slot) => slot.from !== undefined)?.from;
  if (from === undefined && scene.workers && !connected) return '✗ not connected';
  return from === undefined ? '' : `from version ${say(from)}`;
}

/** Draws lanes and server. @param scene {slots, version, workers, processes, synchronous, withTimes, isNow, isReplay, isLong} */
export function drawCluster(scene) {
  const names = new Set([...(scene.processes ?? []).map((worker) => worker.name), ...(scene.workers ?? []).map((worker) => worker.name), ...scene.slots.map((slot) => slot.worker)]);
  names.delete(null);
  const lanes = byId('lanes');
  const laneKey = [...names].join();
  if (lanes.dataset.key !== laneKey) {
    lanes.dataset.key = laneKey;
    lanes.replaceChildren(...[...names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((name) => make('div', { class: 'lane', 'data-worker': name },
      make('div', {}, make('div', { class: 'name' }, name), make('div', { class: 'holds' })), make('div', { class: 'tiles' }))));
  }
  for (const lane of lanes.children) {
    const name = lane.dataset.worker;
    const process = scene.processes?.find((worker) => worker.name === name);
    const connected = scene.workers?.find((worker) => worker.name === name);
    const mine = scene.slots.filter((slot) => slot.worker === name);
    const helped = scene.slots.filter((slot) => slot.backup === name && slot.state !== 'in');
    const isGone = process ? process.state === 'gone' || (scene.workers && !connected) : scene.workers ? !connected : false;
    lane.classList.toggle('gone', isGone);
    tell(lane.querySelector('.holds'), [stateWords[process?.state] ?? '', holds(connected, mine, scene), connected && !connected.takesPart ? 'standing by' : connected?.lags ? '! late: no slot until it answers' : ''].filter(Boolean).join(' · '));
    const tiles = lane.querySelector('.tiles');
    const key = mine.map(({ slot, state, samples, backup, at }) => [slot, state, samples, backup, scene.withTimes ? at : null]);
    show(tiles, () => mine.length + helped.length === 0 ? [make('div', { class: 'tile empty' }, make('b', {}, 'no slot'), 'of this step')]
      : [...mine.map((slot) => tile(slot, scene.withTimes)), ...helped.map((slot) => make('div', { class: 'tile computing' }, make('b', {}, `slot ${slot.slot}`), `◔ for ${slot.worker}`))],
    JSON.stringify([key, helped.map(({ slot, worker }) => [slot, worker])]));
    mine.forEach((slot, index) => { tiles.children[index].title = timesOf(slot); });
  }
  const sockets = byId('sockets');
  const was = sockets.dataset.in ?? '';
  show(sockets, () => scene.slots.map((slot) => isIn(slot)
    ? make('div', { class: `tile ${slot.state}`, 'data-slot': slot.slot, title: slot.worker }, make('b', {}, `slot ${slot.slot}`), `${slot.state === 'averaged' ? '✓' : '➜'} ${slot.worker}`)
    : make('div', { class: 'tile empty' }, make('b', {}, `slot ${slot.slot}`), 'waits')), JSON.stringify(scene.slots.map((slot) => [slot.slot, slot.state, slot.worker])));
  const arrived = scene.slots.filter(isIn).map((slot) => slot.slot);
  sockets.dataset.in = arrived.join();
  if (scene.isReplay && scene.isLong && !isStill()) for (const slot of arrived) if (!was.split(',').includes(String(slot))) fly(slot);
  const version = byId('version');
  const isNewer = scene.isReplay && version.textContent !== say(scene.version) && scene.slots[0]?.state === 'averaged';
  tell(version, say(scene.version));
  if (isNewer && !isStill()) version.animate([{ transform: 'scale(1.3)' }, { transform: 'none' }], { duration: 400, easing: 'ease-out' });
  tell(byId('server-note'), serverNote(scene, arrived.length));
}

function serverNote({ slots, synchronous, version, isNow }, arrived) {
  if (!slots.length) return 'no step is open';
  if (!synchronous) return 'each slot becomes a version of its own as soon as it is here';
  if (arrived < slots.length) return `${arrived} of ${slots.length} gradients are here; the step waits for all`;
  if (slots[0].state !== 'averaged') return 'all are here: now they are averaged, in slot order';
  return `averaged in slot order, whoever was first: version ${say(version)} is made${isNow ? ', and goes out with the next step’s slots' : ''}`;
}

/** A gradient on its way from a worker's lane to the server. */
function fly(slot) {
  const from = byId('lanes').querySelector(`.tile[data-slot="${slot}"]`)?.getBoundingClientRect();
  const to = byId('sockets').querySelector(`.tile[data-slot="${slot}"]`)?.getBoundingClientRect();
  if (!from || !to) return;
  const dot = make('div', { class: 'flyer', 'aria-hidden': 'true' }, '∇');
  const box = byId('cluster');
  const origin = box.getBoundingClientRect();
  const at = (rect) => `translate(${rect.left - origin.left + rect.width / 2 - 12}px, ${rect.top - origin.top + rect.height / 2 - 12}px)`;
  box.append(dot);
  dot.animate([{ transform: at(from) }, { transform: at(to) }], { duration: flight, easing: 'ease-in-out' }).onfinish = () => dot.remove();
}

/** Draws the numbers of an update. @param line null where there is none @param moved Map of version → norm, of those that were measured @param hasAccuracy whether an answer is right or wrong */
export function drawUpdate(line, spec, moved, hasAccuracy) {
  const rows = line ? rowsOf(line, spec, moved, hasAccuracy) : [];
  const box = byId('update');
  show(box, () => rows.flatMap(([name]) => [make('dt', {}, name), make('dd')]), JSON.stringify(rows.map(([name]) => name)));
  box.querySelectorAll('dd').forEach((value, index) => tell(value, rows[index][1]));
}

function rowsOf(line, spec, moved, hasAccuracy) {
  const samples = line.slots.reduce((sum, slot) => sum + slot.samples, 0);
  return [
    ['step', say(line.step)], ['epoch', `${say(line.epoch)} of ${say(spec.epochs)}`], ['samples', say(samples)], ['loss before it', say(line.loss)],
    ...(hasAccuracy ? [['right before it', `${line.correct} of ${samples}`]] : []), ['gradient norm', say(line.gradientNorm)], ['learning rate', say(line.learningRate)],
    ...movement(line, spec, moved),
    ['took', `${say(line.milliseconds, 1)} ms`], ...(line.clipped ? [['clipped', 'yes']] : []), ...(line.skipped ? [['left out', line.skipped]] : []),
  ];
}

/** How far the update moved the parameters: measured for some; of plain SGD it follows from the line; else of the last that was measured. */
function movement(line, spec, moved) {
  const name = 'parameters moved by';
  if (line.skipped) return [];
  if (moved.has(line.step)) return [[name, say(moved.get(line.step), 5)]];
  if (spec.optimizer.kind === 'sgd' && !spec.optimizer.weightDecay && !line.clipped) return [[name, say(line.learningRate * line.gradientNorm, 5)]];
  const last = [...moved.entries()].at(-1);
  return last ? [[`${name} (version ${say(last[0])})`, say(last[1], 5)]] : [];
}

let playing = 0;

/** Shows a step slowly, from dealing to averaging. @param length ms on the screen; calls draw(slots, isOver) with each change */
export function replay(line, length, draw) {
  const mine = ++playing;
  if (isStill()) {
    draw(slotsAt(line, Infinity), true);
    return;
  }
  const started = performance.now();
  const frame = (now) => {
    if (mine !== playing) return;
    // The last seventh of the time shows all that is in, before it is averaged.
    const share = (now - started) / length;
    const isOver = share >= 1;
    draw(slotsAt(line, isOver ? Infinity : Math.min(share / 0.86, 0.999) * line.milliseconds), isOver);
    if (!isOver) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Ends what is shown slowly. */
export function stopReplay() {
  playing++;
}
