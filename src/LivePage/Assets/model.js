// What the model is at this moment: what it makes of a picture, how it divides a plane, its weights. A worker of the run answers.
import { bytes, floats, get, post } from './api.js';
import { byId, isSeen, make, say, watchFor } from './dom.js';

const every = 700;   // ms between two questions: some ms of one worker’s time each

/** Draws, uploads, and ten bars that move while it trains. */
export function startDrawing(run, onProblem) {
  const pad = byId('pad'), pen = pad.getContext('2d', { willReadFrequently: true });
  const classes = run.model.classes;
  let pixels = null, label = null, asked = 0, isDrawing = false, timer = 0;
  byId('draw').hidden = false;
  watchFor(byId('draw'));
  byId('draw-note').textContent = run.spec.dataset === 'mnist'
    ? 'Draw a digit. It is centred and sized as MNIST’s are, and one of the workers says what the current version takes it for, again and again.'
    : 'Take a picture of the test set, or upload one of a piece of clothing. One of the workers says what the current version takes it for.';
  const bars = classes.map((name) => {
    const meter = make('meter', { min: '0', max: '1', 'aria-label': name }), out = make('span', { class: 'share' });
    const line = make('div', { class: 'barline' }, make('span', {}, name), meter, out);
    return { line, meter, out };
  });
  byId('bars').replaceChildren(...bars.map((bar) => bar.line));

  function clear() {
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, pad.width, pad.height);
    pixels = label = null;
    byId('answer').textContent = 'Draw, upload or take a picture.';
    bars.forEach((bar) => { bar.meter.value = 0; bar.out.textContent = ''; bar.line.classList.remove('best'); });
    byId('seen').getContext('2d').clearRect(0, 0, 28, 28);
  }

  /** @param isAgain whether nobody has asked for it just now: a screen reader is spared those answers */
  async function ask(body, type, isAgain = false) {
    const mine = ++asked;
    if (!isAgain) pixels = null;   // until this is answered: an older picture, asked for again, would be the newest question
    const { problem, answer } = await post('api/predict', body, type);
    if (mine !== asked) return true;
    byId('answer').setAttribute('aria-live', isAgain ? 'off' : 'polite');
    if (problem || !answer) {
      byId('answer').textContent = problem ?? 'nobody is there to ask just now; asking again';
      // A coordinator that is started again, or the finished model, which takes a moment to be loaded.
      if (!problem) setTimeout(() => { if (mine === asked) ask(body, type); }, every);
      return false;
    }
    pixels = bytes(answer.pixels);
    showSeen(pixels);
    const best = answer.probabilities.indexOf(Math.max(...answer.probabilities));
    bars.forEach((bar, index) => {
      bar.meter.value = answer.probabilities[index];
      bar.out.textContent = `${(answer.probabilities[index] * 100).toFixed(1)} %`;
      bar.line.classList.toggle('best', index === best);
    });
    byId('answer').textContent = `${classes[best]}, with ${(answer.probabilities[best] * 100).toFixed(1)} % — version ${say(answer.version)}, ${by(answer.worker)}${label ? `; it is: ${label}` : ''}`;
    return true;
  }

  const askDrawn = () => pad.toBlob((blob) => ask(blob, 'image/png'), 'image/png');

  function line(event, isStart) {
    const box = pad.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width * pad.width, (event.clientY - box.top) / box.height * pad.height];
    pen.lineWidth = 20;
    pen.lineCap = pen.lineJoin = 'round';
    pen.strokeStyle = '#1a1a1a';
    if (isStart) { pen.beginPath(); pen.moveTo(x, y); }
    pen.lineTo(x + 0.1, y);
    pen.stroke();
  }
  pad.addEventListener('pointerdown', (event) => {
    // What is on its way is of an older drawing.
    asked++;
    pixels = null;
    clearTimeout(timer);
    if (label) clear();
    isDrawing = true;
    pad.setPointerCapture(event.pointerId);
    line(event, true);
  });
  pad.addEventListener('pointermove', (event) => { if (isDrawing) line(event, false); });
  const end = () => { isDrawing = false; clearTimeout(timer); timer = setTimeout(askDrawn, 60); };
  pad.addEventListener('pointerup', end);
  pad.addEventListener('pointercancel', end);
  byId('pad-clear').onclick = () => { asked++; clearTimeout(timer); clear(); };
  byId('pad-file').onchange = (event) => {
    const file = event.target.files[0];
    if (!file) return;
    clear();
    label = null;
    ask(file, file.type || 'image/png');
    event.target.value = '';
  };
  byId('pad-test').onclick = async () => {
    const picture = await get(`api/test-image?n=${Math.floor(Math.random() * run.model.testImages)}`);
    if (!picture) return onProblem('the test set can’t be read here');
    clear();
    label = picture.name;
    const raw = bytes(picture.pixels);
    showSeen(raw);
    // On paper, as somebody would draw it.
    const large = make('canvas', { width: 28, height: 28 });
    paint(large.getContext('2d'), raw, (value) => [255 - value, 255 - value, 255 - value]);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(large, 0, 0, pad.width, pad.height);
    ask(raw, 'application/octet-stream');
  };
  clear();
  return async () => !pixels || isDrawing || !isSeen(byId('draw')) ? false : ask(pixels, 'application/octet-stream', true);
}

/** Who computed an answer. */
const by = (worker) => worker ? `computed by ${worker}` : 'the finished model';

function showSeen(pixels) { paint(byId('seen').getContext('2d'), pixels, (value) => [value, value, value]); }

function paint(context, values, colour) {
  const side = Math.round(Math.sqrt(values.length));
  const image = context.createImageData(side, side);
  values.forEach((value, index) => image.data.set([...colour(value), 255], index * 4));
  context.putImageData(image, 0, 0);
}

/** The weights as pictures. */
export function startWeights(run) {
  byId('weights').hidden = false;
  watchFor(byId('weights'));
  const body = byId('weights-body');
  let canvases = [];
  return async () => {
    const weights = isSeen(byId('weights')) ? await get('api/weights') : null;
    if (!weights) return false;
    const values = floats(weights.values), size = weights.side * weights.side;
    if (canvases.length !== weights.count) {
      body.classList.toggle('small', weights.side < 10);
      const names = weights.count === 10 ? run.model.classes : null;
      canvases = Array.from({ length: weights.count }, () => make('canvas', { width: weights.side, height: weights.side, role: 'img' }));
      body.replaceChildren(...canvases.map((canvas, index) => {
        canvas.setAttribute('aria-label', `weights of ${names?.[index] ?? index + 1}`);
        return make('figure', {}, canvas, make('figcaption', {}, names?.[index] ?? String(index + 1)));
      }));
    }
    byId('weights-title').textContent = weights.title;
    byId('weights-note').textContent = `version ${say(weights.version)}, ${weights.tensor}`;
    canvases.forEach((canvas, index) => {
      const part = values.subarray(index * size, (index + 1) * size);
      const most = Math.max(...Array.from(part, Math.abs), 1e-9);
      paint(canvas.getContext('2d'), Array.from(part), (value) => diverging(value / most));
    });
    return true;
  };
}

/** Dark blue for −1, grey for 0, light orange for 1: told apart by brightness alone, too. */
function diverging(value) {
  const [low, middle, high] = [[8, 48, 107], [150, 150, 150], [255, 214, 153]];
  const end = value < 0 ? low : high, share = Math.sqrt(Math.abs(value));
  return middle.map((from, index) => Math.round(from + (end[index] - from) * share));
}

const planeColours = [[86, 140, 214], [228, 150, 70], [110, 175, 110], [190, 120, 190]];

/** The plane, shaded by class, with the samples on it: a mark a class, not only a colour. */
export function startBoundary() {
  byId('boundary').hidden = false;
  watchFor(byId('boundary'));
  const canvas = byId('plane'), context = canvas.getContext('2d');
  byId('plane-legend').textContent = 'Samples: ● class 0, ▲ class 1, ■ class 2; empty marks: the class that the model gives that place. The paler the ground, the less sure the model.';
  return async () => {
    const plane = isSeen(byId('boundary')) ? await get('api/boundary') : null;
    if (!plane) return false;
    const values = floats(plane.values), classes = [], small = make('canvas', { width: plane.side, height: plane.side });
    const image = small.getContext('2d').createImageData(plane.side, plane.side);
    for (let i = 0; i < plane.side * plane.side; i++) {
      const outputs = plane.outputs === 1 ? [1 - values[i], values[i]] : softmax(values.subarray(i * plane.outputs, (i + 1) * plane.outputs));
      const best = outputs.indexOf(Math.max(...outputs)), sure = (outputs[best] - 1 / outputs.length) / (1 - 1 / outputs.length);
      classes.push(best);
      image.data.set([...planeColours[best].map((part) => Math.round(245 + (part - 245) * (0.15 + 0.6 * sure))), 255], i * 4);
    }
    small.getContext('2d').putImageData(image, 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
    const cell = canvas.width / plane.side;
    for (let row = 3; row < plane.side; row += 6) {
      for (let column = 3; column < plane.side; column += 6) mark(context, (column + 0.5) * cell, (row + 0.5) * cell, classes[row * plane.side + column], true);
    }
    for (const [x, y, kind] of plane.points) {
      mark(context, (x - plane.x[0]) / (plane.x[1] - plane.x[0]) * canvas.width, (plane.y[1] - y) / (plane.y[1] - plane.y[0]) * canvas.height, kind);
    }
    byId('boundary-note').textContent = `version ${say(plane.version)}, ${by(plane.worker)}`;
    return true;
  };
}

function mark(context, x, y, kind, isEmpty = false) {
  const size = 4;
  context.fillStyle = context.strokeStyle = '#1d2430';
  context.beginPath();
  if (kind === 0) context.arc(x, y, size * 0.8, 0, 7);
  else if (kind === 1) { context.moveTo(x, y - size); context.lineTo(x + size, y + size); context.lineTo(x - size, y + size); context.closePath(); }
  else context.rect(x - size * 0.75, y - size * 0.75, size * 1.5, size * 1.5);
  if (isEmpty) context.stroke(); else context.fill();
}

function softmax(logits) {
  const most = Math.max(...logits), raised = Array.from(logits, (logit) => Math.exp(logit - most)), sum = raised.reduce((a, b) => a + b, 0);
  return raised.map((value) => value / sum);
}

/** Asks again and again, one question at a time, while the version changes. @param question whether it was answered */
export function keepAsking(question, version, apart = every) {
  let answered;
  const turn = async () => {
    const now = version();
    try {
      if (now !== null && now !== answered && await question()) answered = now;
    } finally {
      setTimeout(turn, apart);
    }
  };
  turn();
}
