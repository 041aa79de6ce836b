// The live page: hears what happens, keeps a little of it, draws.
import { get, listen, post } from './api.js';
import { Curve, Histogram } from './charts.js';
import { byId, isSeen, make, say, tell, watchFor } from './dom.js';
import { keepAsking, startBoundary, startDrawing, startWeights } from './model.js';
import { drawCluster, drawLegend, drawUpdate, openSlots, replay, slotsAt, stopReplay } from './picture.js';
import { announce, drawBreakers, drawEnd, Story } from './story.js';

const pointsMax = 800, marksMax = 200;   // of a curve, which is 400 px wide
const replayMax = 900;    // ms that a step is stretched to at one step a second, or when paused
const paces = [['Pause', 0], ['One step', 'step'], ['1 a second', 1], ['5 a second', 5], ['30 a second', 30], ['Full speed', null]];

const moved = new Map();   // how far updates moved the parameters, of the newest that were measured
const state = { run: null, points: [], last: null, view: null, control: null, epochs: [], summary: null, isSampled: false, isFollowing: true, shown: null, connected: false, isRefused: false, first: true, pace: null, cuts: 0 };
const story = new Story();
const charts = {};

/** The last step of an epoch. */
const endOf = (epoch) => epoch * run.updatesPerEpoch;

/** Whether nothing more happens. Of a run that is gone on with, the summary of its earlier end may be there still. */
const isOver = () => state.control ? state.control.cluster.isOver : Boolean(state.summary);

/** Whether no step is due: the run is paused, or between two steps of a slow pace. A coordinator that is started again keeps the pace. */
const isHeld = () => state.view ? state.view.isHeld || (state.view.stepsPerSecond === 0 && state.view.slots.length === 0) : state.pace === 0;

/** Whether somebody tells what happens. */
const isHeard = () => state.connected && document.visibilityState === 'visible';

const run = await get('api/run');
if (!run) byId('status').textContent = 'nobody answers: open the link that was printed when the run began';
else start();

function start() {
  state.run = run;
  const spec = run.spec;
  document.title = `${spec.workload} · MiniBatch`;
  byId('title').textContent = spec.workload;
  byId('subtitle').textContent = `${say(spec.epochs)} epochs of ${say(run.stepsPerEpoch)} steps · batch of ${spec.globalBatch} in ${spec.slots} slots · ${spec.optimizer.kind} at ${spec.optimizer.learningRate} · seed ${spec.seed}`;
  explain(spec);
  drawLegend(run.synchronous);
  byId('footer').textContent = `run ${spec.run}${run.directory ? ` in ${run.directory}` : ''}`;
  charts.loss = new Curve('loss of each step', { marks: 'on the test set' });
  if (run.model.accuracy) charts.accuracy = new Curve('share that was right', { marks: 'on the test set', percent: true });
  charts.rate = new Curve(run.synchronous ? 'samples a second, while a step is open' : 'samples a second of one worker, from a slot’s dealing to its update', { fromZero: true, digits: 0 });
  charts.norm = new Curve('gradient norm', { fromZero: true });
  if (!run.synchronous) charts.staleness = new Histogram('staleness: updates made since the version a slot was computed from', 'updates');
  byId('charts').append(...Object.values(charts).map((chart) => chart.element));
  if (run.control) makePace();
  makeScrub();
  // When the run is over there is one version more to ask: the model that it left.
  const version = () => state.view?.version ?? (isOver() ? 'the last' : null);
  if (run.pictures) keepAsking(startDrawing(run, problem), version);
  if (run.model.boundary) keepAsking(startBoundary(), version);
  if (run.model.weights) keepAsking(startWeights(run), version, 1500);
  watchFor(byId('charts'));
  listen(hear, (isConnected, isRefused) => { Object.assign(state, { connected: isConnected, isRefused, first: isConnected }); drawStatus(); });
  setInterval(drawCharts, 1000);
  setInterval(() => { if (isHeard()) story.wait(isHeld(), isOver()); else story.forget(); }, 100);
}

function explain(spec) {
  byId('word-step').textContent = `One small correction of the model. It looks at the next ${say(spec.globalBatch)} training samples; after ${say(run.stepsPerEpoch)} steps all have been looked at once, which is an epoch.`;
  const slot = `One of the ${spec.slots} shares of a step: ${say(Math.floor(spec.globalBatch / spec.slots))} samples for one worker, which computes their gradient, the direction in which the error falls.`;
  byId('word-slot').textContent = run.synchronous
    ? `${slot} Whichever worker does it, the gradient is the same to the bit.`
    : `${slot} In this run each is an update of its own, as soon as it arrives.`;
  byId('word-version').textContent = run.synchronous
    ? 'The model’s parameters after so many steps. The server waits for all slots, averages their gradients in slot order, and so makes the next version. A worker that is killed costs time, and changes nothing.'
    : 'The model’s parameters after so many updates. A slot may be computed from an older version: how much older is its staleness.';
  byId('break-note').textContent = run.synchronous
    ? 'Nothing of this changes the model: that is the point. Watch the lanes, what happened, and at the end the hash.'
    : 'No update is lost by this, and none made twice. In which order they are made does change in this run’s mode, and so the model’s last bits.';
  byId('server-does').textContent = run.synchronous ? `waits for the ${spec.slots} gradients of a step and averages them` : 'applies each gradient as it comes';
}

function hear(news) {
  // Who listens anew is told all of it again: what there is no more is not mentioned.
  if (state.first) {
    story.clear();
    Object.assign(state, { points: [], epochs: [], summary: null, last: null });
    if (state.isFollowing) { stopReplay(); state.shown = state.replayed = null; }
  }
  if ('cutOff' in news) cutOff(news.cutOff);
  if (news.points) {
    state.points.push(...news.points.filter(([step]) => step > (state.points.at(-1)?.[0] ?? 0)));
    while (state.points.length > pointsMax) state.points = state.points.filter((_, index) => index % 2 === 0 || index >= state.points.length - 20);
    state.isSampled = news.sampled;
    state.chartsAreOld = true;
  }
  if (news.log) story.add(news.log, state.first);
  if (news.last) takeStep(news.last);
  if ('view' in news) state.view = news.view;
  if (news.view) state.pace = news.view.stepsPerSecond;
  if (news.view?.moved) remember(news.view.moved);
  if (news.control) state.control = news.control;
  if (news.epochs) {
    const rows = news.epochs.split('\n').map((row) => row.split(',').map((cell) => cell === '' ? null : Number(cell)));
    state.epochs = [...state.epochs.filter(([epoch]) => epoch < rows[0][0]), ...rows];
  }
  if ('summary' in news) state.summary = news.summary;
  state.first = false;
  draw();
}

/** A coordinator goes on from a checkpoint: what came after that step is computed again, and is no part of the run until then. */
async function cutOff(step) {
  state.points = state.points.filter(([point]) => point <= step);
  state.epochs = state.epochs.filter(([epoch]) => endOf(epoch) <= step);
  for (const version of moved.keys()) if (version > step) moved.delete(version);
  if (!state.last || state.last.step <= step) return;
  // The next step may be a while: a run that is paused computes none.
  state.last = null;
  if (state.shown?.step > step) follow();
  const mine = ++state.cuts;
  const line = step > 0 ? await get(`api/step?n=${step}`) : null;
  if (!line || mine !== state.cuts || state.last) return;
  state.last = line;
  if (state.isFollowing) state.shown = line;
  draw();
}

function remember({ version, norm }) {
  if (moved.has(version)) return;
  moved.set(version, norm);
  if (moved.size > 200) moved.delete(moved.keys().next().value);
}

function takeStep(line) {
  const isNew = line.step !== state.last?.step;
  state.last = line;
  if (isNew) story.advance();
  if (!state.isFollowing || !isNew) return;
  state.shown = line;
  const pace = state.pace;
  // Slow enough to be followed: as it happened, many times slower.
  if (pace !== null && pace !== undefined && pace <= 5 && !state.first) play(line, pace === 0 ? replayMax : Math.min(replayMax, 800 / pace));
  else { stopReplay(); state.replayed = null; }
}

function play(line, length) {
  state.replayed = { line, slots: slotsAt(line, 0), version: line.step - 1, isLong: length > 500, slower: length / Math.max(line.milliseconds, 0.01) };
  replay(line, length, (slots, isOver) => {
    const before = state.replayed;
    state.replayed = { ...before, slots, version: isOver ? line.step : line.step - 1 };
    if (isOver || slots.some((slot, index) => slot.state !== before.slots[index].state)) draw();
  });
}

function draw() {
  drawStatus();
  const { view, control, last } = state;
  const line = state.shown ?? last;
  const isStuck = view && state.isFollowing && view.openMilliseconds > 300 && view.slots.length > 0;
  const scene = { processes: control?.cluster.isOver ? null : control?.cluster.workers, workers: view?.workers ?? null, synchronous: run.synchronous, withTimes: !state.isFollowing || isOver() || typeof state.pace === 'number' };
  const isPaused = Boolean(view?.isHeld && state.isFollowing);
  if (isStuck || (!line && view)) drawCluster({ ...scene, slots: openSlots(view), version: view.version, isNow: true });
  else if (!run.synchronous && view && line && state.isFollowing) drawCluster({ ...scene, slots: [...openSlots(view), ...slotsAt(line, Infinity)], version: view.version, isNow: true });
  else if (state.replayed) drawCluster({ ...scene, slots: state.replayed.slots, version: state.replayed.version, isReplay: true, isLong: state.replayed.isLong });
  else if (line) drawCluster({ ...scene, slots: slotsAt(line, Infinity), version: line.step, isNow: isPaused });
  else drawCluster({ ...scene, slots: [], version: null });
  drawUpdate(line, run.spec, moved, run.model.accuracy);
  tell(byId('now-title'), isStuck ? `Now: ${view.work}` : line ? `Step ${say(line.step)}` : 'Now');
  tell(byId('now-note'), isStuck ? `open for ${(view.openMilliseconds / 1000).toFixed(1)} s`
    : state.replayed ? `shown ${say(state.replayed.slower, 0)} times slower than it happened`
    : state.isFollowing && state.isSampled ? `sampled: ten steps a second are shown, all are made${run.control ? '; take a slower pace to follow one' : ''}` : '');
  if (control) { drawBreakers(control, run.faults, problem); byId('pace').hidden = control.cluster.isOver; }
  for (const button of byId('pace').querySelectorAll('button')) {
    const isPressed = String(view ? button.dataset.pace === String(view.stepsPerSecond) : false);
    if (button.getAttribute('aria-pressed') !== isPressed) button.setAttribute('aria-pressed', isPressed);
  }
  const hasEnd = Boolean(state.summary) && isOver();
  byId('end').hidden = !hasEnd;
  if (hasEnd) drawEnd(state.summary, control, run.canCompare, problem);
  const scrub = byId('scrub');
  if (last) { scrub.max = last.step; if (state.isFollowing) scrub.value = last.step; tell(byId('scrub-out'), say(line.step)); }
  else if (!line) { scrub.max = scrub.min; tell(byId('scrub-out'), '–'); }
}

function drawStatus() {
  const { view, control, summary } = state;
  byId('status').dataset.version = view?.version ?? '';
  tell(byId('status'), !state.connected ? (state.isRefused ? 'too many pages of this run are open: close one' : 'nobody answers: whoever served this page has ended, or it is cut off')
    : isOver() ? `over: ${summary?.outcome ?? 'it left no summary'}`
    : !view ? (control && !control.cluster.coordinatorRuns ? 'the coordinator is being started' : run.control ? 'starting' : 'no coordinator tells more than the files')
    : view.stepsPerSecond === 0 ? (view.isHeld ? 'paused' : `pausing after ${view.work}`)
    : view.work === 'nothing' ? 'waiting for workers' : view.work.startsWith('step') ? `training${view.stepsPerSecond === null ? '' : `, ${view.stepsPerSecond} step${view.stepsPerSecond === 1 ? '' : 's'} a second`}` : view.work);
}

function drawCharts() {
  if ((!state.chartsAreOld && state.drawnEpochs === state.epochs) || !isSeen(byId('charts'))) return;
  state.chartsAreOld = false;
  state.drawnEpochs = state.epochs;
  const { points } = state;
  const apart = Math.ceil(state.epochs.length / marksMax) || 1;
  const marked = state.epochs.filter((_, index) => (state.epochs.length - 1 - index) % apart === 0);
  charts.loss.draw(points.map(([step, , loss]) => [step, loss]), marked.map(([epoch, , loss]) => [endOf(epoch), loss]));
  charts.accuracy?.draw(points.map(([step, , , correct, samples]) => [step, samples ? correct / samples : null]), marked.map(([epoch, , , accuracy]) => [endOf(epoch), accuracy]));
  charts.rate.draw(points.map(([step, , , , samples, , , ms]) => [step, ms ? samples / ms * 1000 : null]));
  charts.norm.draw(points.map(([step, , , , , , norm]) => [step, norm]));
  if (charts.staleness) charts.staleness.draw(state.view?.staleness ?? state.summary?.staleness?.slots ?? []);
  tell(byId('curves-note'), points.length ? `${say(points.length)} of ${say(points.at(-1)[0])} updates are drawn: pale their own values, dark the mean of those around${state.epochs.length ? '; ○ the test set, after an epoch' : ''}` : '');
}

function makePace() {
  byId('pace').hidden = false;
  byId('pace').append(...paces.map(([name, pace]) => make('button', {
    type: 'button', 'data-pace': String(pace), 'aria-pressed': 'false', title: pace === 0 ? 'key: p' : pace === 'step' ? 'key: s' : pace === null ? 'key: f' : '',
    onclick: async () => { follow(); problem((pace === 'step' ? await post('api/step') : await post('api/pace', { stepsPerSecond: pace })).problem); },
  }, name)));
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input,textarea')) return;
    const pace = { p: '0', s: 'step', f: 'null' }[event.key];
    if (pace) byId('pace').querySelector(`[data-pace="${pace}"]`).click();
  });
}

function makeScrub() {
  let wanted = 0;
  // A run that goes on with another has that one's steps in that one's ledger.
  byId('scrub').min = (run.spec.origin?.epochs ?? 0) * run.updatesPerEpoch + 1;
  byId('scrub').addEventListener('input', async (event) => {
    state.isFollowing = false;
    byId('follow').setAttribute('aria-pressed', 'false');
    const step = Number(event.target.value), mine = ++wanted;
    tell(byId('scrub-out'), say(step));
    const line = await get(`api/step?n=${step}`);
    if (mine !== wanted) return;
    if (!line) return tell(byId('scrub-out'), `${say(step)}: not to be had`);
    stopReplay();
    state.replayed = null;
    state.shown = line;
    draw();
  });
  byId('replay').onclick = () => { if (state.shown ?? state.last) play(state.shown ?? state.last, 4000); };
  byId('follow').onclick = follow;
}

function follow() {
  state.isFollowing = true;
  state.replayed = null;
  stopReplay();
  state.shown = state.last;
  byId('follow').setAttribute('aria-pressed', 'true');
  draw();
}

function problem(line) {
  if (line) announce(line);
}
