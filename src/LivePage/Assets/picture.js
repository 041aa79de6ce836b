// The cluster as a picture: a lane a worker, the parameter server, the update. A step is drawn from its ledger line; while one is
// open for longer than a look takes, from what the exchange says of it.
import { byId, make, say } from './dom.js';

const words = { dealt: '○ dealt', computing: '◔ computing', in: '➜ arrived', averaged: '✓ averaged', late: '! late' };
const lateAfter = 400;   // ms for which a step is open before what is missing is called late

/** The slots of a ledger line as they were at a moment of the step. @param at ms since it was opened */
export function slotsAt(line, at) {
  return line.slots.map((slot, index) => {
    const arrived = (slot.arrivedMicroseconds ?? line.milliseconds * 1000) / 1000;
    const began = arrived - slot.computeMicroseconds / 1000;
    return {
      slot: slot.arrival?.slot ?? index, worker: slot.worker, samples: slot.samples, computed: slot.computeMicroseconds / 1000,
      state: at >= line.milliseconds ? 'averaged' : at >= arrived ? 'in' : at >= began ? 'computing' : 'dealt',
    };
  });
}

/** The slots of the step that is open, as the exchange told. */
export function openSlots(view) {
  return view.slots.map((slot) => ({
    slot: slot.slot, worker: slot.worker, backup: slot.backup,
    state: slot.isIn ? 'in' : view.openMilliseconds > lateAfter ? 'late' : 'computing',
  }));
}

function tile(slot) {
  return make('div', { class: `tile ${slot.state}` }, make('b', {}, `slot ${slot.slot}`), words[slot.state], ...(slot.backup ? [make('br'), `also ${slot.backup}`] : []));
}

/** Replaces an element's children only where they are others: a screen reader and the eye are left in peace. */
function show(element, children, key) {
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  element.replaceChildren(...children);
}

const stateWords = { runs: '', stopped: 'stopped (SIGSTOP)', slowed: 'slowed down', gone: 'gone' };

/** Draws lanes and server. @param scene {slots, version, workers, processes, slotCount, synchronous} */
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
    lane.querySelector('.holds').textContent = [
      stateWords[process?.state] ?? '', connected ? (connected.version === null ? 'holds no version yet' : `holds version ${say(connected.version)}`) : scene.workers ? 'not connected' : '',
      connected && !connected.takesPart ? 'standing by' : ''].filter(Boolean).join(' · ');
    const tiles = lane.querySelector('.tiles');
    const spare = mine.length + helped.length === 0;
    show(tiles, spare ? [make('div', { class: 'tile empty' }, make('b', {}, 'nothing'), 'to do')] : [...mine.map(tile), ...helped.map((slot) => make('div', { class: 'tile computing' }, make('b', {}, `slot ${slot.slot}`), `◔ for ${slot.worker}`))],
      JSON.stringify([mine, helped]));
  }
  const isIn = (slot) => slot.state === 'in' || slot.state === 'averaged';
  const sockets = scene.slots.map((slot) => isIn(slot)
    ? make('div', { class: `tile ${slot.state}` }, make('b', {}, `slot ${slot.slot}`), `${slot.state === 'averaged' ? '✓' : '➜'} ${slot.worker.replace('worker-', 'w')}`)
    : make('div', { class: 'tile empty' }, make('b', {}, `slot ${slot.slot}`), 'waits'));
  show(byId('sockets'), sockets, JSON.stringify(scene.slots.map((slot) => [slot.slot, slot.state, slot.worker])));
  byId('version').textContent = say(scene.version);
  const inCount = scene.slots.filter(isIn).length;
  byId('server-note').textContent = !scene.slots.length ? 'no step is open'
    : !scene.synchronous ? 'each slot becomes a version of its own when it arrives'
    : inCount < scene.slots.length ? `${inCount} of ${scene.slots.length} gradients are in; the step waits for all`
    : scene.slots[0].state === 'averaged' ? 'all were averaged in slot order, whoever was first' : 'all are in: now they are averaged in slot order';
}

/** Draws the numbers of an update. */
export function drawUpdate(line, spec) {
  const samples = line.slots.reduce((sum, slot) => sum + slot.samples, 0);
  const plainSgd = spec.optimizer.kind === 'sgd' && !spec.optimizer.weightDecay && !line.clipped;
  const rows = [
    ['step', say(line.step)], ['epoch', `${line.epoch} of ${spec.epochs}`], ['samples', say(samples)], ['loss before it', say(line.loss)],
    ['right before it', `${line.correct} of ${samples}`], ['gradient norm', say(line.gradientNorm)], ['learning rate', say(line.learningRate)],
    ...(plainSgd ? [['parameters moved by', say(line.learningRate * line.gradientNorm, 5)]] : []),
    ['took', `${say(line.milliseconds, 1)} ms`], ...(line.clipped ? [['clipped', 'yes']] : []), ...(line.skipped ? [['left out', line.skipped]] : []),
  ];
  show(byId('update'), rows.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]), JSON.stringify(rows));
}

let playing = 0;

/** Shows a step slowly, from dealing to averaging. @param length ms on the screen; calls draw(slots, isOver) with each change */
export function replay(line, length, draw) {
  const mine = ++playing;
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
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
